// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/saved_report.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string saved_json() {
    return Replayed(json_trace(map_event("0x20000", 2) + "," + protect_event("0x21000", 1))).json();
}

std::string with(const std::string& from, const std::string& to) {
    std::string json = saved_json();
    const auto at = json.find(from);
    REQUIRE_NE(at, std::string::npos);
    return json.replace(at, from.size(), to);
}

std::string refusal_of_report(const std::string& json) {
    try {
        parse_saved_reports(json, "a.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_SUITE("report/saved report") {
    TEST_CASE("what a report says is read back") {
        const auto saved = parse_saved_reports(saved_json(), "a.json");
        CHECK_FALSE(saved.array);
        REQUIRE_EQ(saved.reports.size(), 1);
        const SavedReport& report = saved.reports[0];
        CHECK_EQ(report.trace, "test");
        CHECK_EQ(report.kernel, "7.3");
        CHECK_EQ(report.events, 2);
        CHECK(report.all_failures);
        CHECK_EQ(report.numbers.find("fragmentation.vmas"), 2);
        REQUIRE_EQ(report.processes.size(), 1);
        REQUIRE_EQ(report.processes[0].vmas.size(), 2);
        const MapsEntry& second = report.processes[0].vmas[1];
        CHECK_EQ(second.start, 0x21000);
        CHECK_EQ(second.end, 0x22000);
        CHECK(second.readable);
        CHECK_FALSE(second.writable);
        CHECK_FALSE(second.shared);
    }

    TEST_CASE("an array of reports is read in order, and keys of later versions are passed over") {
        const auto saved = parse_saved_reports(
            "[" + saved_json() + "," +
                with("\"trace\": \"test\"", "\"later\": {}, \"trace\": \"b\"") + "]",
            "a.json");
        CHECK(saved.array);
        REQUIRE_EQ(saved.reports.size(), 2);
        CHECK_EQ(saved.reports[1].trace, "b");
    }

    TEST_CASE("what is wrong is named with the file and the key") {
        struct Row {
            std::string json, message;
        };
        for (const Row& row : std::vector<Row>{
                 {"{\n  \"mmsim_report\": 1,\n ]", "a.json:3:2: this is no JSON"},
                 {"", "a.json:1:1: this is no JSON"},
                 {"3", "a.json: expected an object"},
                 {"[]", "a.json: there is no report in the array"},
                 {"[3]", "a.json: [0]: expected an object"},
                 {R"({"mmsim_trace": 1, "events": []})",
                  "a.json: no report of mmsim: the key 'mmsim_report' is missing"},
                 {with("\"mmsim_report\": 1", "\"mmsim_report\": 2"),
                  "a.json: mmsim_report: this version of the format is not known"},
                 {with("\"kernel\": \"7.3\"", "\"kernel\": 7.3"),
                  "a.json: kernel: expected a string"},
                 {with("\"total\":2", "\"total\":-2"),
                  "a.json: events.total: expected a number from 0"},
                 {with("\"headroom\"", "\"head\""), "accepted"},
                 {with("\"leaks\"", "\"leak\""), "a.json: the key 'leaks' is missing"},
                 {with("\"start\":\"0x20000\"", "\"start\":131072"),
                  "a.json: processes[0].vmas[0].start: expected an address like "
                  "\"0x7f0000000000\""},
                 {with("\"start\":\"0x20000\"", "\"start\":\"0x20001\""),
                  "a.json: processes[0].vmas[0].start: expected an address like "
                  "\"0x7f0000000000\""},
                 {with("\"end\":\"0x21000\"", "\"end\":\"0x20000\""),
                  "a.json: processes[0].vmas[0].end: lies not above start"},
                 {with("\"end\":\"0x21000\"", "\"end\":\"0x22000\""),
                  "a.json: processes[0].vmas[1].start: lies in the mapping before it"}}) {
            CAPTURE(row.json);
            CHECK_EQ(refusal_of_report(row.json), row.message);
        }
    }

    TEST_CASE("numbers that are nested without end are no way to crash") {
        std::string nest;
        for (int i = 0; i < 100'000; ++i) nest += "{\"a\":";
        nest += "1" + std::string(100'000, '}');
        CHECK_EQ(refusal_of_report(with("\"trace\"", "\"deep\": " + nest + ", \"trace\"")),
                 "accepted");
    }
}
