// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/saved_diff.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "check/layout_rows.h"

namespace mmsim {

namespace {

constexpr std::string_view kNotListed = "no such failure";

DiffSide side_of_saved(const NamedReport& named) {
    const SavedReport& r = named.report;
    return {named.name,    r.trace,     r.kernel,        r.hook,
            r.page_faults, r.addresses, r.max_map_count, r.numbers};
}

using Failures = std::map<std::uint64_t, const SavedFailure*>;

Failures by_event(const SavedReport& report) {
    Failures all;
    for (const SavedFailure& failure : report.failures) all[failure.place.event] = &failure;
    return all;
}

// Whether an event would be in the list if it had failed.
bool would_list(const SavedReport& report, std::uint64_t event) {
    return report.all_failures ||
           (!report.failures.empty() && event <= report.failures.back().place.event);
}

void add_change(DiffAgainst& found, CallChange change, const SavedFailure& at, std::string_view old,
                std::string_view now) {
    found.calls[static_cast<std::size_t>(change)].add(
        kNoCap, {at.place, at.op, std::string(old), std::string(now), false});
}

void compare_failures(const SavedReport& old, const SavedReport& now, DiffAgainst& found) {
    found.calls_compared = old.trace == now.trace && old.events == now.events;
    if (!found.calls_compared) return;
    const Failures before = by_event(old);
    const Failures after = by_event(now);
    for (const auto& [event, failure] : after) {
        const auto same = before.find(event);
        if (same == before.end()) {
            if (would_list(old, event)) {
                add_change(found, CallChange::now_fails, *failure, kNotListed, failure->error);
            }
        } else if (same->second->error != failure->error) {
            add_change(found, CallChange::other_errno, *failure, same->second->error,
                       failure->error);
        }
    }
    for (const auto& [event, failure] : before) {
        if (after.contains(event) || !would_list(now, event)) continue;
        add_change(found, CallChange::now_succeeds, *failure, failure->error, kNotListed);
    }
}

bool same_mapping(const MapsEntry& a, const MapsEntry& b) {
    const auto shown = [](const MapsEntry& e) {
        return std::tie(e.start, e.end, e.readable, e.writable, e.executable, e.shared, e.offset,
                        e.path, e.vm_flags);
    };
    return shown(a) == shown(b);
}

std::vector<const MapsEntry*> mappings_of(const SavedProcess* process) {
    std::vector<const MapsEntry*> all;
    if (process == nullptr) return all;
    for (const MapsEntry& entry : process->vmas) all.push_back(&entry);
    return all;
}

std::optional<MapsEntry> copy_of(const MapsEntry* entry) {
    return entry == nullptr ? std::nullopt : std::optional(*entry);
}

void compare_processes(const SavedProcess* old, const SavedProcess* now, bool same_trace,
                       DiffAgainst& found) {
    const auto pairs = pair_mappings(mappings_of(old), mappings_of(now), same_mapping);
    LayoutPicture picture;
    picture.when = LayoutPicture::When::end;
    if (const SavedProcess* const either = now != nullptr ? now : old) picture.pid = either->pid;
    const std::vector<bool> shown = near_differences(pairs);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (!pairs[i].same) ++picture.differing;
        if (!shown[i]) continue;
        picture.rows.add_with(kLayoutRows, [&]() -> LayoutRow {
            return {copy_of(pairs[i].left), copy_of(pairs[i].right), pairs[i].same,
                    i != 0 && !shown[i - 1]};
        });
    }
    // Two recordings that have no mapping in common are of other addresses, or of other processes.
    const bool nothing_same =
        std::ranges::none_of(pairs, [](const auto& pair) { return pair.same; });
    if (!same_trace && nothing_same) return;
    if (picture.differing != 0) found.layouts.push_back(std::move(picture));
}

// A pid may have had several address spaces: the first is compared with the first, and so on.
void compare_layouts_at_end(const SavedReport& old, const SavedReport& now, DiffAgainst& found) {
    std::map<std::int64_t,
             std::pair<std::vector<const SavedProcess*>, std::vector<const SavedProcess*>>>
        by_pid;
    for (const SavedProcess& process : old.processes) by_pid[process.pid].first.push_back(&process);
    for (const SavedProcess& process : now.processes) {
        by_pid[process.pid].second.push_back(&process);
    }
    const auto at = [](const std::vector<const SavedProcess*>& list, std::size_t i) {
        return i < list.size() ? list[i] : nullptr;
    };
    for (const auto& [pid, both] : by_pid) {
        for (std::size_t i = 0; i < std::max(both.first.size(), both.second.size()); ++i) {
            compare_processes(at(both.first, i), at(both.second, i), old.trace == now.trace, found);
        }
    }
}

}  // namespace

Diff compare_reports(const NamedReport& old, const NamedReport& now) {
    Diff diff;
    if (old.report.trace == now.report.trace) diff.trace = old.report.trace;
    if (old.report.title == now.report.title) diff.title = old.report.title;
    diff.old = side_of_saved(old);
    DiffAgainst& found = diff.news.emplace_back();
    found.side = side_of_saved(now);
    compare_failures(old.report, now.report, found);
    compare_layouts_at_end(old.report, now.report, found);
    add_call_changes(diff);
    return diff;
}

std::vector<Diff> compare_saved(const std::string& old_name, const SavedReports& old,
                                const std::string& new_name, const SavedReports& now) {
    if (old.reports.size() != now.reports.size()) {
        throw InputError(
            fmt::format("{} holds {} and {} {} reports: arrays are compared pair by "
                        "pair, so both must be of one length",
                        old_name, old.reports.size(), new_name, now.reports.size()));
    }
    std::vector<Diff> diffs;
    for (std::size_t i = 0; i < old.reports.size(); ++i) {
        const std::string which = old.array || now.array ? fmt::format("[{}]", i) : "";
        diffs.push_back(compare_reports({old_name + which, old.reports[i]},
                                        {new_name + which, now.reports[i]}));
    }
    return diffs;
}

}  // namespace mmsim
