// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_line.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace mmsim {
namespace {

// A pid has at most seven digits; from nine on a number in front of a line is a time of day.
constexpr std::size_t kTimeDigits = 9;

// A name of a thread, with all of its bytes escaped: 15 times "\ooo".
constexpr std::size_t kLongestComm = 64;

std::size_t count_spaces(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && text[end] == ' ') ++end;
    return end - at;
}

std::size_t count_digits(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - at;
}

std::int64_t to_pid(std::string_view digits) {
    std::int64_t pid = 0;
    for (const char c : digits) pid = pid * 10 + (c - '0');
    return pid;
}

// Whether a prefix may be followed by this.
bool begins_body(std::string_view text) {
    if (text.empty()) return false;
    if (is_letter(text[0])) return !call_name(text).empty();
    return text.starts_with("<...") || text.starts_with("+++ ") || text.starts_with("--- ") ||
           text.starts_with("????") || text[0] == '[' || text[0] == '(' || text[0] == ' ' ||
           is_digit(text[0]);
}

// The end of "<comm>" + close at text[at]. A comm may hold anything, "> " included.
std::size_t comm_end(std::string_view text, std::size_t at, std::string_view close) {
    const std::string_view near = text.substr(0, at + kLongestComm);
    for (std::size_t end = near.find(close, at); end != npos; end = near.find(close, end + 1)) {
        if (begins_body(text.substr(end + close.size()))) return end + close.size();
    }
    return npos;
}

// "[pid  75] ", "[pid 1<a b>] ".
bool cut_bracketed_pid(StracePrefix& prefix) {
    const std::string_view text = prefix.rest;
    if (!text.starts_with("[pid")) return false;
    const std::size_t at = 4 + count_spaces(text, 4);
    const std::size_t digits = count_digits(text, at);
    if (digits == 0 || digits > kTimeDigits) return false;
    std::size_t end = at + digits;
    if (end < text.size() && text[end] == '<') {
        end = comm_end(text, end, ">] ");
        if (end == npos) return false;
    } else if (text.substr(end, 2) == "] ") {
        end += 2;
    } else {
        return false;
    }
    prefix.pid = to_pid(text.substr(at, digits));
    prefix.rest = text.substr(end);
    return true;
}

// "13152 ", "75    ", "13248<t> ".
bool cut_bare_pid(StracePrefix& prefix) {
    const std::string_view text = prefix.rest;
    const std::size_t digits = count_digits(text, 0);
    if (digits == 0 || digits >= kTimeDigits || digits == text.size()) return false;
    std::size_t end = digits;
    if (text[end] == '<') {
        end = comm_end(text, end, "> ");
        if (end == npos) return false;
    } else if (text[end] == ' ') {
        ++end;
    } else {
        return false;
    }
    prefix.pid = to_pid(text.substr(0, digits));
    prefix.rest = text.substr(end);
    return true;
}

// "23:44:07.887349 ", "1795218247.900205 ", "     0.000312 "; 0 if it is none.
std::size_t time_length(std::string_view text) {
    const std::size_t begin = count_spaces(text, 0);
    std::size_t end = begin;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.' || text[end] == ':')) {
        ++end;
    }
    if (end == begin || end == text.size() || text[end] != ' ') return 0;
    return end + 1;
}

// "[ 462] ", "[00007fde1ff2cca3] ", "[????????????????] ", "[user:role:type:s0] ", "(+ 0.000377) ";
// 0 if it is none.
std::size_t bracket_length(std::string_view text) {
    constexpr std::size_t kLongest = 256;
    const bool relative = text.starts_with("(+");
    if (!relative && !text.starts_with('[')) return 0;
    const std::size_t end = text.substr(0, kLongest).find(relative ? ')' : ']');
    if (end == npos || end + 1 >= text.size() || text[end + 1] != ' ') return 0;
    return end + 2;
}

// Where the name in front of a notice begins. It is argv[0] of strace, and what stands before it
// may end in letters too: "...|SIGCHLD/usr/bin/strace: Process 7 attached".
std::size_t notice_start(std::string_view line, std::size_t colon) {
    constexpr std::string_view kName = "strace";
    std::size_t begin = colon;
    if (line.substr(0, colon).ends_with(kName)) begin = colon - kName.size();
    // "strace" may have been called by a path; "*/" ends a comment of the line it was put into.
    const bool comment = line.substr(0, begin).ends_with("*/");
    const bool path = begin > 0 && line[begin - 1] == '/' && !comment;
    if (begin != colon && !path) return begin;
    while (begin > 0 && (is_name_char(line[begin - 1]) || line[begin - 1] == '/' ||
                         line[begin - 1] == '.' || line[begin - 1] == '-')) {
        --begin;
    }
    const std::size_t slash = line.substr(0, colon).find('/', begin);
    if (slash == npos) return begin;
    std::size_t root = slash;
    while (root > begin && line[root - 1] == '.') --root;
    return root;
}

}  // namespace

StracePrefix cut_prefix(std::string_view line) {
    StracePrefix prefix{-1, line};
    if (line.empty() || is_letter(line[0])) return prefix;
    if (!cut_bracketed_pid(prefix)) cut_bare_pid(prefix);
    // What -t, -r, -n, -i and --secontext print. strace's own order, but any is understood.
    while (!prefix.rest.empty() && !is_letter(prefix.rest[0])) {
        std::size_t length = time_length(prefix.rest);
        if (length == 0) length = bracket_length(prefix.rest);
        if (length == 0 && prefix.pid >= 0) length = count_spaces(prefix.rest, 0);
        if (length == 0) break;
        prefix.rest.remove_prefix(length);
    }
    return prefix;
}

std::string_view call_name(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && is_name_char(text[end])) ++end;
    if (end == 0 || end == text.size() || text[end] != '(' || is_digit(text[0])) return {};
    return text.substr(0, end);
}

std::size_t break_mark(std::string_view text) {
    if (text.size() < 14 || text.back() != '>') return npos;
    const std::size_t at = text.rfind(" <");
    if (at == npos) return npos;
    const std::string_view mark = text.substr(at + 2);
    const bool known = mark.starts_with("unfinished ...") || mark.starts_with("detached ...") ||
                       mark.starts_with("pid changed to ");
    return known ? at : npos;
}

std::optional<ResumedCall> resumed_call(std::string_view text) {
    constexpr std::string_view kHead = "<... ";
    constexpr std::string_view kTail = " resumed>";
    if (!text.starts_with(kHead)) return std::nullopt;
    const std::size_t tail = text.find(kTail, kHead.size());
    if (tail == npos) return std::nullopt;
    return ResumedCall{text.substr(kHead.size(), tail - kHead.size()),
                       text.substr(tail + kTail.size())};
}

bool is_end_note(std::string_view text) {
    const bool known = text.starts_with("+++ exited ") || text.starts_with("+++ killed ") ||
                       text.starts_with("+++ superseded ");
    return known && text.ends_with(" +++");
}

bool looks_torn_off(std::string_view line) {
    constexpr std::string_view kFirst = "),]}|";
    if (line.empty()) return false;
    return kFirst.find(line[0]) != npos || line.starts_with(" =>") || line.starts_with(" <");
}

std::optional<StraceNotice> find_notice(std::string_view line) {
    constexpr std::string_view kMode = "[ Process PID=";
    StraceNotice notice;
    if (const std::size_t at = line.find(kMode); at != npos && line.ends_with(" mode. ]")) {
        const std::size_t digits = at + kMode.size();
        notice.pid = to_pid(line.substr(digits, std::min(count_digits(line, digits), kTimeDigits)));
        notice.kind = line.find(" 32 bit ", at) != npos   ? StraceNotice::Kind::mode32
                      : line.find(" 64 bit ", at) != npos ? StraceNotice::Kind::mode64
                                                          : StraceNotice::Kind::other;
        notice.at = at;
        if (at >= 2 && line.substr(at - 2, 2) == ": ") notice.at = notice_start(line, at - 2);
        return notice;
    }
    constexpr std::string_view kProcess = "Process ";
    if (const std::size_t at = line.rfind(kProcess); at != npos) {
        const std::size_t digits = count_digits(line, at + kProcess.size());
        const std::string_view what = line.substr(at + kProcess.size() + digits);
        const bool attached = what == " attached" || what.starts_with(" attached with ");
        const bool known =
            attached || what == " detached" || what == " suspended" || what.ends_with(" resumed");
        const bool named = at >= 2 && line.substr(at - 2, 2) == ": ";
        if (known && digits != 0 && digits <= kTimeDigits && (at == 0 || named)) {
            notice.pid = to_pid(line.substr(at + kProcess.size(), digits));
            notice.kind = attached ? StraceNotice::Kind::attached : StraceNotice::Kind::other;
            notice.at = named ? notice_start(line, at - 2) : at;
            return notice;
        }
    }
    constexpr std::string_view kName = "strace: ";
    const std::size_t at = line.find(kName);
    if (at == npos) return std::nullopt;
    notice.at = notice_start(line, at + kName.size() - 2);
    return notice;
}

bool begins_summary(std::string_view line) {
    if (line.starts_with("% time") || line.starts_with("System call usage summary for ")) {
        return true;
    }
    // The columns may be chosen: any row of these words, or of dashes.
    static constexpr std::array<std::string_view, 14> kColumns = {
        "%",       "time",     "seconds",    "usecs/call", "calls",    "errors",   "syscall",
        "longest", "shortest", "wall-total", "wall-min",   "wall-max", "wall-avg", "nsecs/call"};
    std::size_t words = 0;
    while (true) {
        line.remove_prefix(count_spaces(line, 0));
        if (line.empty()) return words >= 2;
        const std::string_view word = line.substr(0, line.find(' '));
        const bool rule = word.size() >= 5 && word.find_first_not_of('-') == npos;
        if (!rule && std::ranges::find(kColumns, word) == kColumns.end()) return false;
        line.remove_prefix(word.size());
        ++words;
    }
}

bool is_plain(std::string_view line) {
    // Eight bytes at a time: a byte is odd if its top bit is set or if it is below ' '.
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kTop = kOnes << 7;
    std::uint64_t odd = 0;
    std::size_t i = 0;
    for (; i + 8 <= line.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, line.data() + i, sizeof word);
        odd |= word | ((word - kOnes * ' ') & ~word);
    }
    if ((odd & kTop) != 0) return false;
    for (; i < line.size(); ++i) {
        if (static_cast<unsigned char>(line[i]) - 0x20U >= 0x60U) return false;
    }
    return true;
}

bool is_utf8(std::string_view line) {
    for (std::size_t i = 0; i < line.size();) {
        const auto lead = static_cast<unsigned char>(line[i]);
        std::size_t length = 1;
        if (lead >= 0x80) length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (length == 0 || lead > 0xf4 || i + length > line.size()) return false;
        for (std::size_t k = 1; k < length; ++k) {
            if ((static_cast<unsigned char>(line[i + k]) & 0xc0) != 0x80) return false;
        }
        i += length;
    }
    return true;
}

void strip_colours(std::string_view line, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
            const std::size_t end = line.find_first_not_of("0123456789;:", i + 2);
            if (end != npos && (line[end] == 'm' || line[end] == 'K')) {
                i = end;
                continue;
            }
        }
        out += line[i];
    }
}

}  // namespace mmsim
