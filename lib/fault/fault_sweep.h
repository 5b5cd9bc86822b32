// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a call fail at everything it passes, one run each. Linux: Documentation/fault-injection,
// "systematic faults using fail-nth".
//
//     FaultSweep sweep({.pairs = true});
//     while (sweep.next()) {
//         World copy = before;
//         call(copy, sweep.faults());
//     }
//
// What there is to fail is found by running, not from a list: the last run is the one that had
// nothing left to fail.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "fault/fault_injector.h"

namespace mmsim {

class FaultSweep {
public:
    struct Modes {
        bool persistent = true;  // also fail all behind a passing, where anything is
        bool pairs = false;      // also fail each later one by itself
    };

    // `base`: what already counts and fails; each run begins with a copy of it.
    explicit FaultSweep(Modes modes, FaultInjector base = {})
        : modes_(modes), base_(std::move(base)) {}

    // Makes the next run ready. False after the one that had nothing left to fail.
    bool next();

    FaultInjector& faults() { return faults_; }
    // Of the run that is ready or was made.
    const PassChoice& choice() const { return choice_; }
    // Whether the run that was made reached what it was to fail.
    bool failed() const;

private:
    std::optional<PassChoice> next_choice();

    Modes modes_;
    FaultInjector base_;
    FaultInjector faults_;
    PassChoice choice_;
    std::uint32_t passes_ = 0;  // of the run that failed the first one alone
};

}  // namespace mmsim
