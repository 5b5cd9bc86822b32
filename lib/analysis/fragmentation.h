// SPDX-License-Identifier: GPL-2.0-or-later
// How broken up an address space is.
#pragma once

#include <cstdint>

#include "analysis/boundaries.h"
#include "base/page.h"
#include "mm/world.h"

namespace mmsim {

// Free ranges between mmap_min_addr and the end of user space, the outermost included.
struct Gaps {
    std::uint64_t count = 0;
    Pages largest;
    Pages total;

    // External fragmentation: 0 when all free memory is one range, towards 1 when it is crumbs.
    double index() const;
};

struct Fragmentation {
    std::uint64_t vmas = 0;
    std::uint64_t peak = 0;  // of the VMA count, after any event
    Pages mapped;
    Pages accounted;        // of VMAs that carry ACCOUNT
    Boundaries boundaries;  // between VMAs that touch
    Gaps gaps;
    std::uint64_t huge_page_bytes = 0;  // in 2 MiB-aligned blocks that lie whole in one VMA
    std::int64_t headroom = 0;          // VMAs left until max_map_count; negative when beyond
    // The smallest max_map_count that would have refused no call.
    std::uint64_t map_limit_needed = 0;

    double vmas_per_mib() const;
    // How many there were if every boundary that nothing but an attempt to merge keeps up went.
    std::uint64_t vmas_if_merged() const { return vmas - boundaries.by_reason[kUntried]; }
    // Of several address spaces: sums; the largest gap and the smallest headroom.
    void add(std::size_t cap, const Fragmentation& other);
};

// Linear in the number of VMAs. `cap`: how many boundaries are listed. Adds to `groups`.
Fragmentation measure_fragmentation(const World& world, std::int64_t pid, MmId id, std::size_t cap,
                                    Makers& makers, VmaGroups& groups);

}  // namespace mmsim
