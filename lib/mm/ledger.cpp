// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/ledger.h"

namespace mmsim {
namespace {

Leaked leaked_reference(const ReferenceChange& taken) {
    return {.kind = LeakKind::reference,
            .driver = taken.driver,
            .file = {},
            .count = taken.net,
            .cause = LeakCause::merge,
            .point = {},
            .reference = taken.reference};
}

}  // namespace

void open_books(World& world) { world.reference_changes.clear(); }

void tell_references_merged(Current& current) {
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (taken.net > 0) current.tell(leaked_reference(taken));
    }
}

void tell_references_failed(Current& current, CallUnwound& report) {
    bool any = false;
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (taken.net <= 0) continue;
        any = true;
        Leaked leak = leaked_reference(taken);
        leak.cause = LeakCause::point;
        leak.point = report.point;
        current.tell(leak);
    }
    if (any) report.not_undone.push_back(UnwindStep::reference_leaked);
}

}  // namespace mmsim
