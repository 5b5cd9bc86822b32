// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/reduce.h"

#include <memory>
#include <sstream>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::unique_ptr<TraceReader> reader_of(const std::string& trace) {
    return open_trace(std::make_unique<LineSource>(memory_bytes(trace), "test"));
}

EventList list_of(const std::string& trace) {
    return read_event_list(*reader_of(trace), [](const std::string&) {});
}

bool shows_it(const EventList& trace, const std::string& keep) {
    std::ostringstream text;
    write_event_list(text, trace, TraceFormat::json);
    try {
        return shows(parse_keep_condition(keep), *reader_of(text.str()), {});
    } catch (const InputError&) {
        return false;
    }
}

EventList reduced(EventList trace, const std::string& keep) {
    reduce_trace(trace, parse_keep_condition(keep), {});
    return trace;
}

std::string bug(const std::string& name) {
    return read_whole(std::string(MMSIM_SOURCE_DIR) + "/traces/bugs/" + name + ".json");
}

// The trace with calls before, between and behind its events that have nothing to do with them.
EventList with_noise(EventList trace) {
    std::vector<std::string> events;
    unsigned n = 0;
    const auto noise = [&] {
        for (int i = 0; i < 20; ++i, ++n) {
            const std::string addr = "0x2000" + std::to_string(10 + n % 90) + "000";
            events.push_back(n % 3 == 2 ? unmap_event(addr, 1) : map_event(addr, 1));
        }
    };
    for (std::string& event : trace.events) {
        noise();
        events.push_back(std::move(event));
    }
    noise();
    trace.events = std::move(events);
    return trace;
}

std::string condition_refusal(const std::string& text) {
    try {
        parse_keep_condition(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_SUITE("check/reduce") {
    TEST_CASE("of bugs among noise there is left what shows them, and no event can go alone") {
        struct Row {
            const char *trace, *keep;
        };
        for (const Row& row :
             {Row{"afs-ref", "leak:reference/users"}, Row{"afs-ref", "ref-in-prepare"},
              Row{"private-data-clobbered", "private-data-clobbered"},
              Row{"fork-child-merge", "vmas>=2"}, Row{"mremap-at-the-limit", "mremap:ENOMEM"}}) {
            CAPTURE(row.trace);
            CAPTURE(row.keep);
            const EventList noisy = with_noise(list_of(bug(row.trace)));
            REQUIRE(shows_it(noisy, row.keep));
            const EventList left = reduced(noisy, row.keep);
            CHECK_LE(left.size(), list_of(bug(row.trace)).size());
            CHECK(shows_it(left, row.keep));
            for (std::size_t i = 0; i < left.size(); ++i) {
                EventList less = left;
                less.events.erase(less.events.begin() + static_cast<std::ptrdiff_t>(i));
                CHECK_FALSE(shows_it(less, row.keep));
            }
        }
    }

    TEST_CASE("the same trace gives the same result") {
        const EventList noisy = with_noise(list_of(bug("afs-ref")));
        CHECK_EQ(reduced(noisy, "leak").events, reduced(noisy, "leak").events);
    }

    TEST_CASE("processes, files, drivers, lines of the layout and limits that do not matter go") {
        const EventList left = reduced(
            list_of(json_trace(
                map_event("0x20000", 1) + R"(, {"op": "fork", "child": 2}, )" +
                    map_event("0x40000", 1, R"(, "pid": 2)") + "," +
                    R"({"op": "munmap", "addr": "0x1", "length": 4096})",
                R"("limits": {"max_map_count": 99}, "maps": ["7000-8000 rw-p 00000000 00:00 0"],
                   "files": [{"id": "f", "path": "/f"}],
                   "drivers": [{"name": "d", "mmap_prepare": []}], )")),
            "munmap:EINVAL");
        CHECK_EQ(left.size(), 1);
        CHECK(left.header.maps.empty());
        CHECK(left.header.files.empty());
        CHECK(left.header.drivers.empty());
        CHECK_FALSE(left.header.limits.max_map_count);
    }

    TEST_CASE("a recorded result goes where it does not matter, and stays where it does") {
        const std::string trace = json_trace(map_event("0x20000", 1, R"(, "result": "0x20000")") +
                                             "," + unmap_event("0x20001", 1, R"(, "result": 0)"));
        const EventList plain = reduced(
            list_of(json_trace(map_event("0x20000", 1, R"(, "result": "0x20000")"))), "vmas>0");
        CHECK_EQ(plain.events.at(0).find("result"), std::string::npos);
        const EventList diverging = reduced(list_of(trace), "divergence");
        CHECK_NE(diverging.events.at(0).find("\"result\": 0"), std::string::npos);
    }

    TEST_CASE("a condition that the trace does not meet is an error that says what it shows") {
        EventList trace = list_of(bug("afs-ref"));
        CHECK_THROWS_WITH_AS(
            reduce_trace(trace, parse_keep_condition("late-enodev"), {}),
            "--keep 'late-enodev': the trace does not show it; it shows diagnostics "
            "ref-in-prepare; leaks reference/users; errors mmap:ENOMEM",
            InputError);
    }

    TEST_CASE("conditions that make no sense are refused") {
        CHECK_EQ(condition_refusal("leak:file/x"), "none");
        CHECK_EQ(condition_refusal("mmap:ENOMEM"), "none");
        CHECK_NE(condition_refusal("lek").find("--keep 'lek': there are"), std::string::npos);
        CHECK_NE(condition_refusal("leak:").find("there are"), std::string::npos);
        CHECK_NE(condition_refusal("vmas>+2%").find("baseline"), std::string::npos);
        CHECK_NE(condition_refusal("vmsa>2").find("no number"), std::string::npos);
    }
}
