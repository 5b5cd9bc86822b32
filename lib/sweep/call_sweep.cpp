// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/call_sweep.h"

#include "sweep/fault_judge.h"
#include "sweep/fault_oracle.h"

namespace mmsim {

void sweep_call(const SweptCall& call, FaultSweep::Modes modes, FaultListener& listener) {
    FaultJudge judge(call, listener);
    FaultOracle oracle(call, judge);
    listener.on_passes(oracle.clean_passes());
    judge.on_clean(oracle);
    World world = oracle.before();
    FaultSweep sweep(modes, call.probe.faults());
    while (sweep.next()) {
        world = oracle.before();
        judge.begin();
        const Outcome outcome = call.probe.make(world, sweep.faults(), judge);
        if (sweep.failed()) {
            judge.on_failed(oracle, world, outcome, sweep.faults().passes());
        } else {
            judge.on_nothing_left(oracle, world);
        }
    }
}

}  // namespace mmsim
