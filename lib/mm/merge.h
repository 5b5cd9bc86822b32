// SPDX-License-Identifier: GPL-2.0-or-later
// When two ranges become one VMA. The one place where the merge predicate stands. Rules 4.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "mm/current.h"
#include "mm/merge_barriers.h"

namespace mmsim {

// The attributes a range would have: what is compared with a neighbour. Rule 4.1
struct MergeProposal {
    VmRange range;
    VmFlags flags;
    FileId file;
    Pgoff pgoff;
    Pgoff anon_pgoff;
    AttrId attr;
    AnonVmaId anon_vma;
    // The VMA it is cut from, or copied from, inherited its anon_vma over fork. Rule 4.1.1
    bool from_fork_child = false;

    // A VMA's own attributes on a part of its range.
    static MergeProposal of(const World& world, const Vma& vma, VmRange part);
};

// Whether `proposal` may join the neighbour it touches on its left or right.
bool joins_left(const World& world, const Vma& prev, const MergeProposal& proposal);
bool joins_right(const World& world, const MergeProposal& proposal, const Vma& next);
// All that keeps it from that.
MergeBarriers barriers_to_left(const World& world, const Vma& prev, const MergeProposal& proposal);
MergeBarriers barriers_to_right(const World& world, const MergeProposal& proposal, const Vma& next);

// Why `right` was not merged into `left`, which it touches: as if an existing-range merge (rule
// 4.3) of all of `right` were tried now. None: nothing has tried.
MergeBarriers why_not_merged(const World& world, const Vma& left, const Vma& right);

// How a merge attempt ended.
struct MergeResult {
    std::optional<Vma> vma;      // the VMA that now covers the range
    bool out_of_memory = false;  // not merged, and the caller must know why
};

struct NewRangeOptions {
    bool just_expand = false;          // brk: only to the left
    const Vma* copied_from = nullptr;  // mremap: whose pages are moved in
    bool extend = false;               // in-place mremap growth
};
// The range is empty. Joins it with its neighbours; counters other than map_count are the
// caller's. Rule 4.2
MergeResult vma_merge_new_range(Current& current, const MergeProposal& proposal,
                                const NewRangeOptions& options = {});

// What part of a VMA is to have.
struct VmaChange {
    VmFlags flags;
    AttrId attr;
};
// Gives [range) of `middle` new attributes, merging with neighbours where the rules allow, else
// splitting. The VMA that has them afterwards may be larger than the range. Rule 4.3
// Errors: ENOMEM (limit or allocation), may_split's. An earlier split is not taken back.
// REQUIRES: range lies inside middle, which is a VMA of the tree or a copy of one
Result<> vma_modify(Current& current, const Vma& middle, VmRange range, VmaChange change);
// Gives all of a VMA of the tree new attributes, and tries no merge.
void vma_set(Current& current, Vma vma, VmaChange change);

}  // namespace mmsim
