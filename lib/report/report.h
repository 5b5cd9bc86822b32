// SPDX-License-Identifier: GPL-2.0-or-later
// What a run comes to: the one model that all reports are written from. Its names are the keys of
// the JSON report (docs/report.schema.json), which are promised to users.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/capped_list.h"
#include "analysis/diagnostics.h"
#include "analysis/findings.h"
#include "analysis/limit_marks.h"
#include "analysis/process_state.h"
#include "analysis/timeline.h"
#include "replay/engine.h"
#include "trace/trace_reader.h"

namespace mmsim {

using NamedCounts = std::vector<std::pair<std::string, std::uint64_t>>;

struct EventsReport {
    std::uint64_t total = 0, ok = 0, failed = 0, skipped = 0, diverged = 0;
    std::uint64_t with_result = 0;  // events whose result the trace recorded
    NamedCounts errors;             // by errno, ascending by number
};

struct PreventedReport {
    Place place;
    std::string driver, range;  // "start-end", as in maps
    bool left = false, right = false;
};

struct MergesReport {
    SideCounts fresh, existing;
    std::uint64_t copied = 0, extended = 0, splits = 0;
    NamedCounts by_op, splits_by_op, by_driver;
    NamedCounts by_file;  // by path; of the whole run only
    // What the hook in use kept apart and the other one would merge.
    CappedList<PreventedReport> prevented;

    std::uint64_t total() const { return fresh.total() + existing.total(); }
};

struct ProcessReport {
    ProcessState state;
    MergesReport merges;
};

// Boundaries with the same reasons that the same kind of call made.
struct FragmentationCause {
    MergeBarriers barriers;  // none: untried
    bool made = false;       // by a call of this run
    MmOp op{};
    WordId path = 0, site = 0;
    std::uint64_t count = 0;
};

struct FileReport {
    std::string id, path, driver;
    std::int64_t refs = 0, vmas = 0, writable = 0;
};

struct DriverReport {
    std::string name;
    std::array<std::uint64_t, kHooks> calls{};  // by Hook
    std::uint64_t failures = 0;
    std::vector<std::pair<std::string, std::int64_t>> references;
};

struct FailureReport {
    Place place;
    std::string op, stage, driver, action;
    std::string error;         // "ENOMEM"; the key is "errno"
    bool as_recorded = false;  // the trace says so too
    std::vector<std::string> unwound, not_undone;
    std::vector<std::string> lost;  // "start-end", as in maps
};

struct LeakReport {
    Place place;
    std::string kind, name, driver;
    std::int64_t count = 0;
    std::string cause;  // "merge" or a failure point
};

struct DiagnosticReport {
    Place place;
    std::string id, driver, message;
    Severity severity{};
};

struct Report {
    std::string trace;   // as the user named it
    std::string title;   // of a JSON trace
    std::string format;  // "json", "jsonl", "strace"
    std::string kernel;
    std::string hook;         // "declared", "legacy", "prepare"
    std::string page_faults;  // "trace", "eager"
    std::string addresses;    // "recorded", "simulated"
    bool fixed_accounting = false;
    std::uint64_t max_map_count = 0;

    EventsReport events;
    CappedList<ProcessReport> processes;
    std::vector<FileReport> files;
    std::uint64_t shmem_created = 0, shmem_live = 0;
    std::vector<DriverReport> drivers;
    MergesReport merges;
    Fragmentation fragmentation;
    std::vector<FragmentationCause> causes;  // the largest first
    std::vector<LimitMark> lower_limits;     // ascending, all below max_map_count
    Timeline timeline;
    VmaGroups groups;
    Words words;  // what boundaries, causes and groups refer to
    CappedList<FailureReport> failures;
    CappedList<LeakReport> leaks;
    CappedList<DiagnosticReport> diagnostics;
    std::shared_ptr<const Divergences> divergences = std::make_shared<const Divergences>();

    std::vector<MissingSwitch> missing;  // what the trace was recorded without
    std::uint64_t warnings = 0;          // lines passed over
    std::vector<ReadWarning> first_warnings;
    std::vector<std::string> broken;  // invariants, with --verify
};

}  // namespace mmsim
