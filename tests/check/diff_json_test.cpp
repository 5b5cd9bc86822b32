// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "check/diff_report.h"
#include "check/run_diff.h"
#include "check/saved_diff.h"
#include "support/json_schema.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string json_of(const std::vector<Diff>& diffs, bool array, bool all) {
    std::ostringstream out;
    write_diff_json(out, diffs, array, all);
    return out.str();
}

// Three mappings, the second or the third refused, in two processes.
Diff matrix(std::size_t cap) {
    const std::string trace = json_trace(
        map_event("0x20000", 1) + R"(, {"op": "fork", "child": 2}, )" + map_event("0x30000", 1) +
            "," + map_event("0x40000", 1) + "," + map_event("0x40000", 1, R"(, "pid": 2)"),
        R"("title": "three maps", )");
    std::vector<DiffSetting> settings(3);
    settings[1].options.max_map_count = 0;
    settings[2].options.max_map_count = 1;
    const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(trace), "test"));
    RunDiff runs("test", *reader, settings, {.cap = cap});
    while (runs.step()) {
    }
    return runs.finish();
}

}  // namespace

TEST_SUITE("check/diff json") {
    TEST_CASE("what is written fits docs/diff.schema.json") {
        for (const bool all : {false, true}) {
            const std::string json = json_of({matrix(kListCap)}, false, all);
            CHECK_EQ(against_schema("diff.schema.json", json), "");
        }
        const auto saved =
            parse_saved_reports(Replayed(json_trace(map_event("0x20000", 1))).json(), "a.json");
        const auto other =
            parse_saved_reports(Replayed(json_trace(map_event("0x21000", 1))).json(), "b.json");
        const auto diffs = compare_saved("a.json", saved, "b.json", other);
        CHECK_EQ(against_schema("diff.schema.json", json_of(diffs, false, false)), "");
    }

    TEST_CASE("a list that is cut says by how much") {
        const auto json = nlohmann::json::parse(json_of({matrix(1)}, false, false));
        CHECK_EQ(json["new"][0]["now_fails"].size(), 1);
        CHECK_EQ(json["new"][0]["truncated"]["now_fails"], 2);
        CHECK_EQ(against_schema("diff.schema.json", json.dump()), "");
    }

    TEST_CASE("several comparisons are an array, and one may be") {
        const auto json = nlohmann::json::parse(json_of({matrix(1)}, true, false));
        REQUIRE(json.is_array());
        CHECK_EQ(json[0]["mmsim_diff"], 1);
    }

    TEST_CASE("a number that a side lacks is null, and so is a percentage of nothing") {
        const auto json = nlohmann::json::parse(json_of({matrix(kListCap)}, false, false));
        bool found = false;
        for (const auto& row : json["numbers"]) {
            if (row["number"] != "events.failed") continue;
            found = true;
            CHECK_EQ(row["old"], 0);
            CHECK_EQ(row["new"], nlohmann::json::array({3, 1}));
            CHECK_EQ(row["percent"], nlohmann::json::array({nullptr, nullptr}));
        }
        CHECK(found);
    }
}
