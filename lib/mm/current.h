// SPDX-License-Identifier: GPL-2.0-or-later
// Who makes a call: the kernel's `current`, with the world it runs in and who is told about it.
#pragma once

#include "fault/fault_injector.h"
#include "mm/event.h"
#include "mm/world.h"

namespace mmsim {

struct Current {
    World& world;
    Mm& mm;
    MmId mm_id;
    EventSink& sink;
    FaultInjector& faults;
    // The trace says that this call succeeded: limits, permissions and seals do not refuse it.
    bool forced = false;
    // refuses() has refused: with `forced` set the call would have gone on.
    bool overrulable = false;
    // Somebody has this call explained: tell also of steps and judgements that change nothing.
    bool detailed = false;
    MmOp op = MmOp::mmap;

    Current(World& w, MmId id, EventSink& s, FaultInjector& f)
        : world(w), mm(w.mms.edit(id.index)), mm_id(id), sink(s), faults(f) {}

    const Profile& profile() const { return *world.profile; }
    void tell(const Event& event) { sink.on_event(mm_id, op, event); }
    // A check that a recorded success overrules.
    bool refuses(bool refused) {
        if (refused && !forced) overrulable = true;
        return refused && !forced;
    }
};

}  // namespace mmsim
