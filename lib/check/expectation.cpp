// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/expectation.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "check/layout_diff.h"
#include "report/json_report.h"

namespace mmsim {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> kKeys = {"maps", "report", "failures", "leaks",
                                                   "diagnostics"};

Json report_json(const Report& report) {
    std::ostringstream text;
    write_json_report(text, report);
    return Json::parse(text.str());
}

Json parse_object(const Expectation& expectation) {
    Json json = Json::parse(expectation.json, nullptr, false);
    if (json.is_discarded()) throw InputError(expectation.name + ": not well-formed JSON");
    if (!json.is_object()) throw InputError(expectation.name + ": expected an object");
    return json;
}

Json parse(const Expectation& expectation) {
    Json json = parse_object(expectation);
    for (const auto& [key, value] : json.items()) {
        if (std::ranges::count(kKeys, key) == 0) {
            throw InputError(
                fmt::format("{}: unknown key '{}'; there are maps, report, failures, "
                            "leaks and diagnostics",
                            expectation.name, key));
        }
        const bool fits = key == "report" ? value.is_object()
                          : key == "maps" ? value.is_array() || value.is_string()
                                          : value.is_array();
        if (!fits)
            throw InputError(fmt::format("{}: '{}' has the wrong type", expectation.name, key));
    }
    return json;
}

// "…" stands for what would make the line too long.
std::string shorten(const Json& json) {
    constexpr std::size_t kLongest = 160;
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    return text;
}

// Objects compare as subsets, arrays whole and in order, the rest by value. Appends a line for each
// difference.
void compare(const std::string& path, const Json& expected, const Json& got,
             std::vector<std::string>& problems) {
    if (expected.is_object() && got.is_object()) {
        for (const auto& [key, value] : expected.items()) {
            const std::string inner = path.empty() ? key : fmt::format("{}.{}", path, key);
            const auto found = got.find(key);
            if (found == got.end()) {
                problems.push_back(
                    fmt::format("{}: expected {}, got nothing", inner, shorten(value)));
            } else {
                compare(inner, value, *found, problems);
            }
        }
        return;
    }
    if (expected.is_array() && got.is_array()) {
        if (expected.size() != got.size()) {
            problems.push_back(fmt::format("{}: expected {} entries, got {}: {}", path,
                                           expected.size(), got.size(), shorten(got)));
            return;
        }
        for (std::size_t i = 0; i < expected.size(); ++i) {
            compare(fmt::format("{}[{}]", path, i), expected[i], got[i], problems);
        }
        return;
    }
    if (expected != got) {
        problems.push_back(
            fmt::format("{}: expected {}, got {}", path, shorten(expected), shorten(got)));
    }
}

bool matches(const Json& expected, const Json& got) {
    std::vector<std::string> problems;
    compare("", expected, got, problems);
    return problems.empty();
}

// Failed calls whose recorded result is that very failure need not be listed, but may be.
Json unrecorded(const Json& failures) {
    Json rest = Json::array();
    for (const Json& failure : failures) {
        if (!failure.value("as_recorded", false)) rest.push_back(failure);
    }
    return rest;
}

void judge_list(const Json& expectation, const Json& report, const std::string& key,
                std::vector<std::string>& problems) {
    const Json& got = report[key];
    const Json expected = expectation.value(key, Json::array());
    const Json rest = key == "failures" ? unrecorded(got) : got;
    if (matches(expected, rest) || (expectation.contains(key) && matches(expected, got))) return;
    compare(key, expected, rest, problems);
}

std::string maps_text(const Json& maps, const std::string& name) {
    if (maps.is_string()) return maps.get<std::string>();
    std::string text;
    for (const Json& line : maps) {
        if (!line.is_string())
            throw InputError(name + ": 'maps' holds something that is no string");
        text += line.get<std::string>() + "\n";
    }
    return text;
}

bool speaks_of_divergences(const Json& expectation) {
    const auto report = expectation.find("report");
    if (report == expectation.end()) return false;
    return report->contains("divergences") ||
           (report->contains("events") && (*report)["events"].contains("diverged"));
}

// `shape` with the values of `now` wherever it has that place.
Json refreshed(const Json& shape, const Json& now) {
    if (!shape.is_object() || !now.is_object()) return now;
    Json result = Json::object();
    for (const auto& [key, value] : shape.items()) {
        if (now.contains(key)) result[key] = refreshed(value, now[key]);
    }
    return result;
}

// An entry without what is apt to change when a trace is edited.
Json essential(Json list) {
    for (Json& entry : list) {
        for (const char* key : {"line", "message", "as_recorded"}) entry.erase(key);
    }
    return list;
}

}  // namespace

std::vector<KernelExpectation> by_kernel(const Expectation& expectation) {
    const Json json = parse_object(expectation);
    const auto kernels = json.find("kernels");
    if (kernels == json.end()) return {{std::nullopt, expectation}};
    if (json.size() != 1) {
        throw InputError(expectation.name + ": beside 'kernels' there can be no other key");
    }
    if (!kernels->is_object() || kernels->empty()) {
        throw InputError(expectation.name +
                         ": 'kernels' must be an object with a key for each kernel");
    }
    std::vector<KernelExpectation> expectations;
    for (const auto& [name, value] : kernels->items()) {
        const auto kernel = kernel_version_from_name(name);
        if (!kernel) {
            throw InputError(
                fmt::format("{}: there is no kernel '{}' to expect of", expectation.name, name));
        }
        expectations.push_back(
            {kernel, {value.dump(), fmt::format("{} of {}", expectation.name, name)}});
    }
    return expectations;
}

std::optional<Expectation> expectation_under(const Expectation& expectation, KernelVersion kernel) {
    for (KernelExpectation& part : by_kernel(expectation)) {
        if (part.kernel.value_or(kernel) == kernel) return std::move(part.expectation);
    }
    return std::nullopt;
}

RunOutcome outcome_of(const Run& run) {
    RunOutcome outcome{run.report(), {}};
    run.print_layouts(LayoutForm::maps, [&](std::string_view line) { outcome.layout += line; });
    return outcome;
}

std::vector<std::string> judge(const Expectation& expectation, const RunOutcome& outcome,
                               bool judge_divergences) {
    const Json expected = parse(expectation);
    const Json report = report_json(outcome.report);
    std::vector<std::string> problems;
    if (expected.contains("maps")) {
        const std::string maps = maps_text(expected["maps"], expectation.name);
        if (auto difference = compare_layouts({expectation.name, maps}, {"", outcome.layout})) {
            problems.push_back(std::move(*difference));
        }
    }
    if (expected.contains("report")) compare("report", expected["report"], report, problems);
    for (const char* key : {"failures", "leaks", "diagnostics"}) {
        judge_list(expected, report, key, problems);
    }
    if (judge_divergences && !speaks_of_divergences(expected) &&
        outcome.report.events.diverged != 0) {
        const auto& first = outcome.report.divergences.items.front();
        problems.push_back(fmt::format(
            "{} unexpected divergences, the first at line {}: {} recorded {}, simulated {}",
            outcome.report.events.diverged, first.place.line, first.op, first.recorded,
            first.simulated));
    }
    return problems;
}

std::string make_expectation(const RunOutcome& outcome, std::string_view old) {
    const Json report = report_json(outcome.report);
    Json made = Json::object();
    Json& maps = made["maps"] = Json::array();
    std::istringstream lines(outcome.layout);
    for (std::string line; std::getline(lines, line);) maps.push_back(line);
    const Json before = Json::parse(old.empty() ? "{}" : old, nullptr, false);
    if (before.is_object() && before.contains("report")) {
        made["report"] = refreshed(before["report"], report);
    }
    if (outcome.report.events.diverged != 0 && !speaks_of_divergences(made)) {
        made["report"]["events"]["diverged"] = outcome.report.events.diverged;
    }
    const Json failures = essential(unrecorded(report["failures"]));
    if (!failures.empty()) made["failures"] = failures;
    for (const char* key : {"leaks", "diagnostics"}) {
        if (!report[key].empty()) made[key] = essential(report[key]);
    }
    return made.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string join_by_kernel(const std::vector<KernelExpectation>& expectations) {
    Json joined = Json::object();
    for (const auto& [kernel, expectation] : expectations) {
        joined["kernels"][std::string(profile_of(*kernel).name)] = Json::parse(expectation.json);
    }
    return joined.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mmsim
