// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/build_report.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"

namespace mmsim {

namespace {

std::string driver_name(const World& world, DriverId driver) {
    if (!driver) return {};
    return std::string(world.drivers[driver.index].driver->name());
}

std::string_view hook_choice_name(HookChoice choice) {
    switch (choice) {
        case HookChoice::declared:
            return "declared";
        case HookChoice::legacy:
            return "legacy";
        case HookChoice::prepare:
            return "prepare";
    }
    return {};
}

std::string_view format_name(TraceFormat format) {
    switch (format) {
        case TraceFormat::json:
            return "json";
        case TraceFormat::jsonl:
            return "jsonl";
        case TraceFormat::strace:
            return "strace";
    }
    return {};
}

EventsReport events_report(const EventCounts& counts) {
    EventsReport report{
        counts.total,       counts.ok, counts.failed, counts.skipped, counts.diverged,
        counts.with_result, {}};
    for (std::size_t number = 1; number < counts.errors.size(); ++number) {
        if (counts.errors[number] == 0) continue;
        report.errors.emplace_back(result_text(-1, static_cast<Errno>(number), false),
                                   counts.errors[number]);
    }
    if (counts.errors[0] != 0) report.errors.emplace_back("other", counts.errors[0]);
    return report;
}

NamedCounts by_op(const std::array<std::uint64_t, kMmOps>& counts) {
    NamedCounts named;
    for (std::size_t op = 0; op < kMmOps; ++op) {
        if (counts[op] != 0) named.emplace_back(mm_op_name(static_cast<MmOp>(op)), counts[op]);
    }
    return named;
}

MergesReport merges_report(const World& world, const MergeTally& tally) {
    MergesReport report;
    report.fresh = tally.fresh();
    report.existing = tally.existing();
    report.copied = tally.copied;
    report.extended = tally.extended;
    report.splits = tally.splits;
    report.by_op = by_op(tally.merges_by_op);
    report.splits_by_op = by_op(tally.splits_by_op);
    for (std::uint32_t i = 1; i < tally.by_driver.size(); ++i) {
        if (tally.by_driver[i] == 0) continue;
        report.by_driver.emplace_back(driver_name(world, {i}), tally.by_driver[i]);
    }
    return report;
}

void add_processes(Report& report, const World& world, CappedList<ProcessState> states,
                   const RunObserver& observer) {
    MergeTally merges;
    for (const Space& space : observer.spaces().all()) merges.add(space.merges);
    report.merges = merges_report(world, merges);
    for (ProcessState& state : states.items) {
        report.fragmentation.add(observer.cap(), state.fragmentation);
        auto of_process = merges_report(world, state.merges);
        report.processes.items.push_back({std::move(state), std::move(of_process)});
    }
    report.processes.truncated = states.truncated;
    report.fragmentation.peak = observer.vmas_peak();
    const FileMerges& files = observer.file_merges();
    for (WordId path = 0; path < files.counts().size(); ++path) {
        if (files.counts()[path] == 0) continue;
        report.merges.by_file.emplace_back(files.paths().text(path), files.counts()[path]);
    }
    std::ranges::sort(report.merges.by_file);
}

std::vector<FragmentationCause> causes_of(const VmaGroups& groups, const Words& words) {
    using Key = std::tuple<bool, MmOp, WordId, WordId, std::uint16_t>;
    std::map<Key, std::uint64_t> counts;
    for (const auto& [key, count] : groups.all()) {
        if (!key.touches) continue;
        counts[{key.boundary_made, key.boundary_op, key.boundary_path, key.boundary_site,
                key.barriers}] += count.vmas;
    }
    std::vector<FragmentationCause> causes;
    for (const auto& [key, count] : counts) {
        const auto& [made, op, path, site, barriers] = key;
        causes.push_back({{barriers}, made, op, path, site, count});
    }
    // Words are numbered as they come up; what is equally large goes by its text.
    std::ranges::stable_sort(causes, [&](const auto& a, const auto& b) {
        return std::tuple(b.count, a.op, words.text(a.path), words.text(a.site), a.barriers.bits) <
               std::tuple(a.count, b.op, words.text(b.path), words.text(b.site), b.barriers.bits);
    });
    return causes;
}

void add_analysis(Report& report, const RunObserver& observer) {
    report.causes = causes_of(report.groups, report.words);
    report.timeline = observer.timeline();
    for (const LimitMark& mark : observer.limit_marks()) {
        if (mark.limit < report.max_map_count) report.lower_limits.push_back(mark);
    }
}

FileReport file_report(const World& world, const DeclaredFiles& declared, FileId id) {
    const File& file = world.files[id.index];
    return {file_id_text(world, declared, id),
            file.path,
            driver_name(world, file.driver),
            file.refs,
            file.vmas,
            file.writable_vmas};
}

void add_files(Report& report, const World& world, const DeclaredFiles& declared) {
    std::vector<bool> listed(world.files.bound());
    for (const auto& [id, file] : declared) {
        if (!file || listed[file.index]) continue;
        listed[file.index] = true;
        report.files.push_back(file_report(world, declared, file));
    }
    std::vector<FileId> others;
    for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
        if (!listed[i] && world.files[i].refs != 0) others.push_back({i});
    }
    std::ranges::sort(others, {}, [&](FileId id) {
        const File& file = world.files[id.index];
        return std::pair(file.internal, file.serial);
    });
    for (const FileId id : others) report.files.push_back(file_report(world, declared, id));
    report.shmem_created = world.shmem_created;
    report.shmem_live = world.shmem_live;
}

// Those that nobody has counted yet as well, by name: when a hook counts first differs between the
// forms of one driver.
std::vector<std::pair<std::string, std::int64_t>> references_of(const DriverEntry& entry) {
    std::map<std::string, std::int64_t> counted(entry.state.references.begin(),
                                                entry.state.references.end());
    for (const std::string_view name : entry.driver->references())
        counted.try_emplace(std::string(name));
    return {counted.begin(), counted.end()};
}

// By name: in which order they were made depends on where they came from.
void add_drivers(Report& report, const World& world) {
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        const DriverId id{i};
        // Those two belong to the kernel itself, not to any driver.
        if (id == world.shmem_driver || id == world.special_driver) continue;
        const DriverEntry& entry = world.drivers[i];
        DriverReport driver;
        driver.name = driver_name(world, id);
        std::ranges::copy(entry.state.calls, driver.calls.begin());
        driver.failures = entry.state.failures;
        driver.references = references_of(entry);
        report.drivers.push_back(std::move(driver));
    }
    std::ranges::stable_sort(report.drivers, {}, &DriverReport::name);
}

std::string range_text(VmRange range) {
    return fmt::format("{:08x}-{:08x}", range.start().bytes(), range.end().bytes());
}

PreventedReport prevented_report(const World& world, const PreventedMerge& finding) {
    return {finding.place, driver_name(world, finding.driver), range_text(finding.range),
            finding.left, finding.right};
}

std::vector<std::string> step_names(const std::vector<UnwindStep>& steps) {
    std::vector<std::string> names;
    names.reserve(steps.size());
    for (const UnwindStep step : steps) names.emplace_back(unwind_step_name(step));
    return names;
}

FailureReport failure_report(const World& world, const FailureFinding& finding) {
    const CallUnwound& unwound = finding.unwound;
    FailureReport report;
    report.place = finding.place;
    report.op = mm_op_name(unwound.op);
    report.stage = unwound.stage.empty() ? fail_point_name(unwound.point) : unwound.stage;
    report.driver = driver_name(world, unwound.driver);
    if (finding.action) report.action = action_type_name(*finding.action);
    report.error = result_text(-1, unwound.error, false);
    report.as_recorded = finding.as_recorded;
    report.unwound = step_names(unwound.undone);
    report.not_undone = step_names(unwound.not_undone);
    for (const VmRange& range : unwound.lost) {
        report.lost.push_back(range_text(range));
    }
    return report;
}

LeakReport leak_report(const World& world, const LeakFinding& finding) {
    const Leaked& leaked = finding.leaked;
    LeakReport report;
    report.place = finding.place;
    report.kind = leak_kind_name(leaked.kind);
    report.driver = driver_name(world, leaked.driver);
    const bool named = leaked.kind == LeakKind::reference || leaked.kind == LeakKind::memory;
    report.name = named                                                    ? leaked.reference
                  : leaked.kind == LeakKind::file && !finding.path.empty() ? finding.path
                                                                           : report.driver;
    if (report.name.empty()) report.name = finding.path;
    report.count = leaked.count;
    report.cause = leak_cause_name(leaked);
    return report;
}

DiagnosticReport diagnostic_report(const World& world, const DiagnosticFinding& finding) {
    DiagnosticReport report;
    report.place = finding.place;
    report.id = finding.diagnosed.id;
    report.driver = driver_name(world, finding.diagnosed.driver);
    if (const DiagnosticText* text = find_diagnostic(finding.diagnosed.id)) {
        report.severity = text->severity;
        report.message = finding.diagnosed.detail;
        if (!report.message.empty()) report.message += ". ";
        report.message += text->cure;
    }
    return report;
}

// The lists of the processes hold what the list of the run does.
void add_prevented_of_processes(Report& report, const CappedList<PreventedMerge>& prevented,
                                const World& world) {
    for (const PreventedMerge& finding : prevented.items) {
        if (finding.space >= report.processes.items.size()) continue;
        report.processes.items[finding.space].merges.prevented.items.push_back(
            prevented_report(world, finding));
    }
}

template <typename To, typename From, typename Make>
void convert(CappedList<To>& to, const CappedList<From>& from, const World& world, Make make) {
    to.items.reserve(from.items.size());
    for (const From& item : from.items) to.items.push_back(make(world, item));
    to.truncated = from.truncated;
}

}  // namespace

Report build_report(ReportInputs inputs) {
    const Engine& engine = inputs.engine;
    const World& world = engine.world();
    const DeclaredFiles declared = engine.declared_files();
    Report report;
    report.trace = inputs.trace;
    report.title = inputs.reader.header().title;
    report.format = format_name(inputs.reader.format());
    report.kernel = engine.profile().name;
    report.hook = hook_choice_name(inputs.options.hook);
    report.page_faults = engine.page_faults() == PageFaults::eager ? "eager" : "trace";
    report.addresses = engine.addresses() == Addresses::recorded ? "recorded" : "simulated";
    report.fixed_accounting = inputs.options.fixed_accounting;
    report.max_map_count = world.system.max_map_count;

    report.events = events_report(inputs.observer.events());
    add_processes(report, world, std::move(inputs.processes), inputs.observer);
    add_files(report, world, declared);
    add_drivers(report, world);
    const Findings& findings = inputs.observer.findings();
    convert(report.failures, findings.failures, world, failure_report);
    convert(report.leaks, findings.leaks, world, leak_report);
    convert(report.diagnostics, findings.diagnostics, world, diagnostic_report);
    convert(report.merges.prevented, findings.prevented, world, prevented_report);
    report.divergences = findings.divergences;

    add_prevented_of_processes(report, findings.prevented, world);
    report.words = std::move(inputs.words);
    report.groups = std::move(inputs.groups);
    add_analysis(report, inputs.observer);

    report.missing = engine.missing();
    const ReadSummary& summary = inputs.reader.summary();
    report.warnings = summary.warnings;
    report.first_warnings = summary.first_warnings;
    report.broken = engine.broken();
    return report;
}

}  // namespace mmsim
