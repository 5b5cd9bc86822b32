// SPDX-License-Identifier: GPL-2.0-or-later
// Where a mapping goes that names no fixed address. 2 MiB alignment: huge_alignment_test.cpp.
#include "mm/unmapped_area.h"

#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kDown = kAnon | kMapGrowsDown;
// Half of a guard gap and a quarter of one to the column.
constexpr std::uint64_t kQuarterGuard = kStackGuardGap.count / 4;

// The picture is all that searches see: they may not go below it, and start from its upper end.
MapPicture window_of(std::string_view picture, std::uint64_t pages_per_column = 1) {
    MapPicture map{picture,
                   {{'A', kReadOnly}, {'B', kReadOnly}, {'S', kStack}},
                   newest_profile(),
                   pages_per_column};
    map.world.system.mmap_min_addr = MapPicture::kBase;
    map.mm().layout.mmap_base = vpn_of(map.address(picture.size()));
    map.mm().layout.legacy_base = vpn_of(MapPicture::kBase);
    return map;
}

Result<std::uint64_t> place_bytes(MapPicture& map, std::uint64_t length, std::uint64_t hint = 0,
                                  std::uint64_t flags = kAnon) {
    return map.call([&](Current& current) {
        return sys_mmap(current, {.addr = hint,
                                  .length = length,
                                  .prot = kRw,
                                  .flags = flags,
                                  .file = {},
                                  .offset = 0,
                                  .placed_at = {}});
    });
}

Result<std::uint64_t> place(MapPicture& map, std::uint64_t columns, std::uint64_t hint = 0,
                            std::uint64_t flags = kAnon) {
    return place_bytes(map, map.address(columns) - map.address(0), hint, flags);
}

}  // namespace

TEST_SUITE("mm/unmapped area, top-down") {
    TEST_CASE("rule 2.5.1, LIVE 1: mappings follow each other downwards, and merge") {
        MapPicture map = window_of("....");
        CHECK(place(map, 1));
        CHECK_EQ(map.now(), "...A");
        CHECK(place(map, 1));
        CHECK(place(map, 1));
        CHECK_EQ(map.now(), ".AAA");
    }

    TEST_CASE("rule 2.5.2, LIVE 1: the highest gap that is large enough, and its upper end") {
        MapPicture map = window_of("....A..B.A");
        CHECK(place(map, 2));
        CHECK_EQ(map.now(), "....ACCB.A");
        CHECK(place(map, 3));
        CHECK_EQ(map.now(), ".DDDACCB.A");
        CHECK(place(map, 1));
        CHECK_EQ(map.now(), ".DDDACCBEA");
    }

    TEST_CASE("rule 2.5.2, LIVE 2: what is freed is used again at once") {
        MapPicture map = window_of("...A..AA");
        CHECK(place(map, 2));
        CHECK(map.munmap("...ABB**"));
        CHECK(place(map, 1));
        CHECK_EQ(map.access(), "...rww.w");
    }

    TEST_CASE("rule 2.5.1: where nothing is left below, the search turns upwards from the base") {
        MapPicture map = window_of("AA.AAA");
        CHECK_EQ(*place(map, 2), map.address(6));
        CHECK_EQ(map.now(), "AA.AAABB");

        MapPicture plain{"..."};
        plain.mm().layout.mmap_base = vpn_of(plain.world.system.mmap_min_addr);
        CHECK_EQ(*place(plain, 1), Vpn{kTaskSize.index / 3}.bytes());
    }

    TEST_CASE("rule 2.5.1: no room at all is ENOMEM") {
        MapPicture map = window_of("AA.AAA");
        map.mm().layout.task_size = vpn_of(map.address(6));
        CHECK_EQ(outcome(place(map, 2)), "ENOMEM");
        CHECK_EQ(map.now(), "AA.AAA");
    }

    TEST_CASE("rule 2.5.1: MAP_ABOVE4G looks above 4 GiB, other searches do not stop there") {
        constexpr std::uint64_t k4G = std::uint64_t{1} << 32;
        MapPicture map{"."};
        map.mm().layout.mmap_base = vpn_of(k4G + 2 * kPageSize);
        CHECK_EQ(*place(map, 3, 0, kAnon | kMapAbove4G), Vpn{kTaskSize.index / 3}.bytes());
        CHECK_EQ(*place(map, 3), k4G - kPageSize);
    }

    TEST_CASE("rule 2.5.1, LIVE 8: MAP_32BIT goes upwards from 1 GiB and stays below 2 GiB") {
        MapPicture map{"."};
        CHECK_EQ(*place(map, 1, 0, kAnon | kMap32Bit), 0x40000000);
        CHECK_EQ(*place(map, 1, 0, kAnon | kMap32Bit), 0x40001000);
        CHECK_EQ(outcome(place_bytes(map, 0x40000000, 0, kAnon | kMap32Bit)), "ENOMEM");
    }
}

TEST_SUITE("mm/unmapped area, hints") {
    TEST_CASE("rule 2.5.1, LIVE 6: a free hint is taken, rounded down to its page") {
        MapPicture map = window_of("AA......");
        CHECK_EQ(*place(map, 2, map.address(3) + 0xfff), map.address(3));
        CHECK_EQ(map.now(), "AA.BB...");
        CHECK_EQ(*place(map, 1, map.address(2)), map.address(2));
        CHECK_EQ(map.now(), "AABBB...");
    }

    TEST_CASE("rule 2.5.1: a hint that does not fit is forgotten, not approximated") {
        MapPicture map = window_of("....AA......");
        CHECK(place(map, 2, map.address(3)));
        CHECK_EQ(map.now(), "....AA....BB");
        CHECK(place(map, 2, map.address(5)));
        CHECK_EQ(map.now(), "....AA..BBBB");
    }

    TEST_CASE("rule 2.5.1, LIVE 6: hints at the far ends are as none") {
        for (const std::uint64_t hint : {std::uint64_t{1}, std::uint64_t{0xfff}, kTaskSize.bytes(),
                                         ~std::uint64_t{0}, kTaskSize.bytes() - kPageSize}) {
            CAPTURE(hint);
            MapPicture map = window_of("....");
            CHECK(place(map, 2, hint));
            CHECK_EQ(map.now(), "..AA");
        }
    }

    TEST_CASE("rule 2.1 row 12: a hint below mmap_min_addr is raised to it") {
        MapPicture map{"."};
        CHECK_EQ(*place(map, 1, 0x1000), 0x10000);
    }

    TEST_CASE("rule 2.5.1, LIVE 6: a hint may come within 256 pages of a stack, no closer") {
        const std::uint64_t start = window_of("....S", kHalfGuard).address(4);
        for (const std::uint64_t gap : {std::uint64_t{257}, std::uint64_t{256}}) {
            MapPicture map = window_of("....S", kHalfGuard);
            const std::uint64_t hint = start - (gap + 1) * kPageSize;
            CHECK_EQ(*place_bytes(map, kPageSize, hint), hint);
        }
        for (const std::uint64_t gap : {std::uint64_t{255}, std::uint64_t{0}}) {
            MapPicture map = window_of("....S", kHalfGuard);
            const std::uint64_t hint = start - (gap + 1) * kPageSize;
            CHECK_EQ(*place_bytes(map, kPageSize, hint), start - 257 * kPageSize);
        }
    }

    TEST_CASE("rule 2.5.1, LIVE 6: right above a stack a hint is fine") {
        MapPicture map = window_of("SS....");
        CHECK(place(map, 1, map.address(2)));
        CHECK_EQ(map.access(), "www...");
        CHECK_EQ(map.mm().map_count, 2);
    }

    TEST_CASE("rule 5.8, LIVE 6: FIXED and FIXED_NOREPLACE do not mind the guard gap") {
        MapPicture map = window_of("....SS");
        CHECK(map.mmap("...*SS", kR));
        CHECK(place(map, 1, map.address(2), kAnon | kMapFixedNoReplace));
        CHECK_EQ(map.access(), "..wrww");
    }
}

TEST_SUITE("mm/unmapped area, guard gaps") {
    TEST_CASE("rule 2.5.2: the search starts again below the guard gap") {
        MapPicture map = window_of("....SS", kHalfGuard);
        CHECK(place(map, 1));
        CHECK_EQ(map.access(), ".w..ww");
        CHECK_EQ(map.mm().map_count, 2);
    }

    TEST_CASE("LIVE 3: starting again passes over smaller gaps of others in that megabyte") {
        // The guard covers columns 5 to 8. The gap at 5 is nobody's guard, yet it is not used.
        MapPicture map = window_of("....A.B..SS", kQuarterGuard);
        CHECK(place(map, 1));
        CHECK_EQ(map.access(), "...wr.r..ww");
    }

    TEST_CASE("LIVE 3: a raw gap too small for the request makes nobody start again") {
        // Same guard, but the gap right under the stack is never picked: two columns don't fit.
        MapPicture map = window_of("....A..B.SS", kQuarterGuard);
        CHECK(place(map, 2));
        CHECK_EQ(map.access(), "....rwwr.ww");
    }

    TEST_CASE("rule 2.5.2: a stack does not mind what comes above it") {
        MapPicture map = window_of("SS..", kHalfGuard);
        CHECK(place(map, 2));
        CHECK_EQ(map.access(), "wwww");
    }

    TEST_CASE("rule 2.5.2: stacks keep the same distance from each other") {
        MapPicture map = window_of("....SS", kHalfGuard);
        CHECK(place(map, 1, 0, kDown));
        CHECK_EQ(map.marks(kVmGrowsDown), ".#..##");
        CHECK_EQ(map.mm().map_count, 2);
    }
}

TEST_SUITE("mm/unmapped area, bottom-up") {
    TEST_CASE("LIVE 4: the lowest gap from the legacy base upwards") {
        MapPicture map = window_of("A.A..A..");
        map.mm().layout.top_down = false;
        CHECK(place(map, 2));
        CHECK_EQ(map.access(), "r.rwwr..");
        CHECK(place(map, 1));
        CHECK_EQ(map.access(), "rwrwwr..");
        map.mm().layout.legacy_base = vpn_of(map.address(7));
        CHECK(place(map, 1));
        CHECK_EQ(map.access(), "rwrwwr.w");
    }

    TEST_CASE("LIVE 4: where the guard does not fit, on above the stack") {
        MapPicture map = window_of("..SS....", kHalfGuard);
        map.mm().layout.top_down = false;
        CHECK(place(map, 1));
        CHECK_EQ(map.access(), "..www...");
        CHECK_EQ(map.mm().map_count, 2);

        MapPicture roomy = window_of("...SS...", kHalfGuard);
        roomy.mm().layout.top_down = false;
        CHECK(place(roomy, 1));
        CHECK_EQ(roomy.access(), "w..ww...");
    }
}

TEST_SUITE("mm/unmapped area, last checks") {
    TEST_CASE("rule 2.5: a fixed address below mmap_min_addr needs CAP_SYS_RAWIO") {
        MapPicture map{"."};
        CHECK_EQ(outcome(place(map, 1, 0x1000, kAnon | kMapFixed)), "ok");
        map.unprivileged();
        CHECK_EQ(outcome(place(map, 1, 0x2000, kAnon | kMapFixed)), "EPERM");
        CHECK_EQ(outcome(place(map, 1, 0x10000, kAnon | kMapFixed)), "ok");
    }

    TEST_CASE("rule 2.5: too long, past the end, unaligned: in this order") {
        MapPicture map{"."};
        const std::uint64_t task = kTaskSize.bytes();
        CHECK_EQ(outcome(place_bytes(map, task + kPageSize, 1, kAnon | kMapFixed)), "ENOMEM");
        CHECK_EQ(outcome(place_bytes(map, kPageSize, task + 1, kAnon | kMapFixed)), "ENOMEM");
        CHECK_EQ(outcome(place_bytes(map, kPageSize, task - 0x800, kAnon | kMapFixed)), "ENOMEM");
        CHECK_EQ(outcome(place_bytes(map, kPageSize, 0x10001, kAnon | kMapFixed)), "EINVAL");
        // What looks like an error is one.
        const std::uint64_t no_errno = ~std::uint64_t{0} - 4095;
        CHECK_EQ(outcome(place_bytes(map, kPageSize, no_errno, kAnon | kMapFixed)), "ENOMEM");
        CHECK_EQ(outcome(place_bytes(map, kPageSize, ~std::uint64_t{0}, kAnon | kMapFixed)),
                 "EPERM");
        CHECK_EQ(outcome(place_bytes(map, kPageSize, std::uint64_t{0} - 13, kAnon | kMapFixed)),
                 "EACCES");
        CHECK_EQ(outcome(place_bytes(map, task + 1, ~std::uint64_t{0}, kAnon | kMapFixed)),
                 "ENOMEM");
        map.unprivileged();
        CHECK_EQ(outcome(place_bytes(map, kPageSize, 0x1001, kAnon | kMapFixed)), "EINVAL");
    }
}
