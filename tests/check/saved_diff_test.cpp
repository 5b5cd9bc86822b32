// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/saved_diff.h"

#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "check/diff_report.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

SavedReports saved(const std::string& events, const ReplayOptions& options = {}) {
    return parse_saved_reports(Replayed(json_trace(events), options).json(), "x.json");
}

Diff diff_of_saved(const SavedReports& old, const SavedReports& now) {
    return compare_saved("a.json", old, "b.json", now).at(0);
}

const std::string kSavedMaps =
    map_event("0x20000", 1) + "," + map_event("0x30000", 1) + "," + map_event("0x40000", 1);

std::uint64_t changed(const Diff& diff, CallChange change) {
    return diff.news[0].calls[static_cast<std::size_t>(change)].total();
}

}  // namespace

TEST_SUITE("check/saved diff") {
    TEST_CASE("a report compared with itself differs in nothing") {
        const Diff diff = diff_of_saved(saved(kSavedMaps), saved(kSavedMaps));
        CHECK(diff_text(diff).starts_with("SAME: "));
    }

    TEST_CASE("the layouts at the end are set side by side") {
        const Diff diff =
            diff_of_saved(saved(kSavedMaps), saved(kSavedMaps + "," + protect_event("0x30000", 1)));
        REQUIRE_EQ(diff.news[0].layouts.size(), 1);
        const LayoutPicture& picture = diff.news[0].layouts[0];
        CHECK_EQ(picture.when, LayoutPicture::When::end);
        CHECK_EQ(picture.pid, 1);
        CHECK_EQ(picture.differing, 1);
        REQUIRE_EQ(picture.rows.total(), 3);
        CHECK(picture.rows.items[0].same);
        CHECK_EQ(picture.rows.items[1].old->start, 0x30000);
        CHECK(picture.rows.items[1].old->writable);
        CHECK_FALSE(picture.rows.items[1].now->writable);
    }

    TEST_CASE("a failure that only one report lists is a changed call, in either direction") {
        ReplayOptions failing;
        failing.faults.push_back({FailPoint::charge, 3, false, Errno::ok});
        const Diff worse = diff_of_saved(saved(kSavedMaps), saved(kSavedMaps, failing));
        CHECK(worse.news[0].calls_compared);
        REQUIRE_EQ(changed(worse, CallChange::now_fails), 1);
        CHECK_EQ(worse.news[0].calls[0].items[0].place.event, 3);
        CHECK_EQ(worse.news[0].calls[0].items[0].now, "ENOMEM");
        const Diff better = diff_of_saved(saved(kSavedMaps, failing), saved(kSavedMaps));
        CHECK_EQ(changed(better, CallChange::now_succeeds), 1);
        CHECK_EQ(changed(better, CallChange::now_fails), 0);
    }

    TEST_CASE("what a cut list cannot tell is not called a change") {
        ReplayOptions failing;
        failing.faults.push_back({FailPoint::charge, 3, false, Errno::ok});
        SavedReports old = saved(kSavedMaps);
        old.reports[0].all_failures = false;
        CHECK_EQ(changed(diff_of_saved(old, saved(kSavedMaps, failing)), CallChange::now_fails), 0);
    }

    TEST_CASE("calls of different traces are not compared, and the text says so") {
        const Diff diff = diff_of_saved(saved(kSavedMaps), saved(map_event("0x20000", 1)));
        CHECK_FALSE(diff.news[0].calls_compared);
        CHECK_NE(diff_text(diff).find("not compared"), std::string::npos);
    }

    TEST_CASE("a process that only one side has is compared with nothing") {
        const Diff diff =
            diff_of_saved(saved(map_event("0x20000", 1)),
                          saved(map_event("0x20000", 1) + R"(, {"op": "fork", "child": 7})"));
        REQUIRE_EQ(diff.news[0].layouts.size(), 1);
        CHECK_EQ(diff.news[0].layouts[0].pid, 7);
        CHECK_FALSE(diff.news[0].layouts[0].rows.items.at(0).old);
    }

    TEST_CASE(
        "two recordings at other addresses and with other pids are compared by number alone") {
        const SavedReports old = saved(map_event("0x20000", 1, R"(, "pid": 7)"));
        SavedReports now = saved(map_event("0x90000", 1, R"(, "pid": 8)") + "," +
                                 map_event("0x92000", 1, R"(, "pid": 8)"));
        now.reports[0].trace = "another";
        const Diff diff = diff_of_saved(old, now);
        CHECK(diff.news[0].layouts.empty());
        CHECK_EQ(diff_csv(diff, false).find("processes."), std::string::npos);
        CHECK_NE(diff_csv(diff, true).find("processes.8.total_vm"), std::string::npos);
        CHECK_NE(diff_csv(diff, false).find("fragmentation.vmas,count,1,2,"), std::string::npos);
    }

    TEST_CASE("arrays are compared pair by pair, and those of two lengths are refused") {
        SavedReports two = saved(kSavedMaps);
        two.reports.push_back(two.reports[0]);
        two.array = true;
        const auto diffs = compare_saved("a.json", two, "b.json", two);
        REQUIRE_EQ(diffs.size(), 2);
        CHECK_EQ(diffs[1].old.name, "a.json[1]");
        try {
            compare_saved("a.json", two, "b.json", saved(kSavedMaps));
            FAIL("accepted");
        } catch (const InputError& error) {
            CHECK_EQ(std::string(error.what()),
                     "a.json holds 2 and b.json 1 reports: arrays are compared pair by pair, so "
                     "both must be of one length");
        }
    }
}
