// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the report of a run out of what was counted and what the world looks like now.
#pragma once

#include <string>
#include <vector>

#include "analysis/run_observer.h"
#include "report/report.h"

namespace mmsim {

struct ReportInputs {
    const std::string& trace;  // name for the report
    const TraceReader& reader;
    const Engine& engine;
    const ReplayOptions& options;
    const RunObserver& observer;
    // The states of the address spaces in order of appearance, ended ones as they were then.
    CappedList<ProcessState> processes;
    // What they refer to, and their VMAs.
    Words words;
    VmaGroups groups;
};
Report build_report(ReportInputs inputs);

}  // namespace mmsim
