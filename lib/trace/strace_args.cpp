// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_args.h"

#include "base/text.h"

namespace mmsim {
namespace {

// What strace leaves behind in the place of arguments that it could not print.
std::string_view cut_mark(std::string_view text) {
    constexpr std::string_view kMark = "<unfinished ...>";
    return text.ends_with(kMark) ? text.substr(0, text.size() - kMark.size()) : text;
}

// The last character of what begins at text[at] and holds no separators; `at` itself where nothing
// special begins; npos if it does not end.
std::size_t skip_atom(std::string_view text, std::size_t at) {
    switch (text[at]) {
        case '"':
            return quote_end(text, at);
        case '/': {
            if (text.substr(at, 2) != "/*") return at;
            const std::size_t end = text.find("*/", at + 2);
            return end == npos ? npos : end + 1;
        }
        case '<':
            if (text.substr(at, 2) == "<<") return at + 1;
            if (at > 0 && is_name_char(text[at - 1])) return decoration_end(text, at);
            return text.find('>', at);  // "<unfinished ...>"
        default:
            return at;
    }
}

// True for the characters at which cutting has to look.
constexpr auto kSpecial = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view{"()[]{},\"</"})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

// Cuts "addr" off "addr=NULL" (and off "addr: NULL", as early versions print it).
std::string_view cut_label(std::string_view& arg) {
    if (arg.empty() || is_digit(arg[0]) || !is_name_char(arg[0])) return {};
    std::size_t end = 0;
    while (end < arg.size() && is_name_char(arg[end])) ++end;
    std::size_t value = npos;
    if (arg.substr(end, 1) == "=" && arg.substr(end, 2) != "==") value = end + 1;
    if (arg.substr(end, 2) == ": ") value = end + 2;
    if (value == npos) return {};
    const std::string_view label = arg.substr(0, end);
    arg.remove_prefix(value);
    return label;
}

void add_arg(StraceArgs& args, std::string_view text) {
    std::string_view arg = trim_spaces(cut_mark(trim_spaces(text)));
    if (args.count == StraceArgs::kMost) return;
    args.names[args.count] = cut_label(arg);
    args.at[args.count++] = arg;
}

}  // namespace

std::string_view trim_spaces(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::size_t quote_end(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return i;
        }
    }
    return npos;
}

// A path may hold '>' (strace before 5.9 does not escape it), and so do nested decorations and
// names of sockets: the end is where an argument may end.
std::size_t decoration_end(std::string_view text, std::size_t at) {
    constexpr std::string_view kFollows = ",)( =]}";
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            // The name of a UNIX socket.
            if (const std::size_t quote = quote_end(text, i); quote != npos) i = quote;
        } else if (text[i] == '>') {
            if (i + 1 == text.size() || kFollows.find(text[i + 1]) != npos) return i;
        }
    }
    return npos;
}

std::string_view StraceArgs::named(std::string_view name, std::size_t place) const {
    for (std::size_t i = 0; i < count; ++i) {
        if (names[i] == name) return at[i];
    }
    return place < count ? at[place] : std::string_view{};
}

bool split_args(std::string_view text, StraceArgs& args) {
    args.count = 0;
    std::size_t depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!kSpecial[static_cast<unsigned char>(text[i])]) continue;
        switch (text[i]) {
            case '(':
            case '[':
            case '{':
                ++depth;
                break;
            case ',':
                if (depth > 0) break;
                add_arg(args, text.substr(begin, i - begin));
                begin = i + 1;
                break;
            case ')':
            case ']':
            case '}':
                if (depth > 0) {
                    --depth;
                    break;
                }
                if (text[i] != ')') break;
                if (args.count > 0 || !trim_spaces(text.substr(0, i)).empty()) {
                    add_arg(args, text.substr(begin, i - begin));
                }
                args.end = i + 1;
                return true;
            default:
                i = skip_atom(text, i);
                if (i == npos) return false;
        }
    }
    return false;
}

std::string_view struct_field(std::string_view text, std::string_view name) {
    if (!text.starts_with('{')) return {};
    text.remove_prefix(1);
    // Fields are separated as arguments are; the '}' ends them as a ')' would.
    std::size_t begin = 0;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!kSpecial[static_cast<unsigned char>(c)]) continue;
        const bool closes = c == ')' || c == ']' || c == '}';
        if (depth == 0 && (c == ',' || closes)) {
            std::string_view field = trim_spaces(text.substr(begin, i - begin));
            if (cut_label(field) == name) return trim_spaces(field);
            if (closes) return {};
            begin = i + 1;
        } else if (c == '(' || c == '[' || c == '{') {
            ++depth;
        } else if (closes) {
            --depth;
        } else if (c != ',') {
            i = skip_atom(text, i);
            if (i == npos) return {};
        }
    }
    return {};
}

}  // namespace mmsim
