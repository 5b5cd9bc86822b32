// SPDX-License-Identifier: GPL-2.0-or-later
// map_shadow_stack: what it refuses, what it maps, and the page below that stays free. Rule 5.7.
#include <doctest/doctest.h>

#include "mm/syscalls.h"
#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kOnePage = 4096;

std::string shadow(MapPicture& map, std::uint64_t addr, std::uint64_t length,
                   std::uint64_t flags = 0) {
    return outcome(map.call([&](Current& current) {
        return sys_map_shadow_stack(
            current, {.addr = addr, .length = length, .flags = flags, .placed_at = {}});
    }));
}

// Searches see the picture alone, and start from its upper end.
MapPicture guard_window(std::string_view picture) {
    MapPicture map(picture);
    map.world.system.mmap_min_addr = MapPicture::kBase;
    map.mm().layout.mmap_base = vpn_of(map.address(picture.size()));
    map.mm().layout.legacy_base = vpn_of(MapPicture::kBase);
    return map;
}

}  // namespace

TEST_SUITE("mm/shadow stack") {
    TEST_CASE("rule 5.7: it is private memory that counts as a stack") {
        MapPicture map("....");
        CHECK_EQ(shadow(map, map.address(1), 2 * kOnePage), "ok");
        CHECK_EQ(map.now(), ".AA.");
        CHECK_EQ(map.codes(1), "rd wr mr mw me ac ss");
        CHECK_EQ(map.mm().stack_vm, Pages{2});
        CHECK_EQ(map.mm().data_vm, Pages{0});
        CHECK_FALSE(map.at(1).anon_vma);
        CHECK_EQ(map.broken(), "");
    }

    TEST_CASE("rule 5.7: arguments") {
        MapPicture map("AA..");
        CHECK_EQ(shadow(map, 0, kOnePage, 2), "EINVAL");
        CHECK_EQ(shadow(map, 0, 7, kShadowStackSetToken), "ENOSPC");
        CHECK_EQ(shadow(map, 0xfffff000, kOnePage), "ERANGE");
        CHECK_EQ(shadow(map, 0, ~std::uint64_t{0}), "EOVERFLOW");
        CHECK_EQ(shadow(map, 0, 0), "EINVAL");
        CHECK_EQ(shadow(map, map.address(1), kOnePage), "EEXIST");
        CHECK_EQ(map.now(), "AA..");
    }

    TEST_CASE("rule 5.7: a token is written to the last 8 bytes, or all is unmapped again") {
        MapPicture map("....");
        CHECK_EQ(shadow(map, map.address(0), 2 * kOnePage - 4, kShadowStackSetToken), "EINVAL");
        CHECK_EQ(map.now(), "....");
        CHECK_EQ(shadow(map, map.address(0), 2 * kOnePage - 8, kShadowStackSetToken), "ok");
        CHECK_EQ(map.now(), "AA..");
        CHECK(map.at(0).anon_vma);
    }

    TEST_CASE("rule 2.5.2: the page below a shadow stack stays free") {
        // From below it is the same.
        MapPicture full = guard_window("A.A");
        CHECK_EQ(shadow(full, 0, kOnePage), "ok");
        CHECK_EQ(full.now(), "A.A.B");
        MapPicture map = guard_window("A....A");
        CHECK_EQ(shadow(map, 0, kOnePage), "ok");
        CHECK_EQ(map.now(), "A...BA");
        CHECK_EQ(shadow(map, 0, kOnePage), "ok");
        CHECK_EQ(map.now(), "A.C.BA");
    }
}
