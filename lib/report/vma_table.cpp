// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/vma_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <spdlog/fmt/fmt.h>

namespace mmsim {

namespace {

constexpr std::array<std::string_view, 5> kGroupNames = {"site", "path", "driver", "prot",
                                                         "thread"};

std::string path_or(const std::string& path) { return path.empty() ? "[anonymous]" : path; }

std::string made_by(const VmaKey& key) {
    return key.made ? std::string(mm_op_name(key.op)) : "before the first event";
}

std::string perms_text(std::uint64_t bits) {
    const VmFlags flags{bits};
    std::string text = "---p";
    if (flags.any(kVmRead)) text[0] = 'r';
    if (flags.any(kVmWrite)) text[1] = 'w';
    if (flags.any(kVmExec)) text[2] = 'x';
    if (flags.any(kVmMayShare)) text[3] = 's';
    return text;
}

std::string group_name(const VmaKey& key, const Words& words, GroupBy by) {
    switch (by) {
        case GroupBy::site:
            // Without stacks the operation is what is known of the caller.
            return key.site != 0 ? words.text(key.site) : made_by(key);
        case GroupBy::path:
            return path_or(words.text(key.path));
        case GroupBy::driver:
            return key.driver == 0 ? "[none]" : words.text(key.driver);
        case GroupBy::prot:
            return perms_text(key.perms);
        case GroupBy::thread:
            return key.made ? std::to_string(key.tid) : made_by(key);
    }
    return {};
}

// What separates frames and counts may not stand in them.
std::string frame_text(std::string_view frame) {
    std::string text(frame);
    std::ranges::replace(text, ';', ':');
    std::ranges::replace(text, ' ', '_');
    return text;
}

std::string folded_stack(const VmaKey& key, const Words& words) {
    std::string line = "pid_" + std::to_string(key.pid);
    if (key.stack == 0) {
        return line + ";" + frame_text(made_by(key)) + ";" +
               frame_text(path_or(words.text(key.path)));
    }
    std::string_view frames = words.text(key.stack);
    std::vector<std::string_view> inner_first;
    while (!frames.empty()) {
        const auto end = std::min(frames.find('\n'), frames.size());
        inner_first.push_back(frames.substr(0, end));
        frames.remove_prefix(std::min(end + 1, frames.size()));
    }
    for (auto frame = inner_first.rbegin(); frame != inner_first.rend(); ++frame) {
        line += ";" + frame_text(call_site(*frame));
    }
    return line;
}

}  // namespace

std::optional<GroupBy> group_by_from_name(std::string_view name) {
    const auto* found = std::ranges::find(kGroupNames, name);
    if (found == kGroupNames.end()) return std::nullopt;
    return static_cast<GroupBy>(found - kGroupNames.begin());
}

std::string_view group_by_name(GroupBy by) { return kGroupNames[static_cast<std::size_t>(by)]; }

std::vector<VmaTableRow> vma_table(const Report& report, GroupBy by) {
    std::map<std::string, VmaTableRow> rows;
    for (const auto& [key, counts] : report.groups.all()) {
        VmaTableRow& row = rows[group_name(key, report.words, by)];
        row.vmas += counts.vmas;
        row.pages += counts.pages;
        if (key.touches) row.boundaries += counts.vmas;
    }
    std::vector<VmaTableRow> table;
    for (auto& [name, row] : rows) {
        row.name = name;
        table.push_back(std::move(row));
    }
    std::ranges::stable_sort(table, std::ranges::greater{}, &VmaTableRow::vmas);
    return table;
}

std::string reasons_text(MergeBarriers barriers) {
    std::string text;
    for (std::size_t i = 0; i < kMergeBarriers; ++i) {
        if (!barriers.has(static_cast<MergeBarrier>(i))) continue;
        if (!text.empty()) text += ", ";
        text += boundary_reason_name(i);
    }
    return text.empty() ? std::string(boundary_reason_name(kUntried)) : text;
}

std::string cause_text(const FragmentationCause& cause, const Words& words) {
    if (!cause.made) return "there before the first event";
    std::string text = fmt::format("{} of {}", mm_op_name(cause.op),
                                   cause.path == 0 ? "anonymous memory" : words.text(cause.path));
    if (cause.site != 0) text += ", at " + words.text(cause.site);
    return text;
}

std::string folded_stacks(const Report& report) {
    std::map<std::string, std::uint64_t> lines;
    for (const auto& [key, counts] : report.groups.all()) {
        lines[folded_stack(key, report.words)] += counts.vmas;
    }
    std::string text;
    for (const auto& [line, vmas] : lines) text += fmt::format("{} {}\n", line, vmas);
    return text;
}

}  // namespace mmsim
