// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/timeline.h"

#include <doctest/doctest.h>

#include "analysis/limit_marks.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// Event n has n % 10 VMAs and twice that in pages; every 100th fails.
Timeline timeline_of(std::uint64_t events) {
    Timeline timeline;
    for (std::uint64_t n = 1; n <= events; ++n) {
        timeline.add(
            n,
            {.vmas = n % 10, .largest = n % 10, .committed = 2 * (n % 10), .failed = n % 100 == 0});
    }
    return timeline;
}

}  // namespace

TEST_SUITE("analysis/timeline") {
    TEST_CASE("a short run has a bucket for each event") {
        const Timeline timeline = timeline_of(Timeline::kBuckets);
        CHECK_EQ(timeline.width(), 1);
        REQUIRE_EQ(timeline.buckets().size(), Timeline::kBuckets);
        CHECK_EQ(timeline.buckets()[6].event, 7);
        CHECK_EQ(timeline.buckets()[6].vmas, Timeline::Span{7, 7, 7});
        CHECK_EQ(timeline.buckets()[99].failed, 1);
        CHECK_EQ(timeline.buckets()[99].first_failed, 100);
        CHECK_EQ(timeline.buckets()[98].failed, 0);
    }

    TEST_CASE("one event more joins the buckets two by two") {
        const Timeline timeline = timeline_of(Timeline::kBuckets + 1);
        CHECK_EQ(timeline.width(), 2);
        CHECK_EQ(timeline.buckets().size(), Timeline::kBuckets / 2 + 1);
        CHECK_EQ(timeline.buckets()[4].event, 9);
        CHECK_EQ(timeline.buckets()[4].vmas, Timeline::Span{0, 9, 0});
        CHECK_EQ(timeline.buckets().back().event, Timeline::kBuckets + 1);
    }

    TEST_CASE("however long the run, the buckets are at most 512 and cover it without a gap") {
        for (const std::uint64_t events : {1000ULL, 5'119ULL, 5'120ULL, 100'000ULL}) {
            CAPTURE(events);
            const Timeline timeline = timeline_of(events);
            CHECK_LE(timeline.buckets().size(), Timeline::kBuckets);
            std::uint64_t next = 1;
            std::uint64_t failed = 0;
            for (const Timeline::Bucket& bucket : timeline.buckets()) {
                REQUIRE_EQ(bucket.event, next);
                next += timeline.width();
                failed += bucket.failed;
            }
            CHECK_GT(next, events);
            CHECK_LE(next - timeline.width(), events);
            CHECK_EQ(failed, events / 100);
            const Timeline::Bucket& last = timeline.buckets().back();
            CHECK_EQ(last.vmas.last, events % 10);
            CHECK_EQ(last.committed.last, 2 * (events % 10));
        }
    }

    TEST_CASE("wide buckets keep the extremes, the last value and the first failure") {
        const Timeline timeline = timeline_of(512 * 256);
        REQUIRE_EQ(timeline.width(), 256);
        const Timeline::Bucket& bucket = timeline.buckets()[1];  // events 257 to 512
        CHECK_EQ(bucket.vmas, Timeline::Span{0, 9, 2});
        CHECK_EQ(bucket.largest, 9);
        CHECK_EQ(bucket.committed, Timeline::Span{0, 18, 4});
        CHECK_EQ(bucket.failed, 3);
        CHECK_EQ(bucket.first_failed, 300);
    }

    TEST_CASE("a run's timeline counts all address spaces, and the largest apart") {
        const Report report =
            Replayed(json_trace(map_event("0x20000", 1) + "," + map_event("0x30000", 1) +
                                R"(,{"op": "fork", "child": 2, "flags": 0},)" +
                                unmap_event("0x20000", 1) + R"(,{"op": "exit", "pid": 2})"))
                .report();
        std::vector<std::uint64_t> vmas;
        std::vector<std::uint64_t> largest;
        for (const auto& bucket : report.timeline.buckets()) {
            vmas.push_back(bucket.vmas.last);
            largest.push_back(bucket.largest);
        }
        CHECK_EQ(vmas, std::vector<std::uint64_t>{1, 2, 4, 3, 1});
        CHECK_EQ(largest, std::vector<std::uint64_t>{1, 2, 2, 2, 1});
    }
}

TEST_SUITE("analysis/limits") {
    TEST_CASE("round limits are marked where a call first needed more") {
        LimitMarks marks;
        marks.add(10, {1, 1, 1});
        CHECK(marks.all().empty());
        marks.add(51, {2, 2, 1});
        marks.add(40, {3, 3, 1});
        marks.add(101, {4, 4, 1});
        std::vector<std::uint64_t> limits;
        for (const LimitMark& mark : marks.all()) limits.push_back(mark.limit);
        CHECK_EQ(limits, std::vector<std::uint64_t>{10, 20, 50, 100});
        CHECK_EQ(marks.all()[2].place.event, 2);
        CHECK_EQ(marks.all()[3].place.event, 4);
    }

    TEST_CASE("under each lower limit the call named is the first that fails for it") {
        std::string events;
        for (unsigned i = 0; i < 40; ++i) {
            events += (i == 0 ? "" : ",") + map_event(std::to_string(0x100000 + i * 0x4000), 3);
        }
        for (unsigned i = 0; i < 40; ++i) {
            events += "," + protect_event(std::to_string(0x101000 + i * 0x4000), 1);
        }
        const Report whole = Replayed(json_trace(events)).report();
        REQUIRE_EQ(whole.lower_limits.size(), 4);  // 10, 20, 50, 100
        for (const LimitMark& mark : whole.lower_limits) {
            CAPTURE(mark.limit);
            ReplayOptions options;
            options.max_map_count = mark.limit;
            const Report limited = Replayed(json_trace(events), options).report();
            CHECK_EQ(limited.timeline.buckets()[mark.place.event - 1].first_failed,
                     mark.place.event);
            for (std::uint64_t event = 1; event < mark.place.event; ++event) {
                CHECK_EQ(limited.timeline.buckets()[event - 1].failed, 0);
            }
        }
        ReplayOptions enough;
        enough.max_map_count = whole.fragmentation.map_limit_needed;
        CHECK_EQ(Replayed(json_trace(events), enough).report().events.failed, 0);
        --*enough.max_map_count;
        CHECK_GT(Replayed(json_trace(events), enough).report().events.failed, 0);
    }
}
