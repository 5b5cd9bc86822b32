// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the mappings of one driver fail in every context, under every kernel that is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fault/fault_sweep.h"
#include "replay/engine.h"
#include "sweep/fault_report.h"

namespace mmsim {

struct DriverFaultOptions {
    std::string driver;
    std::vector<KernelVersion> kernels;  // none: all that the driver fits
    ReplayOptions replay;                // whose kernel is not asked for
    FaultSweep::Modes modes;
    bool list = false;    // keep what each call passes
    std::string only;     // one context, and behind a ':' what fails in it; empty: all
    std::string command;  // "mmsim faults --sweep DRIVER OPTIONS", to which more is added
    bool traces = false;  // keep the trace of each finding
    // Stands in for the driver of that name; null: the driver itself.
    std::shared_ptr<const Driver> instead;
    // Called for each context.
    std::function<void(std::uint64_t contexts)> progress;
};

// Throws InputError for a driver that does not exist, or that does not fit a kernel asked for.
FaultReport sweep_driver(const DriverFaultOptions& options);

}  // namespace mmsim
