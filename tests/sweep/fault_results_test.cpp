// SPDX-License-Identifier: GPL-2.0-or-later
// What a sweep of failures is written as.
#include "sweep/fault_results.h"

#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support/fault_causes.h"
#include "support/json_schema.h"
#include "sweep/fault_text.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using Json = nlohmann::json;
using enum KernelVersion;

std::string fault_json(const FaultReport& report) {
    std::ostringstream out;
    write_fault_json(out, report);
    return out.str();
}

FaultReport two_kernels(const std::string& driver) {
    DriverFaultOptions options;
    options.driver = driver;
    options.kernels = {v7_0, v7_3};
    options.replay.fixed_accounting = true;
    options.modes = {.persistent = true};
    return sweep_driver(options);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("sweep/fault results") {
    TEST_CASE("the JSON form fits docs/faults.schema.json, of drivers and of traces") {
        for (const char* driver : {"stm", "afs_ref", "mtdchar", "fb_wrap"}) {
            CAPTURE(driver);
            CHECK_EQ(against_schema("faults.schema.json", fault_json(two_kernels(driver))), "");
        }
        for (const char* trace : {"traces/bugs/afs-open-mmap-leak.json", "traces/faults/calls.json",
                                  "traces/faults/saved-commit.json"}) {
            CAPTURE(trace);
            CHECK_EQ(against_schema("faults.schema.json", fault_json(trace_sweep(trace, v6_18))),
                     "");
        }
    }

    TEST_CASE("the schema finds a cell that is no end, a finding without command, a key too many") {
        const Json good = Json::parse(fault_json(two_kernels("stm")));
        Json json = good;
        json["matrix"]["7.3"]["mdwe"].begin().value() = "fine";
        CHECK_NE(against_schema("faults.schema.json", json.dump()), "");
        json = good;
        json["findings"][0].erase("command");
        CHECK_NE(against_schema("faults.schema.json", json.dump()), "");
        json = good;
        json["more"] = 1;
        CHECK_NE(against_schema("faults.schema.json", json.dump()), "");
    }

    TEST_CASE("the JSON form has each cell of the matrix, and each finding as it was found") {
        const FaultReport report = two_kernels("stm");
        const Json json = Json::parse(fault_json(report));
        std::size_t cells = 0;
        for (const KernelMatrix& kernel : report.matrices) {
            const FaultMatrix& matrix = kernel.matrix;
            for (const FailPoint point : matrix.points()) {
                for (std::size_t i = 0; i < matrix.names().size(); ++i) {
                    if (matrix.at(i, point).runs == 0) continue;
                    CHECK_EQ(json["matrix"][kernel.kernel][std::string(fail_point_name(point))]
                                 [matrix.names()[i]],
                             fault_end_name(matrix.at(i, point).worst));
                    ++cells;
                }
            }
        }
        std::size_t written = 0;
        for (const Json& kernel : json["matrix"]) {
            for (const Json& row : kernel) written += row.size();
        }
        CHECK_EQ(written, cells);
        REQUIRE_EQ(json["findings"].size(), 2);
        CHECK_EQ(json["findings"][1]["what"], "pm_runtime");
        CHECK_EQ(json["findings"][1]["kernels"], Json{"7.3"});
        CHECK_EQ(json["findings"][1]["known"], Json({{"rule", "7"}, {"fixed_in", nullptr}}));
        CHECK_EQ(json["findings"][1]["failed"], Json{"action_complete@1"});
    }

    TEST_CASE("the page needs nothing else, and holds what the JSON form has") {
        const FaultReport report = two_kernels("stm");
        std::ostringstream out;
        write_fault_html(out, report);
        const std::string page = out.str();
        CHECK(page.starts_with("<!doctype html>"));
        CHECK(page.ends_with("</html>\n"));
        CHECK_FALSE(contains(page, "src="));
        CHECK_FALSE(contains(page, "href="));
        CHECK_FALSE(contains(page, "/*{"));
        const std::string mark = "<script id=\"data\" type=\"application/json\">";
        const auto begin = page.find(mark) + mark.size();
        const std::string data = page.substr(begin, page.find("</script>", begin) - begin);
        CHECK_EQ(Json::parse(data), Json::parse(fault_json(report)));
    }

    TEST_CASE("what is known upstream is named as such in text, JSON, and results of tests") {
        const FaultReport report = driver_sweep("vme_user", v7_3);
        const std::string known = "upstream, not fixed yet (rule 7)";
        CHECK(contains(fault_text(report), "known       " + known));
        CHECK(contains(fault_text(report), "2 findings, 2 of them known upstream"));
        CHECK(contains(fault_json(report), "\"rule\": \"7\""));
        const TestResults results = fault_results(report);
        CHECK_EQ(results.count(TestOutcome::not_ok), 2);
        for (const TestResult& result : results.results) {
            if (result.outcome != TestOutcome::not_ok) continue;
            CHECK(result.message.ends_with("; known " + known));
        }
        CHECK_FALSE(contains(fault_text(driver_sweep("afs_ref", v7_3)), "known"));
    }

    TEST_CASE("as results of tests there is one for each kernel and point, and one for as it is") {
        const FaultReport report = two_kernels("stm");
        const TestResults results = fault_results(report);
        std::size_t wanted = 0;
        for (const KernelMatrix& kernel : report.matrices) {
            wanted += 1 + kernel.matrix.points().size();
        }
        CHECK_EQ(results.results.size(), wanted);
        CHECK_EQ(results.results.front().name, "stm 7.0 as it is");
        CHECK_EQ(results.count(TestOutcome::not_ok), 1);
    }
}
