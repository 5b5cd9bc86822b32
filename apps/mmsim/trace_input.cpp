// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_input.h"

#include <filesystem>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/input_error.h"
#include "trace/line_source.h"

namespace mmsim {

TraceInput::TraceInput(std::string name, std::size_t readings) : name_(std::move(name)) {
    std::error_code error;
    const bool once = name_ == "-" || std::filesystem::is_fifo(name_, error);
    if (readings < 2 || !once) return;
    copy_.reset(std::tmpfile());
    if (!copy_) throw InputError(input_name(name_) + ": cannot make a temporary file for it");
    const auto bytes = open_bytes(name_);
    std::vector<char> buffer(std::size_t{1} << 16);
    try {
        while (const std::size_t got = bytes->read(buffer.data(), buffer.size())) {
            if (std::fwrite(buffer.data(), 1, got, copy_.get()) != got) break;
        }
    } catch (const InputError& broken) {
        throw InputError(input_name(name_) + ": " + broken.what());
    }
    if (std::fflush(copy_.get()) != 0 || std::ferror(copy_.get()) != 0) {
        throw InputError(input_name(name_) + ": cannot be copied to a temporary file");
    }
}

std::unique_ptr<TraceReader> TraceInput::open(std::optional<TraceFormat> format) const {
    if (!copy_) return open_trace(name_, format);
    const std::string path = "/proc/self/fd/" + std::to_string(::fileno(copy_.get()));
    return open_trace(std::make_unique<LineSource>(open_bytes(path), input_name(name_)), format);
}

}  // namespace mmsim
