// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/boundaries.h"

namespace mmsim {

std::string_view boundary_reason_name(std::size_t reason) {
    if (reason == kUntried) return "untried";
    return merge_barrier_name(static_cast<MergeBarrier>(reason));
}

void Boundaries::add(std::size_t cap, const Boundary& boundary) {
    for (std::size_t i = 0; i < kMergeBarriers; ++i) {
        if (boundary.barriers.has(static_cast<MergeBarrier>(i))) ++by_reason[i];
    }
    if (boundary.barriers.none()) ++by_reason[kUntried];
    list.add(cap, boundary);
}

void Boundaries::add(std::size_t cap, const Boundaries& other) {
    for (std::size_t i = 0; i < kBoundaryReasons; ++i) by_reason[i] += other.by_reason[i];
    for (const Boundary& boundary : other.list.items) list.add(cap, boundary);
    list.truncated += other.list.truncated;
}

Boundary judge_boundary(const World& world, std::int64_t pid, const Vma& left, const Vma& right) {
    Boundary boundary{pid, right.start, why_not_merged(world, left, right), {}, {}};
    if (boundary.barriers.has(MergeBarrier::flags)) {
        boundary.differing = (left.flags ^ right.flags).without(world.profile->merge_ignores);
    }
    return boundary;
}

}  // namespace mmsim
