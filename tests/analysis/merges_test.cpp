// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/merges.h"

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

VmaMerged merged(MergeKind kind, DriverId driver = {}) {
    const VmRange anywhere(Vpn{1}, Vpn{2});
    return {.kind = kind,
            .copied = false,
            .extended = false,
            .survivor = {},
            .file = {},
            .driver = driver,
            .after = anywhere,
            .proposal = anywhere};
}

constexpr std::size_t at(MmOp op) { return static_cast<std::size_t>(op); }

}  // namespace

TEST_SUITE("analysis/merges") {
    TEST_CASE("each kind of merge is counted on its side") {
        MergeTally tally;
        tally.add(MmOp::mmap, merged(MergeKind::new_left));
        tally.add(MmOp::mmap, merged(MergeKind::new_left));
        tally.add(MmOp::mmap, merged(MergeKind::new_right));
        tally.add(MmOp::brk, merged(MergeKind::new_both));
        tally.add(MmOp::mprotect, merged(MergeKind::left));
        tally.add(MmOp::mprotect, merged(MergeKind::right));
        tally.add(MmOp::mprotect, merged(MergeKind::right));
        tally.add(MmOp::madvise, merged(MergeKind::both));

        CHECK(tally.fresh() == SideCounts{2, 1, 1});
        CHECK(tally.existing() == SideCounts{1, 2, 1});
        CHECK_EQ(tally.merges(), 8);
    }

    TEST_CASE("merges and splits are counted by the call at work") {
        MergeTally tally;
        tally.add(MmOp::mprotect, merged(MergeKind::left));
        tally.add(MmOp::munmap, VmaSplit{});
        tally.add(MmOp::munmap, VmaSplit{});

        CHECK_EQ(tally.merges_by_op[at(MmOp::mprotect)], 1);
        CHECK_EQ(tally.merges_by_op[at(MmOp::munmap)], 0);
        CHECK_EQ(tally.splits_by_op[at(MmOp::munmap)], 2);
        CHECK_EQ(tally.splits, 2);
    }

    TEST_CASE("copies and growth in place are told apart from other new ranges") {
        MergeTally tally;
        VmaMerged copy = merged(MergeKind::new_left);
        copy.copied = true;
        VmaMerged growth = merged(MergeKind::new_left);
        growth.extended = true;
        tally.add(MmOp::mremap, copy);
        tally.add(MmOp::mremap, growth);
        tally.add(MmOp::mmap, merged(MergeKind::new_left));

        CHECK_EQ(tally.copied, 1);
        CHECK_EQ(tally.extended, 1);
        CHECK_EQ(tally.fresh().left, 3);
    }

    TEST_CASE("adding two tallies adds every count, drivers that only one knows included") {
        MergeTally one;
        one.add(MmOp::mmap, merged(MergeKind::new_left, DriverId{2}));
        MergeTally other;
        other.add(MmOp::mmap, merged(MergeKind::new_left, DriverId{5}));
        other.add(MmOp::mmap, VmaSplit{});
        one.add(other);

        CHECK_EQ(one.fresh().left, 2);
        CHECK_EQ(one.splits, 1);
        REQUIRE_EQ(one.by_driver.size(), 6);
        CHECK_EQ(one.by_driver[2], 1);
        CHECK_EQ(one.by_driver[5], 1);
    }
}
