// SPDX-License-Identifier: GPL-2.0-or-later
// Where a new mapping goes. Rules 2.5, LIVE 1 to 9.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

struct AreaRequest {
    std::uint64_t hint = 0;  // bytes; with `fixed` the address itself
    Pages pages;
    Pgoff pgoff;  // of the file; 0 without one
    FileId file;
    bool fixed = false;
    bool shared = false;         // MAP_SHARED: without a file the shmem routine is asked
    bool below_2g = false;       // MAP_32BIT
    bool above_4g = false;       // MAP_ABOVE4G
    bool never_aligned = false;  // SysV attach: no 2 MiB alignment
    Pages guard = {};            // of a shadow stack: what has to be free below
};

// A page-aligned address below TASK_SIZE. Errors: ENOMEM (no room, too long), EINVAL (fixed and
// unaligned), EPERM (below mmap_min_addr without CAP_SYS_RAWIO).
Result<Vpn> get_unmapped_area(Current& current, const AreaRequest& request);

// The lowest page that must stay free below a VMA: its start, or lower for a stack.
Vpn vm_start_gap(const Vma& vma);

inline constexpr Pages kStackGuardGap{256};

}  // namespace mmsim
