// SPDX-License-Identifier: GPL-2.0-or-later
// A trace that is read as often as there are runs of it, wherever it comes from.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "trace/trace_reader.h"

namespace mmsim {

class TraceInput {
public:
    // `name` as typed. What can be read only once is copied to a temporary file where more than
    // one reading is to come. Throws InputError.
    TraceInput(std::string name, std::size_t readings);

    // From the start. Throws InputError as open_trace() does.
    std::unique_ptr<TraceReader> open(std::optional<TraceFormat> format) const;

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::string name_;
    std::unique_ptr<std::FILE, Close> copy_;
};

}  // namespace mmsim
