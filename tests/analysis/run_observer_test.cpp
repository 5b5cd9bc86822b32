// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/run_observer.h"

#include <doctest/doctest.h>

#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr const char* kFails = R"({"op": "munmap", "addr": "0x20001", "length": 4096)";

// A device whose hook adds a flag: the old hook does so after the merge attempt.
constexpr const char* kDevice = R"(
    "files": [{"id": "dev", "path": "/dev/x", "driver": "x", "mode": "rw", "type": "char"}],
    "drivers": [{"name": "x", "mmap_prepare": [{"set_flags": ["VMA_DONTDUMP_BIT"]}],
                 "mmap": [{"set_flags": ["VMA_DONTDUMP_BIT"]}]}], )";

std::string device_map(const std::string& addr, unsigned offset) {
    return R"({"op": "mmap", "addr": ")" + addr + R"(", "length": 4096, "prot": "PROT_READ",
              "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": )" +
           std::to_string(offset) + "}";
}

Report with_hook(HookChoice hook, const std::string& events) {
    ReplayOptions options;
    options.hook = hook;
    return Replayed(json_trace(events, kDevice), options).report();
}

}  // namespace

TEST_SUITE("analysis/events") {
    TEST_CASE("every event is counted once, as ok or failed, and failures by errno") {
        const Replayed replayed(
            json_trace(map_event("0x20000", 4) + "," + std::string(kFails) + "}," + kFails + "}"));
        const EventsReport events = replayed.report().events;
        CHECK_EQ(events.total, 3);
        CHECK_EQ(events.ok, 1);
        CHECK_EQ(events.failed, 2);
        CHECK_EQ(events.skipped, 0);
        REQUIRE_EQ(events.errors.size(), 1);
        CHECK_EQ(events.errors[0].first, "EINVAL");
        CHECK_EQ(events.errors[0].second, 2);
    }

    TEST_CASE("a result that is not reproduced is a divergence with both sides") {
        const Replayed replayed(json_trace(map_event("0x20000", 4, R"(, "result": "0x20000")") +
                                           ",\n" + std::string(kFails) + R"(, "result": 0})"));
        const Report report = replayed.report();
        CHECK_EQ(report.events.with_result, 2);
        CHECK_EQ(report.events.diverged, 1);
        REQUIRE_EQ(report.divergences->items.size(), 1);
        const DivergenceFinding& divergence = report.divergences->items[0];
        CHECK_EQ(divergence.place.event, 2);
        CHECK_EQ(divergence.place.line, 2);
        CHECK_EQ(std::string(divergence.call), "munmap");
        CHECK_EQ(divergence.recorded_text(), "0");
        CHECK_EQ(divergence.simulated_text(), "EINVAL");
    }

    TEST_CASE("lists keep their first entries and count the rest") {
        std::string events;
        for (int i = 0; i < 5; ++i) {
            events += (i == 0 ? "" : ",") + std::string(kFails) + R"(, "result": 0})";
        }
        const Replayed replayed(json_trace(events), {}, 2);
        const Report report = replayed.report();
        CHECK_EQ(report.divergences->items.size(), 2);
        CHECK_EQ(report.divergences->truncated, 3);
        CHECK_EQ(report.divergences->items[1].place.event, 2);
        CHECK_EQ(report.events.diverged, 5);
    }
}

TEST_SUITE("analysis/peak") {
    TEST_CASE("the peak is the most VMAs after any event, not the final count") {
        const Replayed replayed(json_trace(map_event("0x20000", 8) + "," +
                                           protect_event("0x22000", 1) + "," +
                                           unmap_event("0x20000", 8)));
        const Report report = replayed.report();
        CHECK_EQ(report.processes.items[0].state.map_count, 0);
        CHECK_EQ(report.processes.items[0].state.map_count_peak, 3);
        CHECK_EQ(report.fragmentation.peak, 3);
    }

    TEST_CASE("over all processes it is the most at one moment, not the sum of their peaks") {
        // The parent has 3 VMAs before the child is born and 1 after: 3, not 3 + 1.
        const Replayed replayed(
            json_trace(map_event("0x20000", 8) + "," + protect_event("0x22000", 1) + "," +
                       unmap_event("0x21000", 7) + R"(, {"op": "fork", "child": 2, "flags": 0})"));
        const Report report = replayed.report();
        CHECK_EQ(report.fragmentation.vmas, 2);
        CHECK_EQ(report.fragmentation.peak, 3);
    }
}

TEST_SUITE("analysis/prevented") {
    TEST_CASE("the old hook keeps two maps apart that mmap_prepare makes one") {
        const std::string events = device_map("0x20000", 0) + "," + device_map("0x21000", 4096);
        const Report legacy = with_hook(HookChoice::legacy, events);
        CHECK_EQ(legacy.fragmentation.vmas, 2);
        REQUIRE_EQ(legacy.merges.prevented.items.size(), 1);
        CHECK_EQ(legacy.merges.prevented.items[0].driver, "x");
        CHECK_EQ(legacy.merges.prevented.items[0].range, "00021000-00022000");
        CHECK(legacy.merges.prevented.items[0].left);
        CHECK_FALSE(legacy.merges.prevented.items[0].right);

        const Report prepare = with_hook(HookChoice::prepare, events);
        CHECK_EQ(prepare.fragmentation.vmas, 1);
        CHECK(prepare.merges.prevented.empty());
    }

    TEST_CASE("maps that neither hook would merge are not counted") {
        const std::string events = device_map("0x20000", 0) + "," + device_map("0x21000", 8192);
        CHECK(with_hook(HookChoice::legacy, events).merges.prevented.empty());
    }
}

TEST_SUITE("analysis/failures") {
    TEST_CASE("a hook that refuses after MAP_FIXED took its place loses the old mapping") {
        const Replayed replayed(
            json_trace(map_event("0x20000", 4) + "," + device_map("0x21000", 0),
                       R"("files": [{"id": "dev", "path": "/dev/x", "driver": "x"}],
                          "drivers": [{"name": "x", "mmap_prepare": [{"fail": "EIO"}]}], )"));
        const Report report = replayed.report();
        REQUIRE_EQ(report.failures.items.size(), 1);
        const FailureReport& failure = report.failures.items[0];
        CHECK_EQ(failure.op, "mmap");
        CHECK_EQ(failure.stage, "mmap_prepare");
        CHECK_EQ(failure.driver, "x");
        CHECK_EQ(failure.error, "EIO");
        CHECK_FALSE(failure.as_recorded);
        REQUIRE_EQ(failure.lost.size(), 1);
        CHECK_EQ(failure.lost[0], "00021000-00022000");
    }
}
