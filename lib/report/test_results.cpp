// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/test_results.h"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "trace/json_text.h"

namespace mmsim {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Control characters, of which U+0080 to U+009F are two bytes, and the two that are none.
bool allowed(std::string_view character) {
    if (character.size() == 1) {
        const char c = character[0];
        return c == '\t' || c == '\n' || (c >= ' ' && c != '\x7f');
    }
    if (character.size() == 2 && character[0] == '\xc2') return character[1] >= '\xa0';
    return character != "\xef\xbf\xbe" && character != "\xef\xbf\xbf";
}

}  // namespace

std::uint64_t TestResults::count(TestOutcome outcome) const {
    return static_cast<std::uint64_t>(std::ranges::count(results, outcome, &TestResult::outcome));
}

std::string counts_text(const TestResults& results) {
    std::string text = fmt::format("{} ok", results.count(TestOutcome::ok));
    const auto add = [&](TestOutcome outcome, std::string_view name) {
        if (const auto n = results.count(outcome); n != 0) text += fmt::format(", {} {}", n, name);
    };
    add(TestOutcome::not_ok, "not ok");
    add(TestOutcome::skipped, "skipped");
    return text;
}

std::string printable(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        clean += length != 0 && allowed(character) ? character : kReplacement;
        text.remove_prefix(character.size());
    }
    return clean;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_blank(text[i])) {
            line += text[i];
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    if (line.ends_with(' ')) line.pop_back();
    return printable(line);
}

}  // namespace mmsim
