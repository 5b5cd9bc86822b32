// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check_report.h"

#include <algorithm>
#include <numeric>

#include <spdlog/fmt/fmt.h>

namespace mmsim {

namespace {

std::vector<std::string> lines_in(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string of_shard(const CheckReport& report) {
    if (report.shard.whole()) return {};
    return fmt::format(" of shard {}", shard_text(report.shard));
}

// The first line says what is wrong, the rest shows it.
TestResult test_result(const CheckResult& result) {
    TestResult test{result.path, TestOutcome::ok, {}, {}, result.path, 0};
    if (!result.failed()) return test;
    test.outcome = TestOutcome::not_ok;
    for (const std::string& problem : result.problems) {
        for (std::string& line : lines_in(problem)) test.details.push_back(std::move(line));
    }
    test.message = fmt::format("{}: {}", check_status_name(result.status),
                               test.details.empty() ? "" : test.details.front());
    if (!test.details.empty()) test.details.erase(test.details.begin());
    if (!result.closer.empty()) test.details.push_back("look closer: " + result.closer);
    return test;
}

}  // namespace

std::uint64_t CheckReport::count(CheckStatus status) const {
    return static_cast<std::uint64_t>(std::ranges::count(results, status, &CheckResult::status));
}

std::uint64_t CheckReport::events() const {
    return std::accumulate(
        results.begin(), results.end(), std::uint64_t{0},
        [](std::uint64_t sum, const CheckResult& result) { return sum + result.events; });
}

bool CheckReport::failed() const { return std::ranges::any_of(results, &CheckResult::failed); }

std::string result_text(const CheckResult& result) {
    constexpr std::string_view kIndent = "        ";
    std::string text = fmt::format("{:<8}{}", check_status_name(result.status), result.path);
    if (result.status == CheckStatus::pass) text += fmt::format(" ({} events)", result.events);
    text += '\n';
    for (const std::string& problem : result.problems) {
        for (const std::string& line : lines_in(problem)) {
            text.append(kIndent).append(line).append("\n");
        }
    }
    if (!result.closer.empty()) {
        text.append(kIndent)
            .append(result.status == CheckStatus::missing ? "write one: " : "look closer: ")
            .append(result.closer)
            .append("\n");
    }
    return text;
}

std::string summary_text(const CheckReport& report) {
    const auto failed =
        static_cast<std::uint64_t>(std::ranges::count_if(report.results, &CheckResult::failed));
    std::string text = fmt::format("{} of {} traces{} pass", report.count(CheckStatus::pass),
                                   report.planned, of_shard(report));
    if (const auto updated = report.count(CheckStatus::updated); updated != 0) {
        text += fmt::format(", {} expectations written", updated);
    }
    if (failed != 0) text += fmt::format(", {} fail", failed);
    if (report.interrupted) {
        text += fmt::format(", {} not checked", report.planned - report.results.size());
    }
    return text + "\n";
}

std::string interruption_text(const CheckReport& report) {
    return fmt::format("interrupted after {} of {} traces", report.results.size(), report.planned);
}

TestResults test_results(const CheckReport& report) {
    TestResults tests{"mmsim check", {}, {}, report.planned};
    if (report.interrupted) tests.stopped = interruption_text(report);
    tests.results.reserve(report.results.size());
    for (const CheckResult& result : report.results) tests.results.push_back(test_result(result));
    return tests;
}

}  // namespace mmsim
