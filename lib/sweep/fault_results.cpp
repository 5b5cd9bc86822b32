// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_results.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "report/html_page.h"
#include "report/page.h"
#include "sweep/known_faults.h"

namespace mmsim {

namespace {

using Json = nlohmann::ordered_json;

Json steps_json(const std::vector<UnwindStep>& steps) {
    Json list = Json::array();
    for (const UnwindStep step : steps) list.push_back(unwind_step_name(step));
    return list;
}

Json case_json(const FaultCase& found) {
    const FaultFinding& finding = found.finding;
    Json failed = Json::array();
    for (const FaultPass& pass : finding.failed) {
        failed.push_back(fmt::format("{}@{}", fail_point_name(pass.point), pass.nth));
    }
    Json json = {{"kind", fault_kind_name(finding.kind)},
                 {"what", finding.what},
                 {"owner", finding.owner},
                 {"point", nullptr},
                 {"count", finding.count},
                 {"kernels", found.kernels},
                 {"where", found.where},
                 {"failed", std::move(failed)},
                 {"happened", finding.happened},
                 {"undone", steps_json(finding.undone)},
                 {"not_undone", steps_json(finding.not_undone)},
                 {"known", nullptr},
                 {"cure", finding.cure},
                 {"runs", finding.runs},
                 {"command", found.command}};
    if (const KnownFault* known = known_fault(found)) {
        json["known"] = {{"rule", known->rule}, {"fixed_in", nullptr}};
        if (known->fixed) json["known"]["fixed_in"] = profile_of(*known->fixed).name;
    }
    if (finding.point) json["point"] = fail_point_name(*finding.point);
    if (found.event != 0) {
        json["event"] = found.event;
        json["line"] = found.line;
    }
    return json;
}

// {"vma_alloc": {"none,fresh,direct,shared,4@4": "ok", ...}, ...}
Json matrix_json(const FaultMatrix& matrix) {
    Json rows = Json::object();
    for (const FailPoint point : matrix.points()) {
        Json& row = rows[std::string(fail_point_name(point))] = Json::object();
        for (std::size_t i = 0; i < matrix.names().size(); ++i) {
            const FaultMatrix::Cell& cell = matrix.at(i, point);
            if (cell.runs != 0) row[matrix.names()[i]] = fault_end_name(cell.worst);
        }
    }
    return rows;
}

bool concerns(const FaultCase& found, const std::string& kernel, std::optional<FailPoint> point) {
    return found.finding.point == point &&
           std::ranges::find(found.kernels, kernel) != found.kernels.end();
}

TestResult result_of(const FaultReport& report, const std::string& kernel,
                     std::optional<FailPoint> point) {
    TestResult result;
    result.name = fmt::format("{} {} {}", report.subject, kernel,
                              point ? fail_point_name(*point) : "as it is");
    for (const FaultCase& found : report.cases) {
        if (!concerns(found, kernel, point)) continue;
        const FaultFinding& finding = found.finding;
        std::string what = fmt::format("{} {} of {}: {}", fault_kind_name(finding.kind),
                                       finding.what, finding.owner, finding.happened);
        if (const KnownFault* known = known_fault(found)) {
            what.append("; known ").append(known_fault_text(*known));
        }
        if (result.message.empty()) result.message = what;
        result.outcome = TestOutcome::not_ok;
        result.details.push_back(what);
        result.details.push_back("at " + found.where);
        result.details.push_back("cure: " + finding.cure);
        result.details.push_back("show: " + found.command);
        if (report.is_driver) continue;
        result.file = report.subject;
        result.line = found.line;
    }
    return result;
}

Json report_json(const FaultReport& report) {
    Json json = {{"mmsim_faults", 1},
                 {report.is_driver ? "driver" : "trace", report.subject},
                 {"kernels", report.kernels},
                 {"unfit", report.unfit},
                 {"fixed_accounting", report.fixed_accounting},
                 {report.is_driver ? "contexts" : "calls", report.calls},
                 {"equal_contexts", report.equal_contexts},
                 {"runs", report.runs},
                 {"judged_before", report.judged_before}};
    Json& ends = json["ends"] = Json::object();
    for (const FaultEnd end : {FaultEnd::ok, FaultEnd::hole, FaultEnd::leak, FaultEnd::assert_}) {
        ends[std::string(fault_end_name(end))] = report.ends[static_cast<std::size_t>(end)];
    }
    Json& matrix = json["matrix"] = Json::object();
    for (const KernelMatrix& kernel : report.matrices) {
        matrix[kernel.kernel] = matrix_json(kernel.matrix);
    }
    Json& findings = json["findings"] = Json::array();
    for (const FaultCase& found : report.cases) findings.push_back(case_json(found));
    return json;
}

}  // namespace

void write_fault_json(std::ostream& out, const FaultReport& report) {
    out << report_json(report).dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
}

void write_fault_html(std::ostream& out, const FaultReport& report) {
    const std::array scripts = {page_dom_js(), page_theme_js(), page_faults_js()};
    write_page(out, scripts, [&] {
        write_in_script(out,
                        report_json(report).dump(-1, ' ', false, Json::error_handler_t::replace));
    });
}

TestResults fault_results(const FaultReport& report) {
    TestResults results;
    results.suite = "mmsim faults";
    for (const KernelMatrix& kernel : report.matrices) {
        results.results.push_back(result_of(report, kernel.kernel, std::nullopt));
        // A finding may be told at a point that no run failed first.
        for (std::size_t i = 0; i < kFailPoints; ++i) {
            const auto point = static_cast<FailPoint>(i);
            const auto points = kernel.matrix.points();
            const bool ran = std::ranges::find(points, point) != points.end();
            TestResult result = result_of(report, kernel.kernel, point);
            if (ran || result.outcome == TestOutcome::not_ok) {
                results.results.push_back(std::move(result));
            }
        }
    }
    results.planned = results.results.size();
    return results;
}

}  // namespace mmsim
