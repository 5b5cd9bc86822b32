// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/fragmentation.h"

#include <doctest/doctest.h>

#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// One process in a small address space: 1,024 pages from 64 KiB, which are 1,008 after the
// minimum address.
Fragmentation fragmentation_of(const std::string& events) {
    const Replayed replayed(
        json_trace(events, R"("layout": {"task_size": "0x400000", "mmap_base": "0x400000"}, )"));
    return replayed.report().fragmentation;
}

}  // namespace

TEST_SUITE("analysis/fragmentation") {
    TEST_CASE("gaps are what lies between mmap_min_addr and the end, mappings taken out") {
        const auto f = fragmentation_of(map_event("0x20000", 16) + "," + map_event("0x40000", 16));
        CHECK_EQ(f.vmas, 2);
        CHECK_EQ(f.mapped.count, 32);
        CHECK_EQ(f.gaps.count, 3);  // 0x10000, 0x30000 and from 0x50000 on
        CHECK_EQ(f.gaps.largest.count, 0x3b0);
        CHECK_EQ(f.gaps.total.count, 1024 - 16 - 32);
        CHECK_EQ(f.gaps.index(), doctest::Approx(1.0 - 0x3b0 / 976.0));
    }

    TEST_CASE("a mapping at either end leaves no gap there") {
        const auto f = fragmentation_of(map_event("0x10000", 16) + "," + map_event("0x3f0000", 16));
        CHECK_EQ(f.gaps.count, 1);
        CHECK_EQ(f.gaps.index(), 0.0);
    }

    TEST_CASE("only 2 MiB blocks that lie whole in one VMA count for huge pages") {
        CHECK_EQ(fragmentation_of(map_event("0x1ff000", 512)).huge_page_bytes, 0);
        CHECK_EQ(fragmentation_of(map_event("0x200000", 512)).huge_page_bytes, 0x200000);
        CHECK_EQ(fragmentation_of(map_event("0x1ff000", 513)).huge_page_bytes, 0x200000);
        CHECK_EQ(fragmentation_of(map_event("0x200000", 512) + "," + protect_event("0x300000", 1))
                     .huge_page_bytes,
                 0);
    }

    TEST_CASE("headroom is what max_map_count leaves") {
        const Replayed replayed(json_trace(map_event("0x20000", 1) + "," + map_event("0x40000", 1),
                                           R"("limits": {"max_map_count": 10}, )"));
        CHECK_EQ(replayed.report().fragmentation.headroom, 8);
    }

    TEST_CASE("several address spaces add up, with the least headroom and the largest gap") {
        Fragmentation one;
        one.vmas = 3;
        one.headroom = 7;
        one.gaps = {2, Pages{5}, Pages{6}};
        Fragmentation other;
        other.vmas = 1;
        other.headroom = 9;
        other.gaps = {1, Pages{8}, Pages{8}};
        Fragmentation sum;
        sum.add(kListCap, one);
        sum.add(kListCap, other);
        CHECK_EQ(sum.vmas, 4);
        CHECK_EQ(sum.headroom, 7);
        CHECK_EQ(sum.gaps.count, 3);
        CHECK_EQ(sum.gaps.largest.count, 8);
        CHECK_EQ(sum.gaps.total.count, 14);
    }
}

TEST_SUITE("analysis/boundaries") {
    TEST_CASE("a boundary between other permissions names the bits that differ") {
        const auto f = fragmentation_of(map_event("0x20000", 4) + "," +
                                        protect_event("0x22000", 2, "PROT_READ|PROT_EXEC"));
        REQUIRE_EQ(f.boundaries.total(), 1);
        const Boundary& boundary = f.boundaries.list.items[0];
        CHECK_EQ(boundary.at.bytes(), 0x22000);
        CHECK(boundary.barriers.has(MergeBarrier::flags));
        CHECK(boundary.differing.all(kVmWrite | kVmExec));
        CHECK(boundary.differing.none(kVmRead));
        CHECK_EQ(f.boundaries.by_reason[static_cast<std::size_t>(MergeBarrier::flags)], 1);
    }

    TEST_CASE("VMAs with a gap between them have no boundary") {
        const auto f = fragmentation_of(map_event("0x20000", 4) + "," + map_event("0x30000", 4));
        CHECK_EQ(f.boundaries.total(), 0);
    }

    TEST_CASE("an edge split left behind by a failed call stands untried") {
        // The limit is met when the second VMA is to be cut, after the first one has been.
        const Replayed replayed(
            json_trace(map_event("0x20000", 4) + "," +
                           R"({"op": "mprotect", "addr": "0x21000", "length": 8192,
                               "prot": "PROT_READ"})",
                       R"("limits": {"max_map_count": 2}, )"));
        const auto f = replayed.report().fragmentation;
        CHECK_EQ(f.vmas, 2);
        CHECK_EQ(f.boundaries.by_reason[kUntried], 1);
    }

    TEST_CASE("a list that is full counts what it leaves out") {
        Boundaries boundaries;
        for (unsigned i = 0; i < 5; ++i) boundaries.add(3, Boundary{1, Vpn{i}, {}, {}, {}});
        CHECK_EQ(boundaries.list.items.size(), 3);
        CHECK_EQ(boundaries.list.truncated, 2);
        CHECK_EQ(boundaries.total(), 5);
        CHECK_EQ(boundaries.by_reason[kUntried], 5);
    }

    TEST_CASE("every reason of the reports has a name of its own") {
        std::string names;
        for (std::size_t i = 0; i < kBoundaryReasons; ++i) {
            names += std::string(boundary_reason_name(i)) + " ";
        }
        CHECK_EQ(names,
                 "special policy flags file uffd name anon_vma pgoff anon_pgoff close_hook "
                 "untried ");
    }
}
