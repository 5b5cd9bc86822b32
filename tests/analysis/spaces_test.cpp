// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/spaces.h"

#include <string>

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

constexpr MmId kFirst{1};
constexpr MmId kSecond{2};
constexpr MmId kThird{3};

// "7:1 8:2!": pids with their address spaces, '!' behind those that ended.
std::string drawn(const Spaces& spaces) {
    std::string text;
    for (const Space& space : spaces.all()) {
        if (!text.empty()) text += ' ';
        text += std::to_string(space.pid) + ":" + std::to_string(space.mm.index);
        if (space.ended) text += '!';
    }
    return text;
}

}  // namespace

TEST_SUITE("analysis/spaces") {
    TEST_CASE("a forked child has an entry of its own") {
        Spaces spaces;
        spaces.on_process(7, kFirst);
        spaces.on_process(8, kSecond);
        CHECK_EQ(drawn(spaces), "7:1 8:2");
    }

    TEST_CASE("a process announced twice counts once") {
        Spaces spaces;
        spaces.on_process(7, kFirst);
        spaces.on_process(7, kFirst);
        CHECK(spaces.is_last_user(kFirst));
        CHECK_EQ(drawn(spaces), "7:1");
    }

    TEST_CASE("exec keeps the entry and changes the address space") {
        Spaces spaces;
        spaces.on_process(7, kFirst);
        spaces.of(7, kFirst).peak = 40;
        spaces.on_exec(7, kSecond);
        CHECK_EQ(drawn(spaces), "7:2");
        CHECK_EQ(spaces.of(7, kSecond).peak, 40);
        CHECK_EQ(spaces.find(kFirst), nullptr);
    }

    TEST_CASE("a vfork child that executes a program leaves its parent's space alone") {
        Spaces spaces;
        spaces.on_process(7, kFirst);
        spaces.on_process(8, kFirst);
        CHECK_EQ(drawn(spaces), "7:1");
        CHECK_FALSE(spaces.is_last_user(kFirst));

        spaces.on_exec(8, kSecond);
        CHECK_EQ(drawn(spaces), "7:1 8:2");
        CHECK(spaces.is_last_user(kFirst));
    }

    TEST_CASE("a borrowed space outlives the process that had it first") {
        Spaces spaces;
        spaces.on_process(7, kFirst);
        spaces.on_process(8, kFirst);
        spaces.on_exit(7, kFirst);
        CHECK_EQ(drawn(spaces), "7:1");
        spaces.on_exit(8, kFirst);
        CHECK_EQ(drawn(spaces), "7:1!");
    }

    TEST_CASE("an address space number that is used again begins a new entry") {
        Spaces spaces;
        spaces.on_process(7, kFirst);
        spaces.on_exit(7, kFirst);
        spaces.on_process(7, kFirst);
        CHECK_EQ(drawn(spaces), "7:1! 7:1");
    }

    TEST_CASE("a process that nobody announced gets an entry when it is asked for") {
        Spaces spaces;
        spaces.of(9, kThird).map_count = 3;
        CHECK_EQ(drawn(spaces), "9:3");
        CHECK_EQ(spaces.of(9, kThird).map_count, 3);
    }
}
