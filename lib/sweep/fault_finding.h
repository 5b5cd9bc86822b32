// SPDX-License-Identifier: GPL-2.0-or-later
// What a sweep of failures found wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault/fault_injector.h"
#include "mm/event.h"

namespace mmsim {

enum class FaultKind : std::uint8_t {
    leak,        // something stays counted for ever
    underflow,   // something is given back that was not taken
    diagnostic,  // a rule that a driver broke
    error,       // the call returned another errno than the failure has
    silent,      // something is lost and no report says so
    mappings,    // the address space is neither as before nor as the failure table says
    hooks,       // a hook ran after close, or close did not run
    invariant,   // the simulated kernel contradicts itself
    retry,       // a second try comes to something else
    forms,       // the old form of a driver and its new one disagree
    bounds,      // a driver takes an offset that it should refuse
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::bounds) + 1;
std::string_view fault_kind_name(FaultKind kind);

// How a run with a failure ended, from harmless to worst.
enum class FaultEnd : std::uint8_t {
    ok,      // all is as before, or the call went on without what failed
    hole,    // old mappings are lost, as the failure table says
    leak,    // something is counted wrongly from here on
    assert_  // anything else that should not be
};
std::string_view fault_end_name(FaultEnd end);

struct FaultFinding {
    FaultKind kind{};
    std::string what;       // the reference, "commit", the id of a diagnostic, ...
    std::string owner;      // whose fault: a driver, or "kernel"
    bool upstream = false;  // the kernel, or a driver that comes with it
    // Where it was made to fail; nothing: it needs no failure.
    std::optional<FailPoint> point;
    std::int64_t count = 0;          // references or pages
    std::string happened;            // a sentence
    std::vector<FaultPass> failed;   // all that was made to fail in the run
    std::vector<UnwindStep> undone;  // in order
    std::vector<UnwindStep> not_undone;
    std::string cure;        // a sentence
    std::uint64_t runs = 1;  // that showed it

    // Findings of one cause are one finding.
    bool same_cause(const FaultFinding& other) const {
        return kind == other.kind && point == other.point && what == other.what &&
               owner == other.owner;
    }
};

}  // namespace mmsim
