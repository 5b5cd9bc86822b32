// SPDX-License-Identifier: GPL-2.0-or-later
// Children made by a clone3 whose flags strace does not show.
#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::Replayed;

}  // namespace

TEST_SUITE("replay/hidden flags") {
    TEST_CASE("a child of hidden flags is a thread until it executes a program") {
        constexpr std::string_view kBegin =
            "1 mmap(0, 0x2000, 0x3, 0x20022, -1, 0) = 0x10000\n"  // MAP_STACK
            "1 clone3(0x7ffe1000, 0x58) = 0x2\n"
            "2 mmap(0, 0x1000, 0x3, 0x22, -1, 0) = 0x20000\n";
        constexpr std::string_view kTogether =
            "10000-12000 rw-p 00000000\n20000-21000 rw-p 00000000\n";
        const Replayed thread{std::string(kBegin)};
        CHECK_EQ(thread.maps(), kTogether);

        const Replayed spawned(std::string(kBegin) +
                               "2 execve(0x1000, 0x2000, 0x3000) = 0\n"
                               "2 exit_group(0) = ?\n");
        CHECK_EQ(spawned.maps(), kTogether);

        // Its parent may still be inside the call.
        const Replayed early(
            "1 mmap(0, 0x2000, 0x3, 0x20022, -1, 0) = 0x10000\n"
            "1 clone3(0x7ffe1000, 0x58 <unfinished ...>\n"
            "2 mmap(0, 0x1000, 0x3, 0x22, -1, 0) = 0x20000\n"
            "2 execve(0x1000, 0x2000, 0x3000) = 0\n"
            "1 <... clone3 resumed>) = 0x2\n"
            "2 brk(0) = 0x500000\n");
        CHECK_EQ(early.maps(), kTogether);
        CHECK_EQ(early.maps(2), "");
    }

    TEST_CASE("the end of a child of hidden flags ends the others only when they say so") {
        const std::string begin =
            "1 mmap(0, 0x2000, 0x3, 0x20022, -1, 0) = 0x10000\n"
            "1 clone3(0x7ffe1000, 0x58) = 0x2\n"
            "2 exit_group(0) = ?\n";
        const Replayed child(begin +
                             "2 +++ exited with 0 +++\n"
                             "1 munmap(0x10000, 0x1000) = 0\n");
        CHECK_EQ(child.maps(), "11000-12000 rw-p 00000000\n");
        const Replayed thread(begin + "1 +++ exited with 0 +++\n2 +++ exited with 0 +++\n");
        CHECK_FALSE(thread.engine().world().mms[thread.engine().processes()[0].mm.index].alive);
    }

    TEST_CASE("a child of hidden flags for whose stack there is no memory is a copy") {
        const Replayed run(
            "1 execve(0x1000, 0x2000, 0x3000) = 0\n"
            "1 mmap(0, 0x1000, 0x3, 0x22, -1, 0) = 0x10000\n"
            "1 clone3(0x7ffe1000, 0x58) = 0x2\n"
            "2 munmap(0x10000, 0x1000) = 0\n");
        CHECK_EQ(run.maps(), "10000-11000 rw-p 00000000\n");
        CHECK_EQ(run.maps(2), "");
    }
}

}  // namespace mmsim
