// SPDX-License-Identifier: GPL-2.0-or-later
// The driver-facing half of mmap: from a checked request to a VMA. Rules 3.
#pragma once

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

// What do_mmap() has settled.
struct MmapRequest {
    VmRange range;
    VmFlags flags;
    FileId file;  // none: anonymous
    Pgoff pgoff;
};

// Returns the start of the range, also when it was merged into a lower VMA. What a failure leaves
// behind is failure_table.h. Rule 3.1
Result<Vpn> mmap_region(Current& current, const MmapRequest& request);

}  // namespace mmsim
