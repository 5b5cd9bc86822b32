// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include <spdlog/fmt/fmt.h>

#include "sweep/known_faults.h"

namespace mmsim {

namespace {

// A column of a matrix as it stands in the text: contexts that differ in what is beside the request
// are marks of one group, all else about them is folded.
struct Placed {
    std::string_view group;
    std::string_view mark;  // empty: the group has one mark
};

// "left,over_one,direct,shared,4@4" is the mark "left" of the group "over_one".
Placed placed(std::string_view column) {
    const auto comma = column.find(',');
    if (std::ranges::count(column, ',') != 4) return {column.substr(0, comma), {}};
    const std::string_view rest = column.substr(comma + 1);
    return {rest.substr(0, rest.find(',')), column.substr(0, comma)};
}

constexpr std::array<std::string_view, 6> kMarks = {"none", "left",         "right",
                                                    "both", "both_faulted", "closing"};
constexpr std::string_view kEnds = ".hL!";

// Of each group and point the ends at worst, a letter a mark; '-' where nothing was made to fail.
using Folded = std::map<FailPoint, std::string>;
struct Group {
    std::string_view name;
    bool has_marks = false;
    Folded points;
};

void worsen(char& letter, FaultEnd end) {
    const auto was = kEnds.find(letter);
    const auto now = static_cast<std::size_t>(end);
    if (was == std::string_view::npos || was < now) letter = kEnds[now];
}

Group& group_of(std::vector<Group>& groups, const Placed& at) {
    const auto found = std::ranges::find(groups, at.group, &Group::name);
    if (found != groups.end()) return *found;
    groups.push_back({at.group, !at.mark.empty(), {}});
    return groups.back();
}

std::vector<Group> fold(const FaultReport& report) {
    std::vector<Group> groups;
    for (const KernelMatrix& kernel : report.matrices) {
        const FaultMatrix& matrix = kernel.matrix;
        for (std::size_t i = 0; i < matrix.names().size(); ++i) {
            const Placed at = placed(matrix.names()[i]);
            Group& group = group_of(groups, at);
            const auto mark =
                static_cast<std::size_t>(std::ranges::find(kMarks, at.mark) - kMarks.begin());
            for (const FailPoint point : matrix.points()) {
                const FaultMatrix::Cell& cell = matrix.at(i, point);
                if (cell.runs == 0) continue;
                std::string& letters = group.points[point];
                if (letters.empty()) letters.assign(group.has_marks ? kMarks.size() : 1, '-');
                worsen(letters[group.has_marks ? mark : 0], cell.worst);
            }
        }
    }
    return groups;
}

std::size_t width_of(const Group& group) {
    return std::max(group.name.size(), group.has_marks ? kMarks.size() : 1);
}

void append_matrix(std::string& out, const FaultReport& report) {
    const std::vector<Group> groups = fold(report);
    out += fmt::format("\n{:<18}", "failed at");
    for (const Group& group : groups) out += fmt::format("  {:<{}}", group.name, width_of(group));
    out += '\n';
    for (std::size_t i = 0; i < kFailPoints; ++i) {
        const auto point = static_cast<FailPoint>(i);
        const auto passed = [&](const Group& group) { return group.points.contains(point); };
        if (std::ranges::none_of(groups, passed)) continue;
        std::string line = fmt::format("{:<18}", fail_point_name(point));
        for (const Group& group : groups) {
            const auto found = group.points.find(point);
            const std::string letters = found == group.points.end() ? "-" : found->second;
            line += fmt::format("  {:<{}}", letters, width_of(group));
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    out += "  . all as before   h a hole where old mappings were   L a leak   ! worse\n";
    const bool marks = std::ranges::any_of(groups, &Group::has_marks);
    if (marks) out += "  six marks: beside it none, left, right, both, both faulted, closing\n";
}

std::string steps_text(const std::vector<UnwindStep>& steps) {
    std::string text;
    for (const UnwindStep step : steps) {
        if (!text.empty()) text += ", ";
        text += unwind_step_name(step);
    }
    return text;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
    return text;
}

std::string failed_text(const FaultFinding& finding) {
    if (finding.failed.empty()) return "as it is";
    std::vector<std::string> points;
    for (const FaultPass& pass : finding.failed) points.emplace_back(fail_point_name(pass.point));
    return "failing " + joined(points);
}

void append_case(std::string& out, const FaultCase& found, bool kernels) {
    const FaultFinding& finding = found.finding;
    out += fmt::format("\n{} {} of {}, {}: {}", fault_kind_name(finding.kind), finding.what,
                       finding.owner, failed_text(finding), finding.happened);
    if (finding.runs > 1) out += fmt::format(" ({} runs)", finding.runs);
    out += '\n';
    const auto line = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) out += fmt::format("  {:<11} {}\n", name, text);
    };
    if (kernels) line("kernels", joined(found.kernels));
    line("first at", found.where);
    line("undone", steps_text(finding.undone));
    line("not undone", steps_text(finding.not_undone));
    if (const KnownFault* known = known_fault(found)) line("known", known_fault_text(*known));
    line("cure", finding.cure);
    line("show", found.command);
}

}  // namespace

std::string fault_text(const FaultReport& report) {
    std::string out = fmt::format(
        "{} under {}{}: {} {}, {} runs with a failure\n", report.subject, joined(report.kernels),
        report.fixed_accounting ? " with --fixed-accounting" : "", report.calls,
        report.is_driver ? "contexts" : "calls", report.runs);
    for (const std::string& unfit : report.unfit) out += fmt::format("not under {}\n", unfit);
    out += fmt::format(
        "ended: ok {}, hole {}, leak {}, assert {}; {} in a state that was judged "
        "before\n",
        report.ends[0], report.ends[1], report.ends[2], report.ends[3], report.judged_before);
    if (report.equal_contexts != 0) {
        out += fmt::format("{} more contexts come to a state that another has\n",
                           report.equal_contexts);
    }
    if (report.runs != 0) append_matrix(out, report);
    for (const FaultCase& found : report.cases) {
        append_case(out, found, report.kernels.size() > 1);
    }
    const std::size_t cases = report.cases.size();
    const auto known = std::ranges::count_if(
        report.cases, [](const FaultCase& found) { return known_fault(found) != nullptr; });
    out += fmt::format("\n{} finding{}{}\n", cases == 0 ? "no" : std::to_string(cases),
                       cases == 1 ? "" : "s",
                       known == 0 ? "" : fmt::format(", {} of them known upstream", known));
    return out;
}

std::string pass_list_text(const FaultReport& report) {
    std::string out;
    for (const PassList& list : report.passes) {
        if (report.is_driver || report.kernels.size() > 1) out += list.kernel + ' ';
        out += list.where;
        for (const FaultPass& pass : list.passes) {
            out += fmt::format(" {}@{}", fail_point_name(pass.point), pass.nth);
        }
        out += '\n';
    }
    return out;
}

}  // namespace mmsim
