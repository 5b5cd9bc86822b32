// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/film.h"

#include <sstream>

#include <doctest/doctest.h>

#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// `events` maps of a page each, with a page between them, so that none merges.
std::string scattered(std::size_t events) {
    std::string text;
    for (std::size_t n = 0; n < events; ++n) {
        std::ostringstream addr;
        addr << "0x" << std::hex << 0x10000000 + n * 0x2000;
        text += (n == 0 ? "" : ", ") + map_event(addr.str(), 1);
    }
    return json_trace(text);
}

std::size_t rows_of(const Film::Frame& frame) {
    std::size_t rows = 0;
    for (const Film::Picture& picture : frame.pictures) rows += picture.rows.size();
    return rows;
}

// Keeps the picture after event 7.
struct Keeper : StepSink {
    void after_step(const Step& step) override {
        if (step.number == 7) run->keep_picture(step);
    }
    Run* run = nullptr;
};

}  // namespace

TEST_SUITE("analysis/film") {
    TEST_CASE(
        "a short run has a picture at the start and after each event, each VMA a row of its own") {
        Replayed run(json_trace(map_event("0x10000", 2) + ", " + protect_event("0x11000", 1)));
        const Film& film = run.film();
        CHECK_EQ(film.width(), 1);
        REQUIRE_EQ(film.frames().size(), 3);
        CHECK_EQ(rows_of(film.frames()[0]), 0);
        CHECK_EQ(rows_of(film.frames()[1]), 1);
        const auto& rows = film.frames()[2].pictures[0].rows;
        REQUIRE_EQ(rows.size(), 2);
        CHECK_EQ(film.looks()[rows[0].look].access, "rw-p");
        CHECK_EQ(film.looks()[rows[1].look].access, "r--p");
        CHECK_EQ(rows[1].start, vpn_of(0x11000));
        CHECK_EQ(rows[1].mapped.count, 1);
    }

    TEST_CASE(
        "however long the run, the pictures are few, evenly spaced, and the last is the end") {
        for (const std::size_t events : {64U, 65U, 129U, 3000U}) {
            CAPTURE(events);
            Replayed run(scattered(events));
            const Film& film = run.film();
            CHECK_LE(film.frames().size(), Film::kFrames + 2);
            for (std::size_t i = 0; i + 1 < film.frames().size(); ++i) {
                CHECK_EQ(film.frames()[i].event, i * film.width());
            }
            CHECK_EQ(film.frames().back().event, events);
            CHECK_EQ(film.frames().back().pictures[0].vmas, events);
        }
    }

    TEST_CASE("a picture that was asked for stays, however long the run") {
        const auto reader =
            open_trace(std::make_unique<LineSource>(memory_bytes(scattered(3000)), "test"));
        Keeper keeper;
        Run run("test", *reader, {}, {.film = true, .listener = &keeper});
        keeper.run = &run;
        run.finish();
        const auto& frames = run.film().frames();
        REQUIRE_GT(run.film().width(), 7);
        CHECK_EQ(frames[1].event, 7);
        CHECK_EQ(frames[1].pictures[0].vmas, 7);
        CHECK_EQ(frames[2].event, run.film().width());
    }

    TEST_CASE("a picture of many VMAs is coarse and leaves none out") {
        Replayed run(scattered(3000));
        const Film::Frame& last = run.film().frames().back();
        CHECK_LE(rows_of(last), Film::kRows);
        std::uint64_t vmas = 0;
        Pages mapped;
        for (const Film::Row& row : last.pictures[0].rows) {
            vmas += row.vmas;
            mapped += row.mapped;
        }
        CHECK_EQ(vmas, 3000);
        CHECK_EQ(mapped.count, 3000);
    }

    TEST_CASE("an address space that ended is shown as it was then") {
        Replayed run(json_trace(map_event("0x10000", 2) + ", {\"op\": \"exit\"}"));
        const auto& pictures = run.film().frames().back().pictures;
        REQUIRE_EQ(pictures.size(), 1);
        CHECK(pictures[0].ended);
        CHECK_EQ(pictures[0].vmas, 1);
    }
}
