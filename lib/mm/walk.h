// SPDX-License-Identifier: GPL-2.0-or-later
// The walk over the VMAs of a range, as madvise, prctl and their kind make it.
#pragma once

#include <algorithm>
#include <optional>

#include "base/result.h"
#include "mm/current.h"
#include "mm/partial.h"

namespace mmsim {

// Calls visit(vma, part of it inside the range) in ascending order and passes gaps over. An error
// stops the walk at once; what was done before it stays, which is told. Returns where the first gap
// begins, if there is one.
template <typename Visit>
Result<std::optional<Vpn>> visit_vmas(Current& current, VmRange range, Visit visit) {
    std::optional<Vpn> gap;
    Vpn at = range.start();
    while (at < range.end()) {
        const Vma* found = current.mm.vmas.find_vma(at);
        if (!gap && (found == nullptr || at < found->start)) gap = at;
        if (found == nullptr || found->start >= range.end()) return gap;
        const Vma vma = *found;
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
    const auto gap = TRY(visit_vmas(current, range, visit));
    if (!gap) return {};
    return tell_partial(current, current.refuse(Errno::enomem, Check::hole, gap->bytes()));
}

}  // namespace mmsim
