// SPDX-License-Identifier: GPL-2.0-or-later
// Options that come as one string, cut into words as a shell would.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

struct ShellWord {
    std::string text;
    std::size_t column = 1;  // where it begins, from 1
};

// Blanks part words; '...', "..." and a backslash keep them together, with the shell's meaning.
// Nothing is expanded. Throws InputError "column N: ..." for a quote that does not end and for a
// backslash with nothing behind it.
std::vector<ShellWord> split_shell_words(std::string_view text);

// The one word at text[at], quoted likewise, that ends before any character of `ends`; empty where
// one of them stands there. Moves `at` behind it. Throws as above.
std::string take_shell_word(std::string_view text, std::size_t& at, std::string_view ends);

// `text` as one word of a shell command: in single quotes where it needs them.
std::string shell_word(std::string_view text);

}  // namespace mmsim
