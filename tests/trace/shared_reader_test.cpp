// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/shared_reader.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"

using namespace mmsim;

namespace {

std::unique_ptr<TraceReader> read_text(const std::string& text) {
    return open_trace(std::make_unique<LineSource>(memory_bytes(text), "test"));
}

}  // namespace

TEST_SUITE("trace/shared reader") {
    TEST_CASE("each replay sees every record, and then the end") {
        const auto reader = read_text("munmap(0x1000, 4096) = 0\nmunmap(0x2000, 4096) = 0\n");
        SharedReader shared(*reader, 3);
        for (const std::uint64_t addr : {0x1000U, 0x2000U}) {
            for (std::size_t i = 0; i < 3; ++i) {
                const TraceRecord* record = shared.of(i).next();
                REQUIRE(record);
                CHECK_EQ(std::get<MunmapCall>(record->call).addr, addr);
            }
        }
        for (std::size_t i = 0; i < 3; ++i) CHECK(!shared.of(i).next());
    }

    TEST_CASE("what the input says of itself is the same for all, and is asked in any order") {
        const auto reader = read_text("# touch 0x1000 4096 w\nmunmap(0x1000, 4096) = 0\n");
        SharedReader shared(*reader, 2);
        CHECK(shared.of(1).has_touch());
        CHECK(shared.of(0).has_touch());
        CHECK_EQ(shared.of(0).format(), TraceFormat::strace);
        REQUIRE(shared.of(0).next());
        REQUIRE(shared.of(1).next());
        CHECK_EQ(shared.of(0).place(), shared.of(1).place());
    }

    TEST_CASE("what is wrong with the input is said to whoever asks first") {
        const auto reader =
            read_text("{\"mmsim_trace\": 1}\n{\"op\": \"munmap\", \"addr\": 1, \"length\": 1}\n{");
        SharedReader shared(*reader, 2);
        REQUIRE(shared.of(0).next());
        REQUIRE(shared.of(1).next());
        CHECK_THROWS_AS(shared.of(0).next(), InputError);
    }
}
