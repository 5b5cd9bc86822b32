// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/layout_diff.h"

#include <doctest/doctest.h>

#include "base/input_error.h"

using namespace mmsim;

namespace {

constexpr const char* kTwo =
    "10000-11000 r--p 00000000 08:01 42 /lib/x.so\n"
    "20000-21000 rw-p 00000000 00:00 0 \n";

bool agree(const std::string& expected, const std::string& got,
           const LayoutDiffOptions& options = {}) {
    return !compare_layouts({"expected.maps", expected}, {"", got}, options);
}

}  // namespace

TEST_SUITE("check/layout diff") {
    TEST_CASE("equal layouts agree, whatever the blanks before the path") {
        CHECK(agree(kTwo, kTwo));
        CHECK(agree("10000-11000 r--p 00000000 08:01 42                 /lib/x.so\n",
                    "10000-11000 r--p 00000000 08:01 42 /lib/x.so\n"));
    }

    TEST_CASE("every column counts") {
        const std::string line = "10000-11000 r--p 00000000 08:01 42 /lib/x.so\n";
        for (const char* other : {"11000-12000 r--p 00000000 08:01 42 /lib/x.so\n",
                                  "10000-12000 r--p 00000000 08:01 42 /lib/x.so\n",
                                  "10000-11000 rw-p 00000000 08:01 42 /lib/x.so\n",
                                  "10000-11000 r--s 00000000 08:01 42 /lib/x.so\n",
                                  "10000-11000 r--p 00001000 08:01 42 /lib/x.so\n",
                                  "10000-11000 r--p 00000000 08:02 42 /lib/x.so\n",
                                  "10000-11000 r--p 00000000 08:01 43 /lib/x.so\n",
                                  "10000-11000 r--p 00000000 08:01 42 /lib/y.so\n",
                                  "10000-11000 r--p 00000000 08:01 42 /lib/x.so (deleted)\n", ""}) {
            CAPTURE(other);
            CHECK_FALSE(agree(line, other));
            CHECK_FALSE(agree(other, line));
        }
    }

    TEST_CASE("device and inode are passed over where one side does not know them") {
        CHECK(agree("10000-11000 r--p 00000000 08:01 42 /lib/x.so\n",
                    "10000-11000 r--p 00000000 00:00 0 /lib/x.so\n"));
        CHECK(agree("10000-11000 r--p 00000000 00:00 0 /lib/x.so\n",
                    "10000-11000 r--p 00000000 08:01 42 /lib/x.so\n"));
    }

    TEST_CASE("[vsyscall] is passed over where one side has no such line") {
        const std::string vsyscall =
            "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";
        CHECK(agree(kTwo + vsyscall, kTwo));
        CHECK(agree(kTwo, kTwo + vsyscall));
        CHECK_FALSE(agree(kTwo + vsyscall, std::string(kTwo) +
                                               "ffffffffff600000-ffffffffff601000 r-xp 00000000 "
                                               "00:00 0 [vsyscall]\n"));
    }

    TEST_CASE("a trace without paths may leave names out, but not get them wrong") {
        const std::string named = "10000-11000 r--p 00000000 08:01 42 /lib/x.so\n";
        const std::string unnamed = "10000-11000 r--p 00000000 00:00 0 \n";
        CHECK_FALSE(agree(named, unnamed));
        CHECK(agree(named, unnamed, {.paths_unknown = true}));
        CHECK_FALSE(
            agree(named, "10000-11000 r--p 00000000 00:00 0 /lib/y.so\n", {.paths_unknown = true}));
    }

    TEST_CASE("what has no heading is compared with the first process") {
        const std::string several = std::string("# pid 1\n") + kTwo + "# pid 2\n";
        CHECK(agree(kTwo, several));
        CHECK(agree(several, several));
        CHECK_FALSE(agree(several, kTwo));
        CHECK_FALSE(agree(several, std::string("# pid 1\n") + kTwo + "# pid 3\n"));
    }

    TEST_CASE("both sides are shown aligned, with a line of context") {
        const auto difference = compare_layouts(
            {"expected.maps",
             "10000-11000 r--p 00000000 00:00 0 \n20000-21000 rw-p 00000000 00:00 0 \n"
             "30000-31000 rw-p 00000000 00:00 0 \n40000-42000 r--p 00000000 00:00 0 \n"},
            {"",
             "10000-11000 r--p 00000000 00:00 0 \n20000-21000 rw-p 00000000 00:00 0 \n"
             "30000-31000 rw-p 00000000 00:00 0 \n40000-41000 r--p 00000000 00:00 0 \n"
             "41000-42000 rw-p 00000000 00:00 0 \n"});
        REQUIRE(difference);
        CHECK_EQ(*difference,
                 "layout differs from expected.maps: 2 of 5 lines\n"
                 "  expected                          got\n"
                 "  ...\n"
                 "  00030000-00031000 rw-p 00000000 | 00030000-00031000 rw-p 00000000\n"
                 "! 00040000-00042000 r--p 00000000 | 00040000-00041000 r--p 00000000\n"
                 "!                                 | 00041000-00042000 rw-p 00000000\n");
    }

    TEST_CASE("what is no maps text is refused with its place") {
        CHECK_THROWS_AS(agree("nonsense\n", kTwo), InputError);
    }
}
