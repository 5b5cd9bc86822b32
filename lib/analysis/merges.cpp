// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/merges.h"

#include <cstddef>

namespace mmsim {

void MergeTally::add(MmOp op, const VmaMerged& merged) {
    switch (merged.kind) {
        case MergeKind::new_left:
            ++fresh.left;
            break;
        case MergeKind::new_right:
            ++fresh.right;
            break;
        case MergeKind::new_both:
            ++fresh.both;
            break;
        case MergeKind::left:
            ++existing.left;
            break;
        case MergeKind::right:
            ++existing.right;
            break;
        case MergeKind::both:
            ++existing.both;
            break;
    }
    copied += merged.copied ? 1 : 0;
    extended += merged.extended ? 1 : 0;
    ++merges_by_op[static_cast<std::size_t>(op)];
    if (merged.driver.index >= by_driver.size()) [[unlikely]] {
        by_driver.resize(merged.driver.index + 1);
    }
    ++by_driver[merged.driver.index];
}

namespace {

void add_sides(SideCounts& to, const SideCounts& from) {
    to.left += from.left;
    to.right += from.right;
    to.both += from.both;
}

}  // namespace

void MergeTally::add(const MergeTally& other) {
    add_sides(fresh, other.fresh);
    add_sides(existing, other.existing);
    copied += other.copied;
    extended += other.extended;
    splits += other.splits;
    for (std::size_t op = 0; op < kMmOps; ++op) {
        merges_by_op[op] += other.merges_by_op[op];
        splits_by_op[op] += other.splits_by_op[op];
    }
    if (by_driver.size() < other.by_driver.size()) by_driver.resize(other.by_driver.size());
    for (std::size_t i = 0; i < other.by_driver.size(); ++i) by_driver[i] += other.by_driver[i];
}

}  // namespace mmsim
