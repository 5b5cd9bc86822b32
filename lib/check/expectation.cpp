// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/expectation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "check/layout_diff.h"
#include "check/side_by_side.h"
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

bool matches(const Json& expected, const Json& got);

// What is worth reading of an entry that nobody expected.
Json essential_entry(Json entry) {
    if (entry.is_object()) {
        for (const char* key : {"line", "message", "as_recorded"}) entry.erase(key);
    }
    return entry;
}

// Of an entry the keys that another has.
Json like(const Json& entry, const Json& other) {
    if (!entry.is_object() || !other.is_object()) return entry;
    Json part = Json::object();
    for (const auto& [key, value] : other.items()) {
        if (entry.contains(key)) part[key] = entry[key];
    }
    return part;
}

// Lists of different length, side by side.
std::string lists_text(const std::string& path, const Json& expected, const Json& got) {
    std::vector<SideRow> rows;
    const auto aligned =
        align_lists(expected.size(), got.size(),
                    [&](std::size_t e, std::size_t g) { return matches(expected[e], got[g]); });
    rows.reserve(aligned.size());
    for (const AlignedEntry& entry : aligned) {
        SideRow row;
        row.same = entry.same;
        if (entry.expected) row.expected = shorten(expected[*entry.expected]);
        if (entry.got) {
            const Json& came = got[*entry.got];
            row.got = shorten(entry.expected ? like(came, expected[*entry.expected])
                                             : essential_entry(came));
        }
        rows.push_back(std::move(row));
    }
    return fmt::format("{}: expected {} entries, got {}\n", path, expected.size(), got.size()) +
           side_by_side(rows);
}

std::uint64_t event_of(const Json& entry) {
    const auto event = entry.is_object() ? entry.find("event") : entry.end();
    return event != entry.end() && event->is_number_unsigned() ? event->get<std::uint64_t>() : 0;
}

// The first entry that came and was not expected says which event to look at.
std::uint64_t first_event(const Json& expected, const Json& got) {
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (i >= expected.size() || !matches(expected[i], got[i])) return event_of(got[i]);
    }
    return 0;
}

// Objects compare as subsets, arrays whole and in order, the rest by value. Appends a problem for
// each difference.
void compare(const std::string& path, const Json& expected, const Json& got,
             std::vector<Problem>& problems) {
    const auto add = [&](std::string text) { problems.push_back({std::move(text), 0, false}); };
    if (expected.is_object() && got.is_object()) {
        for (const auto& [key, value] : expected.items()) {
            const std::string inner = path.empty() ? key : fmt::format("{}.{}", path, key);
            const auto found = got.find(key);
            if (found == got.end()) {
                add(fmt::format("{}: expected {}, got nothing", inner, shorten(value)));
            } else {
                compare(inner, value, *found, problems);
            }
        }
        return;
    }
    if (expected.is_array() && got.is_array()) {
        const std::size_t before = problems.size();
        if (expected.size() != got.size()) {
            add(lists_text(path, expected, got));
        } else {
            for (std::size_t i = 0; i < expected.size(); ++i) {
                compare(fmt::format("{}[{}]", path, i), expected[i], got[i], problems);
            }
        }
        if (problems.size() != before) problems[before].event = first_event(expected, got);
        return;
    }
    if (expected != got) {
        add(fmt::format("{}: expected {}, got {}", path, shorten(expected), shorten(got)));
    }
}

bool matches(const Json& expected, const Json& got) {
    std::vector<Problem> problems;
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
                std::vector<Problem>& problems) {
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

// Entries without what is apt to change when a trace is edited.
Json essential(Json list) {
    for (Json& entry : list) entry = essential_entry(std::move(entry));
    return list;
}

// "fragmentation.vmas" as the path of a JSON pointer.
Json::json_pointer pointer_of(const Threshold& threshold) {
    std::string path = "/" + number_path(threshold);
    std::ranges::replace(path, '.', '/');
    return Json::json_pointer(path);
}

constexpr std::string_view kVmas = "fragmentation.vmas";

// What the expectation says a number was. `vmas` are also the lines of its maps.
std::optional<double> expected_number(const Json& expected, const Threshold& threshold,
                                      const std::string& name) {
    const Json report = expected.value("report", Json::object());
    const auto pointer = pointer_of(threshold);
    if (report.contains(pointer)) {
        const Json& value = report[pointer];
        if (value.is_number()) return value.get<double>();
        if (value.is_array()) return static_cast<double>(value.size());
    }
    if (number_path(threshold) != kVmas || !expected.contains("maps")) return std::nullopt;
    std::istringstream lines(maps_text(expected["maps"], name));
    double vmas = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('#') && line.find("[vsyscall]") == std::string::npos) ++vmas;
    }
    return vmas;
}

void judge_threshold(const Threshold& threshold, const Json& expected, const std::string& name,
                     const Numbers& numbers, std::vector<Problem>& problems) {
    Numbers baseline;
    if (threshold.relative) {
        const auto number = expected_number(expected, threshold, name);
        if (!number) {
            problems.push_back({fmt::format("{}: nothing to compare with: {} has no report.{}; "
                                            "--update writes it",
                                            threshold.text, name, number_path(threshold)),
                                0, false});
            return;
        }
        baseline.add(number_path(threshold), *number);
    }
    for (std::string& crossed : crossed_thresholds(numbers, &baseline, {threshold})) {
        problems.push_back({std::move(crossed), 0, false});
    }
}

// The report of an expectation without the numbers that thresholds judge.
Json without_numbers(Json report, const std::vector<Threshold>& thresholds) {
    for (const Threshold& threshold : thresholds) {
        auto pointer = pointer_of(threshold);
        if (!threshold.relative || !report.contains(pointer)) continue;
        for (; !pointer.empty(); pointer.pop_back()) {
            Json& parent = report[pointer.parent_pointer()];
            parent.erase(pointer.back());
            if (!parent.empty()) break;  // else nothing else was asked of it
        }
    }
    return report;
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

std::vector<Problem> judge(const Expectation& expectation, const RunOutcome& outcome,
                           const Demands& demands) {
    const Json expected = parse(expectation);
    const Json report = report_json(outcome.report);
    std::vector<Problem> problems;
    if (expected.contains("maps")) {
        const std::string maps = maps_text(expected["maps"], expectation.name);
        if (auto difference = compare_layouts({expectation.name, maps}, {"", outcome.layout})) {
            problems.push_back({std::move(*difference), 0, true});
        }
    }
    if (expected.contains("report")) {
        compare("report", without_numbers(expected["report"], demands.thresholds), report,
                problems);
    }
    for (const char* key : {"failures", "leaks", "diagnostics"}) {
        judge_list(expected, report, key, problems);
    }
    if (demands.no_divergences && !speaks_of_divergences(expected) &&
        outcome.report.events.diverged != 0) {
        const auto& first = outcome.report.divergences->items.front();
        problems.push_back(
            {fmt::format(
                 "{} unexpected divergences, the first at line {}: {} recorded {}, simulated {}",
                 outcome.report.events.diverged, first.place.line, first.call,
                 first.recorded_text(), first.simulated_text()),
             first.place.event, false});
    }
    if (demands.thresholds.empty()) return problems;
    const Numbers numbers(outcome.report);
    for (const Threshold& threshold : demands.thresholds) {
        judge_threshold(threshold, expected, expectation.name, numbers, problems);
    }
    return problems;
}

std::string make_expectation(const RunOutcome& outcome, std::string_view old,
                             const std::vector<Threshold>& thresholds) {
    const Json report = report_json(outcome.report);
    Json made = Json::object();
    Json before = Json::parse(old.empty() ? "{}" : old, nullptr, false);
    if (!before.is_object()) before = Json::object();
    if (old.empty() || before.contains("maps")) {
        Json& maps = made["maps"] = Json::array();
        std::istringstream lines(outcome.layout);
        for (std::string line; std::getline(lines, line);) maps.push_back(line);
    }
    if (before.contains("report")) made["report"] = refreshed(before["report"], report);
    const Numbers numbers(outcome.report);
    for (const Threshold& threshold : thresholds) {
        if (!threshold.relative || expected_number(made, threshold, "")) continue;
        if (const auto number = numbers.find(number_path(threshold))) {
            const auto pointer = pointer_of(threshold);
            const bool there = report.contains(pointer) && report[pointer].is_number();
            made["report"][pointer] = there ? report[pointer] : Json(std::llround(*number));
        }
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
