// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/limits_reader.h"

#include <utility>

#include "trace/json_header.h"
#include "trace/json_tokens.h"
#include "trace/line_source.h"

namespace mmsim {
namespace {

TraceLimits read_from(LineSource source) {
    JsonTokens json{source};
    if (json.at_end()) json.fail("there is nothing in it");
    TraceLimits limits = read_limits(json);
    json.finish();
    return limits;
}

}  // namespace

TraceLimits read_limits_file(const std::string& path) {
    return read_from(LineSource{open_bytes(path), input_name(path)});
}

TraceLimits parse_limits(std::string text, const std::string& name) {
    return read_from(LineSource{memory_bytes(std::move(text)), name});
}

}  // namespace mmsim
