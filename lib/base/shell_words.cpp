// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/shell_words.h"

#include <algorithm>

#include "base/input_error.h"
#include "base/text.h"

namespace mmsim {

namespace {

constexpr std::string_view kShellBlanks = " \t\n";

[[noreturn]] void refuse_at(std::size_t at, const char* what) {
    throw InputError("column " + std::to_string(at + 1) + ": " + what);
}

// Appends what the quotes at text[at] hold; returns the place behind them.
std::size_t take_quoted(std::string_view text, std::size_t at, std::string& word) {
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == quote) return i + 1;
        // Between double quotes a backslash keeps only what would have a meaning there.
        const bool escapes = quote == '"' && text[i] == '\\' && i + 1 < text.size() &&
                             std::string_view("\\\"$`").find(text[i + 1]) != npos;
        if (escapes) ++i;
        word += text[i];
    }
    refuse_at(at, "this quote does not end");
}

}  // namespace

std::vector<ShellWord> split_shell_words(std::string_view text) {
    std::vector<ShellWord> words;
    for (std::size_t at = 0; (at = text.find_first_not_of(kShellBlanks, at)) != npos;) {
        const std::size_t column = at + 1;
        words.push_back({take_shell_word(text, at, kShellBlanks), column});
    }
    return words;
}

std::string take_shell_word(std::string_view text, std::size_t& at, std::string_view ends) {
    std::string word;
    while (at < text.size() && ends.find(text[at]) == npos) {
        if (text[at] == '\'' || text[at] == '"') {
            at = take_quoted(text, at, word);
            continue;
        }
        if (text[at] == '\\' && ++at == text.size()) {
            refuse_at(at - 1, "nothing follows the backslash");
        }
        word += text[at++];
    }
    return word;
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view kPlain = "_-./:=,@+%";
    const bool plain = !text.empty() && std::ranges::all_of(text, [&](char c) {
        return is_name_char(c) || kPlain.find(c) != npos;
    });
    if (plain) return std::string(text);
    std::string word = "'";
    for (const char c : text) {
        if (c == '\'') {
            word += "'\\''";
        } else {
            word += c;
        }
    }
    return word + "'";
}

}  // namespace mmsim
