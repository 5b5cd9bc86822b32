// SPDX-License-Identifier: GPL-2.0-or-later
// One call, made over and over on copies of the world before it, each time with another failure,
// and judged.
//
// Most failures leave the world as it was, and many leave it as another one did: a state is judged
// once.
#pragma once

#include <cstdint>
#include <span>

#include "fault/fault_sweep.h"
#include "replay/step.h"
#include "sweep/fault_finding.h"

namespace mmsim {

// A run in which something was made to fail.
struct FaultRun {
    std::span<const FaultPass> passes;
    FaultEnd end{};
    // Of the first passing that failed.
    FailPoint point{};
    // It came to a state that was judged before.
    bool known_state = false;
};

class FaultListener {
public:
    virtual ~FaultListener() = default;
    // The call as it goes when nothing fails, and what it passes.
    virtual void on_passes(std::span<const FaultPass>) {}
    virtual void on_run(const FaultRun&) {}
    virtual void on_finding(FaultFinding finding) = 0;
};

struct SweptCall {
    const CallProbe& probe;
    const TraceRecord& record;
    MmId mm;  // whose call it is
};

// Ends early where the driver dies in run after run.
void sweep_call(const SweptCall& call, FaultSweep::Modes modes, FaultListener& listener);

}  // namespace mmsim
