// SPDX-License-Identifier: GPL-2.0-or-later
// Makes every call of a trace fail at everything it passes. The trace itself goes on undisturbed:
// each failure is tried on a copy of the world before the call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fault/fault_sweep.h"
#include "replay/engine.h"
#include "sweep/fault_report.h"

namespace mmsim {

struct TraceFaultOptions {
    FaultSweep::Modes modes;
    bool list = false;    // keep what each call passes
    std::string command;  // "mmsim replay TRACE OPTIONS", to which --fail is added
};

class TraceFaults final : private StepSink {
public:
    // `trace`: its name in the report. Throws InputError as Engine does. REQUIRES: reader outlives
    // it
    TraceFaults(std::string trace, TraceReader& reader, ReplayOptions replay,
                TraceFaultOptions options);
    // The same trace under one more kernel: `before` is what the others came to.
    TraceFaults(FaultReport before, TraceReader& reader, ReplayOptions replay,
                TraceFaultOptions options);

    // Sweeps one event. False when the trace is over.
    bool step() { return engine_.step(); }
    std::uint64_t events() const { return engine_.events(); }
    const FaultReport& report() const { return report_; }

private:
    class Listener;

    void before_call(const Step& step, const CallProbe& probe) override;

    TraceFaultOptions options_;
    FaultReport report_;
    Engine engine_;
};

// " --fail vma_alloc@3" for each passing that failed.
std::string fail_options(std::span<const FaultPass> failed);

}  // namespace mmsim
