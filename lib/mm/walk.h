// SPDX-License-Identifier: GPL-2.0-or-later
// The walk over the VMAs of a range, as madvise, prctl and their kind make it.
#pragma once

#include <algorithm>

#include "base/result.h"
#include "mm/current.h"
#include "mm/partial.h"

namespace mmsim {

// Calls visit(vma, part of it inside the range) in ascending order and passes gaps over. An error
// stops the walk at once; what was done before it stays, which is told. Returns whether there was a
// gap.
template <typename Visit>
Result<bool> visit_vmas(Current& current, VmRange range, Visit visit) {
    bool gap = false;
    Vpn at = range.start();
    while (at < range.end()) {
        const Vma* found = current.mm.vmas.find_vma(at);
        if (found == nullptr || found->start >= range.end()) return true;
        const Vma vma = *found;
        gap |= at < vma.start;
        at = std::max(at, vma.start);
        const Vpn stop = std::min(range.end(), vma.end);
        TRY(tell_partial(current, visit(vma, VmRange{at, stop})));
        at = stop;
    }
    return gap;
}

// The same, and a gap makes the result ENOMEM after everything else was visited. Rule 5.5
template <typename Visit>
Result<> walk_vmas(Current& current, VmRange range, Visit visit) {
    const bool gap = TRY(visit_vmas(current, range, visit));
    return gap ? tell_partial(current, Errno::enomem) : Result<>{};
}

}  // namespace mmsim
