// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_input.h"

#include <algorithm>

#include "base/text.h"
#include "trace/strace_line.h"

namespace mmsim {
namespace {

constexpr std::size_t kKeptWarnings = 5;
constexpr std::size_t kExcerpt = 60;

// `text`, short and fit to be printed.
std::string excerpt(std::string_view text) {
    std::string out{text.substr(0, kExcerpt)};
    for (char& c : out) {
        if (c < ' ' || c > '~') c = '.';
    }
    if (text.size() > kExcerpt) out += "...";
    return out;
}

}  // namespace

bool StraceInput::next(std::string_view& line) {
    if (!source_->next(line)) return false;
    summary_.lines = source_->line_number();
    if (!is_plain(line)) line = clean(line);
    return true;
}

std::string_view StraceInput::clean(std::string_view line) {
    constexpr std::string_view kNul{"\0", 1};
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (line_number() == 1 && line.starts_with(kByteOrderMark)) {
        line.remove_prefix(kByteOrderMark.size());
    }
    const std::string_view raw = line;
    const bool comment = line.starts_with('#');
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
        if (!comment) warn("a carriage return ends the line", {});
    }
    if (comment) return line;
    if (line.find('\x1b') != npos) {
        strip_colours(line, clean_);
        line = clean_;
    }
    if (line.find('\0') != npos) {
        // A file that was truncated while strace went on writing begins with a hole.
        warn("NUL in the line", raw);
        line.remove_prefix(std::min(line.find_first_not_of(kNul), line.size()));
        while (line.ends_with('\0')) line.remove_suffix(1);
    }
    if (!is_utf8(line)) warn("not UTF-8:", raw);
    if (const std::size_t progress = line.rfind('\r'); progress != npos) {
        warn("a carriage return inside the line", raw);
        line.remove_prefix(progress + 1);
    }
    return line;
}

bool StraceInput::next_is_appendix() {
    std::string_view ahead = source_->peek(3);
    if (ahead.starts_with('\x1b')) {
        std::string plain;
        strip_colours(source_->peek(64), plain);
        return is_stack_frame(plain) || is_dump_row(plain);
    }
    return is_stack_frame(ahead) || is_dump_row(ahead);
}

void StraceInput::warn(std::string_view what, std::string_view about) {
    warn_at(line_number(), what, about);
}

void StraceInput::warn_at(std::uint64_t line, std::string_view what, std::string_view about) {
    if (line == warned_line_) return;
    warned_line_ = line;
    if (summary_.warnings++ >= kKeptWarnings) return;
    std::string message{what};
    if (!about.empty()) message += " '" + excerpt(about) + "'";
    summary_.first_warnings.push_back({line, std::move(message)});
}

}  // namespace mmsim
