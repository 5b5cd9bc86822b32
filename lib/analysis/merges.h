// SPDX-License-Identifier: GPL-2.0-or-later
// How many merges and splits there were, of which kind, by whom.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mm/event.h"

namespace mmsim {

// Merges by the side on which the neighbour lay.
struct SideCounts {
    std::uint64_t left = 0, right = 0, both = 0;

    std::uint64_t total() const { return left + right + both; }
    bool operator==(const SideCounts&) const = default;
};

// Counted on the hot path of a run: an event costs an increment or three, and no allocation except
// when a driver merges for the first time.
struct MergeTally {
    std::array<std::uint64_t, kMergeKinds> by_kind{};
    std::uint64_t copied = 0;    // of the new ones: mremap copies
    std::uint64_t extended = 0;  // of the new ones: mremap growth in place
    std::uint64_t splits = 0;
    std::array<std::uint64_t, kMmOps> merges_by_op{};
    std::array<std::uint64_t, kMmOps> splits_by_op{};
    std::vector<std::uint64_t> by_driver;  // merges, by DriverId::index; 0: no driver

    void add(MmOp op, const VmaMerged& merged) {
        ++by_kind[static_cast<std::size_t>(merged.kind)];
        copied += merged.copied;
        extended += merged.extended;
        ++merges_by_op[static_cast<std::size_t>(op)];
        if (merged.driver.index >= by_driver.size()) [[unlikely]]
            by_driver.resize(merged.driver.index + std::size_t{1});
        ++by_driver[merged.driver.index];
    }
    void add(MmOp op, const VmaSplit&) {
        ++splits;
        ++splits_by_op[static_cast<std::size_t>(op)];
    }
    void add(const MergeTally& other);

    // A new range joined a neighbour: mmap, brk, mremap copies and growth.
    SideCounts fresh() const {
        return {of(MergeKind::new_left), of(MergeKind::new_right), of(MergeKind::new_both)};
    }
    // A changed range joined a neighbour: mprotect, madvise, ...
    SideCounts existing() const {
        return {of(MergeKind::left), of(MergeKind::right), of(MergeKind::both)};
    }
    std::uint64_t merges() const { return fresh().total() + existing().total(); }

private:
    std::uint64_t of(MergeKind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
};

}  // namespace mmsim
