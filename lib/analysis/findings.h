// SPDX-License-Identifier: GPL-2.0-or-later
// What went wrong in a run, as values that outlive it. Text is made of them only for a report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "analysis/capped_list.h"
#include "mm/event.h"
#include "replay/step.h"

namespace mmsim {

// Where in the trace.
struct Place {
    std::uint64_t event = 0;  // from 1
    std::uint64_t line = 0;   // the input line on which the call finishes
    std::int64_t pid = 0;
};

struct FailureFinding {
    Place place;
    CallUnwound unwound;
    std::optional<ActionType> action;  // the action that failed, if one did
    bool as_recorded = false;          // the trace says that the call failed in this way
};
struct LeakFinding {
    Place place;
    Leaked leaked;
    std::string path;  // of the file; empty for none
};
struct DiagnosticFinding {
    Place place;
    Diagnosed diagnosed;
};
// There may be one at every event: no byte more than it takes.
struct DivergenceFinding {
    Place place;
    std::int64_t recorded = 0, simulated = 0;  // results
    Errno recorded_error = Errno::ok, simulated_error = Errno::ok;
    DivergenceKind kind{};
    bool known = false;     // a result was recorded
    bool address = false;   // results are addresses
    const char* call = "";  // "mmap"

    std::string recorded_text() const;  // "?" where none was
    std::string simulated_text() const;
};
static_assert(sizeof(DivergenceFinding) == 56);
using Divergences = CappedList<DivergenceFinding>;

// An mmap through the old hook made a VMA that equals a neighbour: had the flags been known before
// the merge attempt, as with mmap_prepare, there would be one VMA less.
struct PreventedMerge {
    Place place;
    std::size_t space = 0;  // into Spaces::all()
    DriverId driver;
    VmRange range;
    bool left = false, right = false;  // on which side the neighbour is
};

struct Findings {
    CappedList<FailureFinding> failures;
    CappedList<LeakFinding> leaks;
    CappedList<DiagnosticFinding> diagnostics;
    // Shared with the reports that are made of it. REQUIRES: copied before it is changed then
    std::shared_ptr<Divergences> divergences = std::make_shared<Divergences>();
    CappedList<PreventedMerge> prevented;
};

}  // namespace mmsim
