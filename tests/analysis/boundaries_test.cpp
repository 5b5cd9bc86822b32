// SPDX-License-Identifier: GPL-2.0-or-later
// Boundaries whose reasons no mprotect can show: the named difference is in what the VMAs are, or
// in the order in which they came. Each is drawn, and tried: an mprotect of one side to something
// else and back leaves two VMAs where the reason stands and makes one where it does not.
#include "analysis/boundaries.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "report/vma_table.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// The reasons of the boundary below a column.
std::string reasons_at(const MapPicture& map, std::size_t column) {
    return reasons_text(judge_boundary(map.world, 1, map.at(column - 1), map.at(column)).barriers);
}

void there_and_back(MapPicture& map, const std::string& picture) {
    CHECK(map.mprotect(picture, kR));
    CHECK(map.mprotect(picture, kRw));
}

// Two pages of a file whose VMAs have a close hook, and the page between them mapped last.
struct Closing {
    explicit Closing(HookSet set) : map("......") {
        const FileId file = map.open(scripted(set));
        CHECK(map.mmap("*.....", kRw, kMapShared, file, 0));
        CHECK(map.mmap("A.*...", kRw, kMapShared, file, 2));
        CHECK(map.mmap("A*B...", kRw, kMapShared, file, 1));
    }
    MapPicture map;
};

}  // namespace

TEST_SUITE("analysis/boundaries") {
    TEST_CASE("anon_vma: two that were written apart stay apart, for good") {
        MapPicture map{"AABB", {{'A', kTouched}, {'B', kTouched}}};
        CHECK_EQ(map.anon_vmas(), "aabb");
        CHECK_EQ(reasons_at(map, 2), "anon_vma");
        there_and_back(map, "AA**");
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(reasons_at(map, 2), "anon_vma");
    }

    TEST_CASE("anon_vma: where one side was never written, an attempt is all that is missing") {
        MapPicture map{"AABB", {{'A', kTouched}}};
        CHECK_EQ(map.anon_vmas(), "aa--");
        CHECK_EQ(reasons_at(map, 2), "untried");
        there_and_back(map, "AA**");
        CHECK_EQ(map.now(), "AAAA");
    }

    TEST_CASE("anon_vma: what a fork has inherited keeps fresh memory away") {
        MapPicture map{"AA..", {{'A', kTouched}}};
        const auto child = map.fork();
        REQUIRE(child);
        map.show(*child);
        CHECK(map.mmap("AA**"));
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(reasons_at(map, 2), "anon_vma");
    }

    TEST_CASE("close_hook: a mapping between two joins the left one, the right one stays") {
        Closing closing(HookSet{}.with(Hook::mmap_prepare).with(Hook::close));
        CHECK_EQ(closing.map.now(), "AAB...");
        CHECK_EQ(reasons_at(closing.map, 2), "close_hook");
        there_and_back(closing.map, "AA*...");
        CHECK_EQ(closing.map.now(), "AAB...");
    }

    TEST_CASE("close_hook: the same without the hook makes one") {
        Closing closing(HookSet{}.with(Hook::mmap_prepare));
        CHECK_EQ(closing.map.now(), "AAA...");
    }

    TEST_CASE("left before right: of two that do not agree the left one gets the range") {
        MapPicture map{"AA..BB", {{'A', kTouched}, {'B', kTouched}}};
        CHECK(map.mmap("AA**BB"));
        CHECK_EQ(map.now(), "AAAABB");
        CHECK_EQ(reasons_at(map, 4), "anon_vma");
        there_and_back(map, "AAAA**");
        CHECK_EQ(map.now(), "AAAABB");
    }

    TEST_CASE("left before right: alone, the right one would have got it") {
        MapPicture map{"....BB", {{'B', kTouched}}};
        CHECK(map.mmap("..**BB"));
        CHECK_EQ(map.now(), "..BBBB");
    }
}
