// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json_report.h"

#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support/golden.h"
#include "support/json_schema.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using Json = nlohmann::json;

// Something of everything: a device with failures, a fork, a divergence, splits.
std::string busy_trace() {
    return json_trace(map_event("0x20000", 8) + "," + protect_event("0x22000", 1) + ",\n" +
                          R"({"op": "mmap", "addr": "0x40000", "length": 8192, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0},
               {"op": "mmap", "addr": "0x21000", "length": 4096, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0},
               {"op": "mmap", "addr": "0x60000", "length": 8192, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED|MAP_ANONYMOUS", "offset": 0},
               {"op": "fork", "child": 2, "flags": 0},
               {"op": "munmap", "pid": 2, "addr": "0x20001", "length": 4096, "result": 0},
               {"op": "exit", "pid": 2})",
                      R"("title": "something of everything", "kernel": "7.1",
           "files": [{"id": "dev", "path": "/dev/caf\u00e9", "driver": "x", "type": "char"}],
           "drivers": [{"name": "x", "mmap_prepare": [{"fail": "EIO", "every": 2},
                                                      {"vm_ops": true}],
                        "vm_ops": {"open": [{"get": "users"}], "close": [{"put": "users"}]}}], )");
}

}  // namespace

TEST_SUITE("report/json") {
    TEST_CASE("the schema is strict: what is missing, misspelt or of another type is found") {
        CHECK_NE(against_schema("report.schema.json", "{}"), "");
        Json report = Json::parse(Replayed(busy_trace()).json());
        CHECK_EQ(against_schema("report.schema.json", report.dump()), "");
        Json extra = report;
        extra["processes"][0]["colour"] = 1;
        CHECK_EQ(against_schema("report.schema.json", extra.dump()),
                 "$.processes[0]: unexpected colour\n");
        report["processes"][0]["vmas"][0]["pgoff"] = "0";
        CHECK_EQ(against_schema("report.schema.json", report.dump()),
                 "$.processes[0].vmas[0].pgoff: not of type \"integer\"\n");
    }

    TEST_CASE("a report of nothing fits the schema") {
        CHECK_EQ(against_schema("report.schema.json", Replayed(json_trace("")).json()), "");
    }

    TEST_CASE("the report of a busy trace reads as it did") {
        check_golden("report/golden/busy.json", Replayed(busy_trace()).json());
    }

    TEST_CASE("lists that are full say how much they leave out") {
        const std::string fails = R"({"op": "munmap", "addr": "0x20001", "length": 4096,
                                      "result": 0})";
        const Replayed replayed(json_trace(fails + "," + fails + "," + fails), {}, 1);
        const Json report = Json::parse(replayed.json());
        CHECK_EQ(against_schema("report.schema.json", report.dump()), "");
        CHECK_EQ(report["divergences"].size(), 1);
        CHECK_EQ(report["truncated"]["divergences"], 2);
    }

    TEST_CASE("a path that is not UTF-8 does not spoil the document") {
        Report report;
        report.files.push_back({"file#1", "/tmp/\xff\xfe", "", 1, 0, 0});
        std::ostringstream out;
        write_json_report(out, report);
        const Json json = Json::parse(out.str());
        CHECK_EQ(json["files"][0]["path"], "/tmp/\uFFFD\uFFFD");
    }

    TEST_CASE("the VMAs can be left out, and nothing else is") {
        const Report report = Replayed(busy_trace()).report();
        std::ostringstream whole;
        write_json_report(whole, report);
        std::ostringstream numbers;
        write_json_report(numbers, report, JsonDetail::without_vmas);
        Json expected = Json::parse(whole.str());
        for (Json& process : expected["processes"]) process.erase("vmas");
        CHECK_EQ(Json::parse(numbers.str()), expected);
    }
}
