// SPDX-License-Identifier: GPL-2.0-or-later
// The walk of madvise and prctl over a range: gaps are passed over and reported at the end.
#pragma once

#include <algorithm>

#include "base/result.h"
#include "mm/current.h"
#include "mm/partial.h"

namespace mmsim {

// Calls visit(vma, part of it inside the range) in ascending order. An error stops the walk at
// once; a gap makes the result ENOMEM after everything else was visited. Rule 5.5
// What was done before an error stays, which is told.
template <typename Visit>
Result<> walk_vmas(Current& current, VmRange range, Visit visit) {
    bool gap = false;
    Vpn at = range.start();
    while (at < range.end()) {
        const Vma* found = current.mm.vmas.find_vma(at);
        if (found == nullptr) return tell_partial(current, Errno::enomem);
        const Vma vma = *found;
        if (at < vma.start) {
            gap = true;
            at = vma.start;
            if (at >= range.end()) break;
        }
        const Vpn stop = std::min(range.end(), vma.end);
        TRY(tell_partial(current, visit(vma, VmRange{at, stop})));
        at = stop;
    }
    return gap ? tell_partial(current, Errno::enomem) : Result<>{};
}

}  // namespace mmsim
