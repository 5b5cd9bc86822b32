// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/limits_reader.h"

#include "trace/json_header.h"
#include "trace/json_tokens.h"
#include "trace/line_source.h"

namespace mmsim {

TraceLimits read_limits_file(const std::string& path) {
    LineSource source{open_bytes(path), input_name(path)};
    JsonTokens json{source};
    if (json.at_end()) json.fail("there is nothing in it");
    const TraceLimits limits = read_limits(json);
    json.finish();
    return limits;
}

}  // namespace mmsim
