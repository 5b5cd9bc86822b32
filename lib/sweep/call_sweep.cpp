// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/call_sweep.h"

#include "sweep/fault_judge.h"
#include "sweep/fault_oracle.h"

namespace mmsim {

namespace {

// A driver that died this often, one run after the other, does so wherever it is made to fail. One
// that allocates without end is asked at each of many thousand places.
constexpr unsigned kDeathsThatTellAll = 64;

}  // namespace

void sweep_call(const SweptCall& call, FaultSweep::Modes modes, FaultListener& listener) {
    FaultJudge judge(call, listener);
    FaultOracle oracle(call, judge);
    listener.on_passes(oracle.clean_passes());
    judge.on_clean(oracle);
    World world = oracle.before();
    FaultSweep sweep(modes, call.probe.faults());
    unsigned deaths = 0;
    while (deaths < kDeathsThatTellAll && sweep.next()) {
        world = oracle.before();
        judge.begin();
        const Outcome outcome = call.probe.make(world, sweep.faults(), judge);
        if (sweep.failed()) {
            judge.on_failed(oracle, world, outcome, sweep.faults().passes());
        } else {
            judge.on_nothing_left(oracle, world);
        }
        deaths = judge.driver_died() ? deaths + 1 : 0;
    }
}

}  // namespace mmsim
