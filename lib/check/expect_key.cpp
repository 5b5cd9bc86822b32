// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/expect_key.h"

#include <cstddef>

#include <nlohmann/json.hpp>

namespace mmsim {

namespace {

struct Extent {
    std::size_t begin = 0, end = 0;
};

// Behind the string that begins at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return at + 1;
}

// Where the value of the key stands in an object that is known to be well formed.
std::optional<Extent> find_value(std::string_view text, std::string_view key) {
    int depth = 0;
    std::size_t begin = 0;  // of the value that is wanted; 0: not found yet
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const bool ends_value = depth == 1 && (c == ',' || c == '}');
        if (begin != 0 && ends_value) {
            const auto last = text.find_last_not_of(" \t\r\n", at - 1);
            return Extent{begin, last + 1};
        }
        if (c == '"') {
            const std::size_t end = skip_string(text, at);
            const auto colon = text.find_first_not_of(" \t\r\n", end);
            const bool is_key = depth == 1 && colon != std::string_view::npos && text[colon] == ':';
            if (is_key && begin == 0 && text.substr(at + 1, end - at - 2) == key) {
                begin = text.find_first_not_of(" \t\r\n", colon + 1);
                at = begin;
                continue;
            }
            at = end;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
        if (depth == 0 && at > 1 && (c == '}' || c == ']')) break;
    }
    return std::nullopt;
}

std::string indented(std::string_view json) {
    std::string text;
    for (const char c : json) {
        text += c;
        if (c == '\n') text += "  ";
    }
    return text;
}

}  // namespace

std::optional<std::string> replace_expect_key(std::string_view trace, std::string_view json,
                                              bool one_line) {
    const auto first = trace.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || trace[first] != '{') return std::nullopt;
    const auto extent = find_value(trace, "expect");
    if (!extent) return std::nullopt;
    while (json.ends_with('\n')) json.remove_suffix(1);
    const std::string value =
        one_line ? nlohmann::ordered_json::parse(json).dump() : indented(json);
    std::string changed(trace.substr(0, extent->begin));
    changed += value;
    changed += trace.substr(extent->end);
    return changed;
}

}  // namespace mmsim
