// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/run_diff.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "check/diff_report.h"
#include "check/diff_rows.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

DiffSetting hook(HookChoice choice) {
    DiffSetting setting;
    setting.name = choice == HookChoice::legacy ? "--hook legacy" : "--hook prepare";
    setting.options.hook = choice;
    return setting;
}

DiffSetting limited_to(std::uint64_t vmas) {
    DiffSetting setting;
    setting.name = "--max-map-count " + std::to_string(vmas);
    setting.options.max_map_count = vmas;
    return setting;
}

Diff diff_of(const std::string& trace, const std::vector<DiffSetting>& settings) {
    const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(trace), "test"));
    RunDiff runs("test", *reader, settings);
    while (runs.step()) {
    }
    return runs.finish();
}

// "old -> new" of a number.
std::string change(const Diff& diff, const std::string& path) {
    const auto text = [&](const DiffSide& side) {
        const auto number = side.numbers.find(path);
        return number ? std::to_string(static_cast<long long>(*number)) : "none";
    };
    return text(diff.old) + " -> " + text(diff.news[0].side);
}

// Who maps what: 'A'.. for each VMA in turn, one letter a page, '.' for holes in [base, end).
std::string picture_of(const LayoutPicture& picture, bool old, std::uint64_t base, unsigned pages) {
    std::string drawn(pages, '.');
    char letter = 'A';
    for (const LayoutRow& row : picture.rows.items) {
        const auto& entry = old ? row.old : row.now;
        if (!entry) continue;
        for (std::uint64_t at = entry->start; at < entry->end; at += 4096) {
            drawn.at((at - base) / 4096) = letter;
        }
        ++letter;
    }
    return drawn;
}

const std::string kTwoCalls = json_trace(map_event("0x20000", 1) + ",\n" + map_event("0x30000", 1) +
                                         ",\n" + map_event("0x40000", 1));

}  // namespace

TEST_SUITE("check/run diff") {
    TEST_CASE("the same settings twice differ in nothing") {
        const Diff diff = diff_of(kTwoCalls, {limited_to(100), limited_to(100)});
        CHECK_EQ(diff.changed_calls(), 0);
        CHECK(diff.same_layouts());
        CHECK(number_rows(diff, false).empty());
        CHECK_FALSE(number_rows(diff, true).empty());
        CHECK(diff_text(diff).starts_with("SAME: "));
    }

    TEST_CASE("a call that now fails is found, with both results, and so is the reverse") {
        // Three mappings; a limit of 1 lets the second one in and refuses the third: Rule 2.
        const Diff worse = diff_of(kTwoCalls, {limited_to(100), limited_to(1)});
        const auto& fails = worse.news[0].calls[static_cast<int>(CallChange::now_fails)];
        REQUIRE_EQ(fails.total(), 1);
        CHECK_EQ(fails.items[0].place.event, 3);
        CHECK_EQ(fails.items[0].call, "mmap(0x40000, 4096)");
        CHECK_EQ(fails.items[0].old, "0x40000");
        CHECK_EQ(fails.items[0].now, "ENOMEM");
        CHECK_FALSE(fails.items[0].overruled);
        CHECK(diff_text(worse).starts_with("LOOK: 1 call now fails"));
        CHECK_EQ(change(worse, "now_fails"), "0 -> 1");

        const Diff better = diff_of(kTwoCalls, {limited_to(1), limited_to(100)});
        CHECK_EQ(better.news[0].calls[static_cast<int>(CallChange::now_fails)].total(), 0);
        const auto& works = better.news[0].calls[static_cast<int>(CallChange::now_succeeds)];
        REQUIRE_EQ(works.total(), 1);
        CHECK_EQ(works.items[0].old, "ENOMEM");
        CHECK_EQ(works.items[0].now, "0x40000");
    }

    TEST_CASE("a refusal that a recorded success overrules is still a call that now fails") {
        const std::string recorded =
            json_trace(map_event("0x20000", 1, R"(, "result": "0x20000")") + "," +
                       map_event("0x30000", 1, R"(, "result": "0x30000")") + "," +
                       map_event("0x40000", 1, R"(, "result": "0x40000")"));
        const Diff diff = diff_of(recorded, {limited_to(100), limited_to(1)});
        const auto& fails = diff.news[0].calls[static_cast<int>(CallChange::now_fails)];
        REQUIRE_EQ(fails.total(), 1);
        CHECK(fails.items[0].overruled);
        CHECK(diff.same_layouts());
        CHECK_EQ(change(diff, "events.failed"), "0 -> 0");
        CHECK_EQ(change(diff, "events.diverged"), "0 -> 1");
    }

    TEST_CASE("the first event where the layouts part is named, and drawn on both sides") {
        const Diff diff = diff_of(kTwoCalls, {limited_to(100), limited_to(1)});
        REQUIRE_EQ(diff.news[0].layouts.size(), 1);
        const LayoutPicture& picture = diff.news[0].layouts[0];
        CHECK_EQ(picture.when, LayoutPicture::When::first);
        CHECK_EQ(picture.place.event, 3);
        CHECK_EQ(picture.differing, 1);
        // The mapping before it is shown for orientation.
        CHECK_EQ(picture_of(picture, true, 0x30000, 17), "A...............B");
        CHECK_EQ(picture_of(picture, false, 0x30000, 17), "A................");
    }

    TEST_CASE("initial layouts that differ show after the first event, or without any event") {
        DiffSetting with_maps = limited_to(100);
        with_maps.options.initial_maps_text = "20000-21000 rw-p 00000000 00:00 0\n";
        const Diff one = diff_of(json_trace(map_event("0x22000", 1)), {limited_to(100), with_maps});
        REQUIRE_EQ(one.news[0].layouts.size(), 1);
        CHECK_EQ(one.news[0].layouts[0].place.event, 1);
        CHECK_EQ(picture_of(one.news[0].layouts[0], true, 0x20000, 3), "..A");
        CHECK_EQ(picture_of(one.news[0].layouts[0], false, 0x20000, 3), "A.B");

        const Diff none = diff_of(json_trace(""), {limited_to(100), with_maps});
        REQUIRE_EQ(none.news[0].layouts.size(), 1);
        CHECK_EQ(none.news[0].layouts[0].place.event, 0);
        CHECK_EQ(picture_of(none.news[0].layouts[0], false, 0x20000, 1), "A");
    }

    TEST_CASE("a child is compared with its namesake, and a fork that fails is a changed call") {
        const std::string forks =
            json_trace(map_event("0x20000", 1) + R"(, {"op": "fork", "child": 2}, )" +
                       map_event("0x30000", 1, R"(, "pid": 2)"));
        const Diff same = diff_of(forks, {limited_to(100), limited_to(100)});
        CHECK(same.same_layouts());
        CHECK_EQ(change(same, "processes"), "2 -> 2");

        const Diff child = diff_of(forks, {limited_to(100), limited_to(0)});
        REQUIRE_EQ(child.news[0].layouts.size(), 1);
        CHECK_EQ(child.news[0].layouts[0].pid, 2);
        CHECK_EQ(child.news[0].layouts[0].place.event, 3);

        DiffSetting failing = limited_to(100);
        failing.options.faults.push_back({FailPoint::fork_alloc, 1, false, Errno::ok});
        const Diff failed = diff_of(forks, {limited_to(100), failing});
        CHECK_EQ(failed.news[0].calls[static_cast<int>(CallChange::now_fails)].total(), 1);
        CHECK_EQ(change(failed, "processes"), "2 -> 1");
    }

    TEST_CASE("VmFlags that differ alone are told apart from layouts that part") {
        // Two hooks that differ in a flag which maps does not show.
        const std::string trace = json_trace(
            R"({"op": "mmap", "addr": "0x20000", "length": 4096, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED", "file": "f", "offset": 0})",
            R"("files": [{"id": "f", "path": "/dev/f", "driver": "d"}],
               "drivers": [{"name": "d", "mmap_prepare": [{"set_flags": ["VMA_DONTDUMP_BIT"]}],
                            "mmap": []}], )");
        const Diff diff = diff_of(trace, {hook(HookChoice::legacy), hook(HookChoice::prepare)});
        REQUIRE_EQ(diff.news[0].layouts.size(), 1);
        CHECK_EQ(diff.news[0].layouts[0].when, LayoutPicture::When::first_flags);
        const std::string text = diff_text(diff);
        CHECK_NE(text.find("VmFlags alone part at event 1"), std::string::npos);
        CHECK_NE(text.find("/dev/f +dd"), std::string::npos);
    }

    TEST_CASE("several new settings are compared with the old one each for itself") {
        const Diff diff = diff_of(kTwoCalls, {limited_to(100), limited_to(1), limited_to(2)});
        REQUIRE_EQ(diff.news.size(), 2);
        CHECK_FALSE(diff.news[0].layouts.empty());
        CHECK(diff.news[1].layouts.empty());
        const auto rows = number_rows(diff, false);
        const auto vmas = std::ranges::find(rows, "fragmentation.vmas", &NumberRow::path);
        REQUIRE(vmas != rows.end());
        CHECK_EQ(vmas->old, 3);
        CHECK_EQ(vmas->delta(0), -1);
        CHECK_EQ(vmas->delta(1), 0);
    }

    TEST_CASE("a setting that cannot be is refused by its name") {
        DiffSetting old_kernel = hook(HookChoice::prepare);
        old_kernel.name = "--hook prepare --kernel 6.12";
        old_kernel.options.kernel = KernelVersion::v6_12;
        try {
            diff_of(kTwoCalls, {hook(HookChoice::legacy), old_kernel});
            FAIL("accepted");
        } catch (const InputError& error) {
            CHECK_EQ(std::string(error.what()),
                     "--new '--hook prepare --kernel 6.12': --hook prepare: kernel 6.12 has no "
                     "mmap_prepare");
        }
    }
}

TEST_SUITE("check/diff rows") {
    TEST_CASE(
        "percent has no meaning where the old number is 0, and keeps the sign of the change") {
        NumberRow row{"x", "x", NumberUnit::count, WorseWhen::up, -10, {-12, std::nullopt}};
        CHECK_EQ(row.percent(0), -20);
        CHECK_EQ(row.judgement(0), -1);
        CHECK_FALSE(row.delta(1));
        row.old = 0;
        CHECK_EQ(row.delta(0), -12);
        CHECK_FALSE(row.percent(0));
    }
}
