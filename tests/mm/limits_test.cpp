// SPDX-License-Identifier: GPL-2.0-or-later
// max_map_count: each place where it is asked, and those where it is not. Rules 2.6, DELTA 4.3.
#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using enum KernelVersion;

// The picture's VMAs with `room` more allowed.
MapPicture with_room(std::string_view picture, std::uint64_t room,
                     const Profile& profile = newest_profile()) {
    MapPicture map{picture, {{'B', kReadOnly}, {'D', kReadOnly}}, profile};
    map.world.system.max_map_count = map.mm().map_count + room;
    return map;
}

// One VMA more than allowed, as mmap can leave it.
MapPicture too_many(std::string_view picture) {
    MapPicture map = with_room(picture, 0);
    --map.world.system.max_map_count;
    return map;
}

std::string brk_by_a_page(MapPicture& map) {
    const std::uint64_t wanted = map.mm().brk + kPageSize;
    return map.call([&](Current& current) { return sys_brk(current, wanted); }) == wanted
               ? "ok"
               : "refused";
}

std::string mremap_result(const Profile& profile, std::uint64_t room, std::uint64_t flags,
                          std::uint64_t to) {
    MapPicture map = with_room("AABB......", room, profile);
    return outcome(map.mremap("**BB......", 2, flags, to));
}

}  // namespace

TEST_SUITE("mm/max_map_count") {
    TEST_CASE("rule 2.6, LIVE 12: mmap at the limit makes one VMA more, the next is refused") {
        MapPicture map = with_room("A.B.......", 0);
        CHECK(map.mmap("A.B.*.....", kR));
        CHECK_EQ(map.mm().map_count, map.world.system.max_map_count + 1);
        CHECK_EQ(outcome(map.mmap("A.B.C.*...", kRw)), "ENOMEM");
    }

    TEST_CASE("rule 2.6, LIVE 12: above the limit even a mapping that would merge is refused") {
        MapPicture map = too_many("A.B..");
        CHECK_EQ(outcome(map.mmap("A*B..")), "ENOMEM");
        CHECK_EQ(outcome(map.mmap("*.B..")), "ENOMEM");
    }

    TEST_CASE("rule 2.6: brk asks as mmap does") {
        MapPicture at_limit = with_room("A.B..", 0);
        CHECK_EQ(brk_by_a_page(at_limit), "ok");
        CHECK_EQ(brk_by_a_page(at_limit), "refused");
    }

    TEST_CASE("rule 2.6: at the limit no VMA is cut") {
        const std::string before = "AAAA.B";
        MapPicture map = with_room(before, 0);
        CHECK_EQ(outcome(map.mprotect("A**A.B", kR)), "ENOMEM");
        CHECK_EQ(outcome(map.madvise("A**A.B", Madv::dontfork)), "EAGAIN");
        CHECK_EQ(outcome(map.mlock("A**A.B")), "ENOMEM");
        CHECK_EQ(outcome(map.mseal("A**A.B")), "ENOMEM");
        CHECK_EQ(outcome(map.mbind("A**A.B", kMpolBind, 1)), "ENOMEM");
        CHECK_EQ(outcome(map.set_name("A**A.B", "n")), "EAGAIN");
        CHECK_EQ(map.now(), before);
    }

    TEST_CASE("rule 2.6: the count is asked before each cut; the first cut stays") {
        MapPicture map = with_room("AAAA.B", 1);
        CHECK_EQ(outcome(map.mprotect("A**A.B", kR)), "ENOMEM");
        CHECK_EQ(map.now(), "CAAA.B");
        CHECK_EQ(map.access(), "wwww.r");
    }

    TEST_CASE("rule 2.6: a change that merges needs no room") {
        MapPicture map = with_room("AABB", 0);
        CHECK(map.mprotect("A*BB", kR));
        CHECK_EQ(map.now(), "ABBB");
    }

    TEST_CASE("rule 2.6, LIVE 12: munmap is refused the middle of a VMA, never its ends") {
        MapPicture map = with_room("AAAABB", 0);
        CHECK_EQ(outcome(map.munmap("A**ABB")), "ENOMEM");
        CHECK_EQ(outcome(map.mmap("A**ABB", kR)), "ENOMEM");
        CHECK_EQ(map.now(), "AAAABB");
        // Two VMAs, each cut at one end: not counted, and one VMA too many for a moment.
        CHECK(map.munmap("AAA**B"));
        CHECK(map.munmap("*CC..D"));
        CHECK_EQ(map.access(), ".ww..r");
    }

    TEST_CASE("DELTA 4.3: the limit is asked before the seal") {
        MapPicture map = with_room("AAAA", 0);
        CHECK(map.mseal("****"));
        CHECK_EQ(outcome(map.munmap("A**A")), "ENOMEM");
        map.world.system.max_map_count = 100;
        CHECK_EQ(outcome(map.munmap("A**A")), "EPERM");
    }
}

TEST_SUITE("mm/max_map_count and mremap") {
    TEST_CASE("rule 2.6, DELTA 4.3: how much room each kind of mremap wants, by version") {
        // The smallest room with which the call succeeds.
        const struct {
            const char* what;
            std::uint64_t flags, to;
            std::uint64_t until_7_0, since_7_1;
        } rows[] = {
            {"nothing to do", kMremapMayMove, 0, 0, 4},
            {"a move to a fixed place", kFixed, 6, 6, 4},
            {"a move that leaves the source", kMremapMayMove | kMremapDontUnmap, 6, 6, 4},
        };
        for (const Profile& profile : all_profiles()) {
            for (const auto& row : rows) {
                CAPTURE(profile.name);
                CAPTURE(row.what);
                const auto needed = profile.version < v7_1 ? row.until_7_0 : row.since_7_1;
                CHECK_EQ(mremap_result(profile, needed, row.flags, row.to), "ok");
                if (needed == 0) continue;
                CHECK_EQ(mremap_result(profile, needed - 1, row.flags, row.to), "ENOMEM");
            }
        }
    }

    TEST_CASE("rule 2.6: growing to a new place wants room for four in every version") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            for (const std::uint64_t room : {std::uint64_t{4}, std::uint64_t{3}}) {
                MapPicture map = with_room("AABB......", room, profile);
                const auto moved = map.mremap("**BB......", 3, kMremapMayMove);
                CHECK_EQ(outcome(moved), room == 4 ? "ok" : "ENOMEM");
            }
        }
    }

    TEST_CASE("DELTA 4.3: from 7.1 on a full mm answers before it looks for the VMA") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map = with_room("AA..", 3, profile);
            CHECK_EQ(outcome(map.mremap("AA**", 1)), profile.version < v7_1 ? "EFAULT" : "ENOMEM");
            CHECK_EQ(outcome(map.mremap("**..", 1, 8)), "EINVAL");
        }
    }
}
