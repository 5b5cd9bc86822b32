// SPDX-License-Identifier: GPL-2.0-or-later
// Sweeps of failures, and what they found in short.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "sweep/driver_faults.h"
#include "sweep/trace_faults.h"

namespace mmsim::test {

inline FaultReport driver_sweep(std::string_view driver, KernelVersion kernel,
                                bool fixed_accounting = true) {
    DriverFaultOptions options;
    options.driver = std::string(driver);
    options.kernels = {kernel};
    options.replay.fixed_accounting = fixed_accounting;
    options.modes = {.persistent = true};
    options.traces = true;
    return sweep_driver(options);
}

// A trace of this repository.
inline FaultReport trace_sweep(const std::string& trace, KernelVersion kernel) {
    ReplayOptions options;
    options.kernel = kernel;
    const auto reader = open_trace(std::string(MMSIM_SOURCE_DIR) + "/" + trace);
    TraceFaults faults(trace, *reader, options,
                       {.modes = {.persistent = true}, .list = false, .command = "mmsim"});
    while (faults.step()) {
    }
    return faults.report();
}

// "leak users of afs_ref", whatever failed.
using Causes = std::set<std::string>;
inline Causes causes(const FaultReport& report) {
    Causes all;
    for (const FaultCase& found : report.cases) {
        std::string text(fault_kind_name(found.finding.kind));
        text.append(" ").append(found.finding.what).append(" of ").append(found.finding.owner);
        all.insert(std::move(text));
    }
    return all;
}

}  // namespace mmsim::test
