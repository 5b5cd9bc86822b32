// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/side_by_side.h"

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

// One letter an entry: "abc" against "axc" is "a=a b/x c=c".
std::string aligned(const std::string& expected, const std::string& got) {
    std::string text;
    for (const AlignedEntry& entry :
         align_lists(expected.size(), got.size(),
                     [&](std::size_t e, std::size_t g) { return expected[e] == got[g]; })) {
        if (!text.empty()) text += ' ';
        text += entry.expected ? expected[*entry.expected] : '-';
        text += entry.same ? '=' : '/';
        text += entry.got ? got[*entry.got] : '-';
    }
    return text;
}

}  // namespace

TEST_SUITE("check/side by side") {
    TEST_CASE("entries that are the same stand side by side, as many as can") {
        CHECK_EQ(aligned("", ""), "");
        CHECK_EQ(aligned("ab", "ab"), "a=a b=b");
        CHECK_EQ(aligned("abc", "axc"), "a=a b/x c=c");
        CHECK_EQ(aligned("abcd", "bd"), "a/- b=b c/- d=d");
        CHECK_EQ(aligned("bd", "abcd"), "-/a b=b -/c d=d");
        CHECK_EQ(aligned("xaby", "zab"), "x/z a=a b=b y/-");
        CHECK_EQ(aligned("ab", "cde"), "a/c b/d -/e");
        CHECK_EQ(aligned("abab", "baba"), "a/- b=b a=a b=b -/a");
    }

    TEST_CASE("lists too long to compare are still complete") {
        const std::string expected(700, 'a');
        const std::string got(700, 'b');
        const std::string text = aligned("x" + expected + "y", "x" + got + "y");
        CHECK(text.starts_with("x=x a/b a/b"));
        CHECK(text.ends_with("a/b y=y"));
        CHECK_EQ(text.size(), 702 * 4 - 1);
    }

    TEST_CASE("rows that differ are marked, with one row of context") {
        CHECK_EQ(side_by_side({{"1", "1", true},
                               {"2", "2", true},
                               {"three", "3", false},
                               {"4", "4", true},
                               {"5", "5", true},
                               {"", "6", false}}),
                 "  expected   got\n"
                 "  ...\n"
                 "  2        | 2\n"
                 "! three    | 3\n"
                 "  4        | 4\n"
                 "  5        | 5\n"
                 "!          | 6\n");
    }
}
