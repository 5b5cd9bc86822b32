// SPDX-License-Identifier: GPL-2.0-or-later
// Layouts of two worlds, compared where they may differ.
#pragma once

#include <cstdint>
#include <vector>

#include "check/diff.h"
#include "mm/world.h"

namespace mmsim {

struct MmInWorld {
    const World& world;
    const Mm& mm;
};

enum class Likeness : std::uint8_t { same, other_flags, other_layout };

// `same`: the two show alike in maps and smaps within the ranges. `other_flags`: alike in maps.
// Costs no allocation where they do, except for named memory.
// REQUIRES: no VMA of either reaches over an edge of a range
Likeness compare_spaces(const MmInWorld& old, const MmInWorld& now,
                        const std::vector<VmRange>& ranges);

// Both, where they differ: `differing` and `rows` of a picture. Linear in the number of VMAs.
LayoutPicture draw_difference(const MmInWorld& old, const MmInWorld& now);

}  // namespace mmsim
