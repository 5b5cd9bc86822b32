// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of strace text without the damage that has nothing to do with strace, and the count of what
// had to be passed over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "trace/line_source.h"
#include "trace/trace_reader.h"

namespace mmsim {

class StraceInput {
public:
    explicit StraceInput(std::unique_ptr<LineSource> source) : source_(std::move(source)) {}

    // The next line, good until the next call: without colours, '\r' and NUL around it.
    bool next(std::string_view& line);

    // Whether the next line is a frame of -k or a row of bytes, which belong to the call before.
    bool next_is_appendix();

    // The line has no end: the input ends here, or the line is too long.
    bool is_cut() const { return !source_->ended_with_newline(); }
    std::uint64_t line_number() const { return source_->line_number(); }

    // Counts a line as malformed, once. The message is "what 'about'".
    void warn(std::string_view what, std::string_view about);
    void warn_at(std::uint64_t line, std::string_view what, std::string_view about);

    ReadSummary& summary() { return summary_; }
    const ReadSummary& summary() const { return summary_; }

private:
    std::string_view clean(std::string_view line);

    std::unique_ptr<LineSource> source_;
    ReadSummary summary_;
    std::string clean_;  // a line without colours
    std::uint64_t warned_line_ = 0;
};

}  // namespace mmsim
