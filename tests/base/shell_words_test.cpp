// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/shell_words.h"

#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"

using namespace mmsim;

namespace {

// "[word]@column" for each.
std::string words_of(const std::string& text) {
    std::string all;
    for (const ShellWord& word : split_shell_words(text)) {
        all += "[" + word.text + "]@" + std::to_string(word.column) + " ";
    }
    return all;
}

std::string refusal_of(const std::string& text) {
    try {
        split_shell_words(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_SUITE("base/shell words") {
    TEST_CASE("blanks part words, and each word knows its column") {
        CHECK_EQ(words_of(""), "");
        CHECK_EQ(words_of("  \t "), "");
        CHECK_EQ(words_of(" --hook\tlegacy\n -x"), "[--hook]@2 [legacy]@9 [-x]@17 ");
    }

    TEST_CASE("quotes and backslashes keep blanks, and an empty word can be quoted") {
        CHECK_EQ(words_of("'a b' \"c d\" e\\ f ''"), "[a b]@1 [c d]@7 [e f]@13 []@18 ");
        CHECK_EQ(words_of("--bind='/dev/a b'=\"x\""), "[--bind=/dev/a b=x]@1 ");
    }

    TEST_CASE("a backslash means itself in single quotes, and in double ones before most letters") {
        CHECK_EQ(words_of(R"('a\b' "a\b" "a\"b" "a\\b" a\b)"),
                 R"([a\b]@1 [a\b]@7 [a"b]@13 [a\b]@20 [ab]@27 )");
    }

    TEST_CASE("what is quoted for the shell comes back as one word") {
        CHECK_EQ(shell_word("a/b-c_d.json"), "a/b-c_d.json");
        CHECK_EQ(shell_word(""), "''");
        for (const std::string text : {"a b", "it's", "$x `y` \"z\"", "a\\b", "*", "\n", ";"}) {
            const auto words = split_shell_words(shell_word(text));
            REQUIRE_EQ(words.size(), 1);
            CHECK_EQ(words[0].text, text);
        }
    }

    TEST_CASE("a word ends where it is told to, but not inside quotes") {
        const std::string text = "a'b=c'\\=\"<\"d<=e";
        std::size_t at = 0;
        CHECK_EQ(take_shell_word(text, at, "<="), "ab=c=<d");
        CHECK_EQ(text.substr(at), "<=e");
        CHECK_EQ(take_shell_word(text, at, "<="), "");
        CHECK_EQ(text.substr(at), "<=e");
    }

    TEST_CASE("a quote without end is refused where it begins") {
        CHECK_EQ(refusal_of("a 'b c"), "column 3: this quote does not end");
        CHECK_EQ(refusal_of("ab\"c"), "column 3: this quote does not end");
        CHECK_EQ(refusal_of("a \\"), "column 3: nothing follows the backslash");
    }
}
