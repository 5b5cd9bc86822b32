// SPDX-License-Identifier: GPL-2.0-or-later
// What a line of strace text is made of, before anything is known about calls: the prefix in front
// of it, the marks at its end, and what is not a call at all. Pure functions over views.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mmsim {

// A line without what strace prints before the call: pid, time, [number], [instruction pointer].
struct StracePrefix {
    std::int64_t pid = -1;  // -1: the line has none
    std::string_view rest;
};

// Never fails: what is not a prefix stays in `rest`.
StracePrefix cut_prefix(std::string_view line);

// "mmap" of "mmap(NULL, ..."; empty if the text does not begin with a name and '('.
std::string_view call_name(std::string_view text);

// The place where a call breaks off, at the end of a line: " <unfinished ...>", " <detached ...>",
// " <pid changed to 7 ...>". npos if it does not.
std::size_t break_mark(std::string_view text);

// "<... mmap resumed>) = 0": the name, and what follows the '>'.
struct ResumedCall {
    std::string_view name;
    std::string_view rest;
};
std::optional<ResumedCall> resumed_call(std::string_view text);

// "+++ exited with 0 +++", "+++ killed by SIGSEGV (core dumped) +++",
// "+++ superseded by execve in pid 12 +++".
bool is_end_note(std::string_view text);

// Whether a line that is nothing by itself looks like the rest of a call.
bool looks_torn_off(std::string_view line);

// A message of strace itself about a process, at the end of a line or all of it.
struct StraceNotice {
    enum class Kind { other, attached, mode32, mode64 };
    std::size_t at = 0;  // where it begins; before that the line is strace's output
    Kind kind = Kind::other;
    std::int64_t pid = -1;
};
std::optional<StraceNotice> find_notice(std::string_view line);

// The head, a row or the rule of the table that -c and -C print.
bool begins_summary(std::string_view line);

// A frame of -k: " > file(function+0x1) [0x2]".
inline bool is_stack_frame(std::string_view line) { return line.starts_with(" > "); }

// A row of bytes of `-e read=` and `-e write=`: " | 00000  68 69  hi |".
inline bool is_dump_row(std::string_view line) { return line.starts_with(" | "); }

// Only printable ASCII, tabs included: what strace prints. Fast.
bool is_plain(std::string_view line);
bool is_utf8(std::string_view line);

// `line` without its colours (escape sequences that end with 'm'), in `out`.
void strip_colours(std::string_view line, std::string& out);

}  // namespace mmsim
