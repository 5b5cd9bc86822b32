// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/fault_text.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <spdlog/fmt/fmt.h>

namespace mmsim {

namespace {

constexpr std::string_view kEndMarks[] = {"ok", "hole", "leak", "ASSERT"};

// Runs of one point in one column: how they ended at worst.
std::string_view mark(const FaultMatrix::Cell& cell) {
    return cell.runs == 0 ? "-" : kEndMarks[static_cast<std::size_t>(cell.worst)];
}

void append_matrix(std::string& out, const FaultMatrix& matrix) {
    const auto points = matrix.points();
    if (points.empty()) return;
    out += fmt::format("\n{:<18}", "failed at");
    for (const std::string& name : matrix.names()) out += fmt::format(" {:>8}", name);
    out += '\n';
    for (const FailPoint point : points) {
        out += fmt::format("{:<18}", fail_point_name(point));
        for (std::size_t i = 0; i < matrix.names().size(); ++i) {
            out += fmt::format(" {:>8}", mark(matrix.at(i, point)));
        }
        out += '\n';
    }
}

std::string steps_text(const std::vector<UnwindStep>& steps) {
    std::string text;
    for (const UnwindStep step : steps) {
        if (!text.empty()) text += ", ";
        text += unwind_step_name(step);
    }
    return text;
}

std::string failed_text(const FaultFinding& finding) {
    if (finding.failed.empty()) return "as it is";
    std::string text = "failing ";
    for (std::size_t i = 0; i < finding.failed.size(); ++i) {
        if (i != 0) text += ", ";
        text += fail_point_name(finding.failed[i].point);
    }
    return text;
}

void append_case(std::string& out, const FaultCase& found, bool kernels) {
    const FaultFinding& finding = found.finding;
    out += fmt::format("\n{} {} of {}", fault_kind_name(finding.kind), finding.what, finding.owner);
    if (kernels) out += " under " + found.kernel;
    out += fmt::format(", {}: {}", failed_text(finding), finding.happened);
    if (finding.runs > 1) out += fmt::format(" ({} runs)", finding.runs);
    out += fmt::format("\n  at          {}\n", found.where);
    const auto line = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) out += fmt::format("  {:<11} {}\n", name, text);
    };
    line("undone", steps_text(finding.undone));
    line("not undone", steps_text(finding.not_undone));
    line("cure", finding.cure);
    line("show", found.command);
}

}  // namespace

std::string fault_text(const FaultReport& report) {
    std::string kernels;
    for (const std::string& kernel : report.kernels) {
        kernels += (kernels.empty() ? "" : ", ") + kernel;
    }
    std::string out = fmt::format(
        "{} under {}{}: {} calls, {} runs with a failure\n", report.subject, kernels,
        report.fixed_accounting ? " with --fixed-accounting" : "", report.calls, report.runs);
    out += fmt::format(
        "ended: ok {}, hole {}, leak {}, assert {}; {} runs came to a state that "
        "another had come to\n",
        report.ends[0], report.ends[1], report.ends[2], report.ends[3], report.judged_before);
    append_matrix(out, report.matrix);
    for (const FaultCase& found : report.cases) {
        append_case(out, found, report.kernels.size() > 1);
    }
    const std::size_t cases = report.cases.size();
    out += fmt::format("\n{} finding{}\n", cases == 0 ? "no" : std::to_string(cases),
                       cases == 1 ? "" : "s");
    return out;
}

std::string pass_list_text(const FaultReport& report) {
    std::string out;
    for (const PassList& list : report.passes) {
        out += list.where;
        for (const FaultPass& pass : list.passes) {
            out += fmt::format(" {}@{}", fail_point_name(pass.point), pass.nth);
        }
        out += '\n';
    }
    return out;
}

}  // namespace mmsim
