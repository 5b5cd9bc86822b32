// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/diff_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fnmatch.h>
#include <set>
#include <string_view>

namespace mmsim {

namespace {

struct RowForm {
    std::string_view path;   // '*' stands for a name
    std::string_view label;  // and '*' for it again
    NumberUnit unit = NumberUnit::count;
    WorseWhen worse = WorseWhen::neither;
    bool several = false;  // only where there are several processes
};

using enum NumberUnit;
using enum WorseWhen;

constexpr std::array kForms = {
    RowForm{"events.total", "events"},
    RowForm{"events.failed", "failed calls", count, up},
    RowForm{"events.errors.*", "failed calls: *", count, up},
    RowForm{"events.skipped", "skipped events"},
    RowForm{"events.diverged", "divergences from the trace", count, up},
    RowForm{"failures", "failures that unwound", count, up},
    RowForm{"leaks", "leaks", count, up},
    RowForm{"diagnostics", "driver diagnostics", count, up},
    RowForm{"processes", "processes"},
    RowForm{"fragmentation.vmas", "VMAs at the end", count, up},
    RowForm{"processes.*.map_count", "VMAs at the end, pid *", count, up, true},
    RowForm{"fragmentation.peak", "VMAs at most", count, up},
    RowForm{"processes.*.map_count_peak", "VMAs at most, pid *", count, up, true},
    RowForm{"fragmentation.vmas_per_mib", "VMAs per MiB", ratio, up},
    RowForm{"fragmentation.vmas_if_merged", "VMAs if all were merged that may be", count, up},
    RowForm{"fragmentation.map_limit_needed", "max_map_count that is needed", count, up},
    RowForm{"fragmentation.headroom", "VMAs until max_map_count", count, down},
    RowForm{"fragmentation.boundary_list", "touching pairs", count, up},
    RowForm{"fragmentation.boundaries.*", "touching pairs: *", count, up},
    RowForm{"merges.new.*", "merges of new ranges, *", count, down},
    RowForm{"merges.existing.*", "merges of changed ranges, *", count, down},
    RowForm{"merges.copied", "merges of mremap copies", count, down},
    RowForm{"merges.extended", "merges of mremap growth", count, down},
    RowForm{"merges.by_op.*", "merges in *", count, down},
    RowForm{"merges.by_driver.*", "merges with driver *", count, down},
    RowForm{"merges.prevented", "merges the hook prevented", count, up},
    RowForm{"merges.splits", "splits", count, up},
    RowForm{"merges.splits_by_op.*", "splits in *", count, up},
    RowForm{"fragmentation.mapped_bytes", "mapped", bytes},
    RowForm{"fragmentation.huge_page_bytes", "in whole 2 MiB blocks", bytes, down},
    RowForm{"fragmentation.gaps.count", "free gaps", count, up},
    RowForm{"fragmentation.gaps.largest_bytes", "largest free gap", bytes, down},
    RowForm{"fragmentation.gaps.index", "fragmentation index of gaps", ratio, up},
    RowForm{"processes.*.total_vm", "pid *: total_vm", pages},
    RowForm{"processes.*.data_vm", "pid *: data_vm", pages},
    RowForm{"processes.*.exec_vm", "pid *: exec_vm", pages},
    RowForm{"processes.*.stack_vm", "pid *: stack_vm", pages},
    RowForm{"processes.*.locked_vm", "pid *: locked_vm", pages},
    RowForm{"processes.*.committed", "pid *: committed", pages, up},
    RowForm{"processes.*.accounted", "pid *: accounted", pages},
    RowForm{"shmem.created", "shmem files created"},
    RowForm{"shmem.live", "shmem files live"},
    RowForm{"files", "files"},
    RowForm{"warnings.count", "lines passed over", count, up},
    RowForm{"drivers.*.calls.*", "driver *"},
    RowForm{"drivers.*.failures", "driver *: failures", count, up},
    RowForm{"drivers.*.references.*", "driver *"},
};

// What the stars of a form stand for in a path; "widget: calls mmap" for two.
std::string names_in(std::string_view path, std::string_view form) {
    const auto first = form.find('*');
    const auto last = form.rfind('*');
    if (first == std::string_view::npos) return {};
    std::string_view names = path.substr(first);
    names.remove_suffix(form.size() - last - 1);
    if (first == last) return std::string(names);
    const std::string_view between = form.substr(first + 1, last - first - 1);
    const auto at = names.rfind(between);
    const std::string_view what = between.substr(1, between.size() - 2);
    return std::string(names.substr(0, at)) + ": " + std::string(what) + " " +
           std::string(names.substr(at + between.size()));
}

std::string label_of(const RowForm& form, std::string_view path) {
    std::string label(form.label);
    const auto star = label.find('*');
    if (star != std::string::npos) label.replace(star, 1, names_in(path, form.path));

    return label;
}

bool several_processes(const Diff& diff) {
    const auto several = [](const DiffSide& side) {
        return side.numbers.find("processes").value_or(0) > 1;
    };
    return several(diff.old) || std::ranges::any_of(diff.news, several, &DiffAgainst::side);
}

std::set<std::string> all_paths(const Diff& diff) {
    std::set<std::string> paths;
    const auto add = [&](const DiffSide& side) {
        for (const auto& [path, number] : side.numbers.all()) paths.insert(path);
    };
    add(diff.old);
    for (const DiffAgainst& now : diff.news) add(now.side);
    return paths;
}

NumberRow row_of(const Diff& diff, const RowForm& form, const std::string& path) {
    NumberRow row{path, label_of(form, path), form.unit, form.worse, {}, {}};
    row.old = diff.old.numbers.find(path);
    for (const DiffAgainst& now : diff.news) row.now.push_back(now.side.numbers.find(path));
    return row;
}

// Two recordings number their processes otherwise.
bool of_other_process(const Diff& diff, const NumberRow& row) {
    return diff.trace.empty() && row.path.starts_with("processes.") &&
           (!row.old || std::ranges::any_of(row.now, [](const auto& number) { return !number; }));
}

}  // namespace

std::string_view unit_name(NumberUnit unit) {
    switch (unit) {
        case NumberUnit::count:
            return "count";
        case NumberUnit::pages:
            return "pages";
        case NumberUnit::bytes:
            return "bytes";
        case NumberUnit::ratio:
            return "ratio";
    }
    return {};
}

bool NumberRow::same() const {
    return std::ranges::all_of(now, [&](const auto& number) { return number == old; });
}

std::optional<double> NumberRow::delta(std::size_t i) const {
    if (!old || !now[i]) return std::nullopt;
    return *now[i] - *old;
}

std::optional<double> NumberRow::percent(std::size_t i) const {
    const auto change = delta(i);
    if (!change || *old == 0) return std::nullopt;
    return *change / std::abs(*old) * 100;
}

int NumberRow::judgement(std::size_t i) const {
    const double change = delta(i).value_or(0);
    if (worse == WorseWhen::neither || change == 0) return 0;
    return (change > 0) == (worse == WorseWhen::up) ? 1 : -1;
}

std::vector<NumberRow> number_rows(const Diff& diff, bool all) {
    const std::set<std::string> paths = all_paths(diff);
    const bool several = several_processes(diff);
    std::vector<NumberRow> rows;
    for (const RowForm& form : kForms) {
        if (form.several && !several) continue;
        const std::string glob(form.path);
        // What comes before the star is the same in all that match.
        const std::string begin = glob.substr(0, glob.find('*'));
        for (auto at = paths.lower_bound(begin); at != paths.end() && at->starts_with(begin);
             ++at) {
            if (::fnmatch(glob.c_str(), at->c_str(), 0) != 0) continue;
            NumberRow row = row_of(diff, form, *at);
            if (!all && of_other_process(diff, row)) continue;
            if (all || !row.same()) rows.push_back(std::move(row));
        }
    }
    return rows;
}

}  // namespace mmsim
