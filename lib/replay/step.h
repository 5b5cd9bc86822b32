// SPDX-License-Identifier: GPL-2.0-or-later
// What a replay tells whoever listens: one step for each event of the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault/fault_injector.h"
#include "mm/check.h"
#include "mm/event.h"
#include "mm/world.h"
#include "trace/trace_record.h"

namespace mmsim {

// Result of a simulated call: a value, or an errno (then the value is -1).
struct Outcome {
    std::int64_t value = 0;
    Errno error = Errno::ok;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

enum class DivergenceKind : std::uint8_t {
    result,       // both succeed or both fail, differently
    not_applied,  // recorded failure that the simulation would allow: not applied
    forced,       // recorded success that the simulation refuses: forced
    external,     // recorded failure for a reason that a trace cannot show: not applied
    address,      // --addresses simulated: another address was chosen
    layout,       // a recorded address overlapped a mapping that should not be there
};
std::string_view divergence_kind_name(DivergenceKind kind);

enum class StepStatus : std::uint8_t {
    ok,
    failed,   // the call returned an error
    skipped,  // injected, of a process that ended, or filtered
};

struct Step {
    std::uint64_t number = 0;  // events counted from 1
    const TraceRecord* record = nullptr;
    std::int64_t pid = 0;                // the process
    MmId mm;                             // its address space
    StepStatus status = StepStatus::ok;  // of what holds afterwards, forced or not
    // Of a failed step: the errno that the program saw. ENOMEM where brk kept the old break.
    Errno error = Errno::ok;
    Outcome simulated;  // what the simulated kernel answered
    // Where that was a failure: the check that refused, or the failure point that failed; none
    // where a driver did.
    std::optional<Refusal> refusal;
    std::optional<FailPoint> failed_at;
    bool diverged = false;
    DivergenceKind divergence{};
};

// A call, ready to be made on copies of the world before it.
class CallProbe {
public:
    virtual ~CallProbe() = default;
    // As they are before the call. The injector has the requests of the call armed.
    virtual const World& world() const = 0;
    virtual const FaultInjector& faults() const = 0;
    // Makes the call in a copy, forced if the replay would force it, and says what came of it.
    virtual Outcome make(World& world, FaultInjector& faults, EventSink& events) const = 0;
};

class StepSink {
public:
    virtual ~StepSink() = default;
    // Before the world changes.
    virtual void before_step(const Step&) {}
    // Before a call that the simulated kernel judges. Only with ReplayOptions::probes.
    virtual void before_call(const Step&, const CallProbe&) {}
    // Whether the events of this step are to tell of all that was tried and judged, too.
    virtual bool wants_detail(const Step&) { return false; }
    // What the edges of VMAs that this step makes are marked with: see Vma::start_by. The same each
    // time it is asked in one step.
    virtual std::uint32_t stamp(const Step&) { return 0; }
    // The events of the step's own work, only those that were applied.
    virtual void on_event(const Step&, MmOp, const Event&) {}
    virtual void after_step(const Step&) {}
    // A process is about to lose its address space (exit; not exec), its layout still whole.
    virtual void on_exit(std::int64_t pid, MmId mm) {
        static_cast<void>(pid), static_cast<void>(mm);
    }
    // exec put a new address space in the place of the old one.
    virtual void on_exec(std::int64_t pid, MmId mm) {
        static_cast<void>(pid), static_cast<void>(mm);
    }
    // A process appeared. `mm` may be one that is already known (CLONE_VM).
    virtual void on_process(std::int64_t pid, MmId mm) {
        static_cast<void>(pid), static_cast<void>(mm);
    }
};

}  // namespace mmsim
