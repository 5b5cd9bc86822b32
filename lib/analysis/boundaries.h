// SPDX-License-Identifier: GPL-2.0-or-later
// Where two VMAs touch without being one, and why.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "analysis/capped_list.h"
#include "analysis/vma_groups.h"
#include "mm/merge.h"

namespace mmsim {

struct Boundary {
    std::int64_t pid = 0;
    Vpn at;
    MergeBarriers barriers;  // none: the rules would allow a merge, but nothing has tried
    VmFlags differing;       // the bits that keep it apart, where `flags` is a barrier
    Maker made_by;           // who made the two touch, or parted them
};

// The reasons of a report: the core's barriers, then "untried".
inline constexpr std::size_t kBoundaryReasons = kMergeBarriers + 1;
inline constexpr std::size_t kUntried = kMergeBarriers;
std::string_view boundary_reason_name(std::size_t reason);

struct Boundaries {
    // How many boundaries stand for each reason; one with two reasons counts under both.
    std::array<std::uint64_t, kBoundaryReasons> by_reason{};
    CappedList<Boundary> list;

    void add(std::size_t cap, const Boundary& boundary);
    // Those of another address space.
    void add(std::size_t cap, const Boundaries& other);
    std::uint64_t total() const { return list.total(); }
};

// REQUIRES: the VMAs touch, left below right
Boundary judge_boundary(const World& world, std::int64_t pid, const Vma& left, const Vma& right);

}  // namespace mmsim
