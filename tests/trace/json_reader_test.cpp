// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/linux_abi.h"
#include "trace/record_text.h"
#include "trace/trace_reader.h"

namespace mmsim {
namespace {

// Hands out a few bytes at a time and cannot be rewound, as a pipe.
class Pipe : public ByteSource {
public:
    Pipe(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
    std::size_t read(char* data, std::size_t size) override {
        const std::size_t got = bytes_.copy(data, std::min(size, step_), position_);
        position_ += got;
        return got;
    }

private:
    std::string bytes_;
    std::size_t step_, position_ = 0;
};

std::vector<std::uint64_t> brk_addresses(TraceReader& reader) {
    std::vector<std::uint64_t> addresses;
    while (const TraceRecord* record = reader.next()) {
        addresses.push_back(std::get<BrkCall>(record->call).addr);
    }
    return addresses;
}

}  // namespace

TEST_SUITE("trace/json reader") {
    TEST_CASE("every header key is read") {
        const auto reader = test::open_text(R"({
          "mmsim_trace": 1, "title": "caf\u00e9 \ud83d\ude00", "kernel": "7.1",
          "limits": { "max_map_count": 100, "rlimit_as": null, "rlimit_data": "0x1000",
                      "rlimit_stack": 8388608, "rlimit_memlock": 0, "overcommit": "never",
                      "ram_bytes": 1, "swap_bytes": 2, "mmap_min_addr": 3, "hugepages": 4,
                      "capabilities": ["CAP_IPC_LOCK"] },
          "layout": { "task_size": "0x7ffffffff000", "mmap_base": 4096, "top_down": false,
                      "brk": "010000" },
          "maps": [ "7f0000000000-7f0000001000 r--p 00000000 08:01 42 /usr/lib/libx.so",
                    "VmFlags: rd mr" ],
          "files": [ { "id": "dev", "path": "/dev/hpet", "driver": "hpet", "mode": "rw",
                       "type": "char", "size": 4096, "params": { "b": [1, 2.50] },
                       "seals": ["F_SEAL_WRITE", "F_SEAL_GROW"], "huge_page": "0x40000000" },
                     { "id": "plain" } ],
          "drivers": [ { "mmap": [], "name": "d" },
                       { "name": "e" } ],
          "events": [],
          "expect": { "leaks": [ ] }
        })");
        const TraceHeader& header = reader->header();
        CHECK_EQ(header.title, "caf\xc3\xa9 \xf0\x9f\x98\x80");
        CHECK_EQ(header.kernel, "7.1");

        const TraceLimits& limits = header.limits;
        CHECK_EQ(limits.max_map_count, 100);
        REQUIRE(limits.rlimit_as);
        CHECK_FALSE(*limits.rlimit_as);
        CHECK_EQ(limits.rlimit_data, TraceLimits::Limit{0x1000});
        CHECK_EQ(limits.rlimit_stack, TraceLimits::Limit{8388608});
        CHECK_EQ(limits.rlimit_memlock, TraceLimits::Limit{0});
        CHECK_EQ(limits.overcommit, "never");
        CHECK_EQ(limits.ram_bytes, 1);
        CHECK_EQ(limits.swap_bytes, 2);
        CHECK_EQ(limits.mmap_min_addr, 3);
        CHECK_EQ(limits.hugepages, 4);
        CHECK_EQ(limits.capabilities, std::vector<std::string>{"CAP_IPC_LOCK"});

        CHECK_EQ(header.layout.task_size, 0x7ffffffff000);
        CHECK_EQ(header.layout.mmap_base, 4096);
        CHECK_EQ(header.layout.top_down, false);
        CHECK_EQ(header.layout.brk, 4096);
        CHECK_EQ(header.maps.size(), 2);

        REQUIRE_EQ(header.files.size(), 2);
        TraceFile dev{"dev", "/dev/hpet", "hpet", "rw", "char", 4096, R"({"b":[1,2.50]})", 0};
        dev.seals = kSealWrite | kSealGrow;
        dev.huge_page = 0x40000000;
        CHECK(header.files[0] == dev);
        CHECK_EQ(header.files[1].mode, "r");
        CHECK_EQ(header.files[1].type, "regular");

        REQUIRE_EQ(header.drivers.size(), 2);
        CHECK(header.drivers[0] == TraceDriver{"d", R"({"mmap":[],"name":"d"})", {}});
        CHECK(header.drivers[1] == TraceDriver{"e", R"({"name":"e"})", {}});
        CHECK_EQ(header.drivers[0].places.front().line, 15);
        CHECK_EQ(header.drivers[1].places.front().line, 16);
        CHECK_EQ(header.expect, R"({"leaks":[]})");
        CHECK(reader->next() == nullptr);
    }

    TEST_CASE("limits that are not said stay unsaid") {
        const auto reader = test::open_text(R"({"mmsim_trace": 1, "limits": {}, "events": []})");
        CHECK(reader->header() == TraceHeader{});
    }

    TEST_CASE("keys at the top may come in any order, also behind the events") {
        const auto reader = test::open_text(R"({
            "events": [ {"op": "close", "file": "a]}"}, {"addr": 5, "op": "brk"} ],
            "files": [ {"id": "a]}"} ], "kernel": "6.12", "mmsim_trace": 1, "title": "\"]" })");
        CHECK_EQ(reader->header().kernel, "6.12");
        CHECK_EQ(reader->header().title, "\"]");
        const TraceRecord* record = reader->next();
        REQUIRE(record != nullptr);
        CHECK_EQ(std::get<CloseCall>(record->call).file.id, "a]}");
        record = reader->next();
        REQUIRE(record != nullptr);
        CHECK_EQ(record->line, 2);
        CHECK(reader->next() == nullptr);
        CHECK(reader->next() == nullptr);
        CHECK_EQ(reader->summary().lines, 3);
    }

    TEST_CASE("the way the bytes arrive makes no difference") {
        std::string events;
        std::vector<std::uint64_t> expected;
        for (std::uint64_t i = 0; i < 300; ++i) {
            expected.push_back(i << 40);
            events += std::string(i > 0 ? "," : "") +
                      "\n {\"op\": \"brk\", \"\\u0061ddr\": " + std::to_string(i << 40) +
                      ", \"result\": \"ENOMEM\"}";
        }
        const std::string text = R"({"mmsim_trace": 1, "events": [)" + events + "]}";
        for (const std::size_t step : {1U, 2U, 7U, 1000U}) {
            auto source = std::make_unique<LineSource>(std::make_unique<Pipe>(text, step), "t");
            CHECK_EQ(brk_addresses(*open_trace(std::move(source))), expected);
        }
    }

    TEST_CASE("a token may lie across the end of the buffer") {
        const std::string head = R"({"mmsim_trace": 1, "events": [)";
        const std::string tail = R"({"op": "brk", "addr": 4096, "result": "0x2000"})" +
                                 std::string(300000, ' ') + R"(], "title": "t"})";
        constexpr std::size_t kBuffer = std::size_t{256} << 10;
        for (std::size_t begin = kBuffer - 50; begin <= kBuffer; ++begin) {
            const auto reader =
                test::open_text(head + std::string(begin - head.size(), ' ') + tail);
            CHECK_EQ(brk_addresses(*reader), std::vector<std::uint64_t>{4096});
        }
    }

    TEST_CASE("JSON Lines carry the header in their first line") {
        const auto reader = test::open_text(
            "\n{\"mmsim_trace\": 1, \"files\": [{\"id\": \"events\"}], \"expect\": {}}\r\n"
            "{\"op\": \"brk\", \"addr\": 1}\n\n  \n{\"op\": \"brk\", \"addr\": 2}");
        CHECK_EQ(reader->format(), TraceFormat::jsonl);
        CHECK_EQ(reader->header().files.size(), 1);
        CHECK_EQ(reader->header().expect, "{}");
        CHECK_EQ(brk_addresses(*reader), std::vector<std::uint64_t>{1, 2});
        CHECK_EQ(reader->summary().lines, 6);
    }

    TEST_CASE("formats are told apart by content") {
        const auto format_of = [](const std::string& text) {
            return test::open_text(text)->format();
        };
        CHECK_EQ(format_of(R"({"mmsim_trace": 1, "events": []})"), TraceFormat::json);
        CHECK_EQ(format_of("{\n\"mmsim_trace\": 1, \"events\": []}"), TraceFormat::json);
        CHECK_EQ(format_of("\xef\xbb\xbf\n {\"mmsim_trace\": 1}"), TraceFormat::jsonl);
        CHECK_EQ(format_of(R"({"mmsim_trace": 1, "title": "events", "kernel": "7.1"})"),
                 TraceFormat::jsonl);
        const std::string large(300000, 'x');
        CHECK_EQ(format_of(R"({"title": ")" + large + R"(", "mmsim_trace": 1, "events": []})"),
                 TraceFormat::json);
        CHECK_EQ(format_of(R"({"title": ")" + large + R"(", "mmsim_trace": 1})"),
                 TraceFormat::jsonl);
        CHECK_EQ(format_of("brk(NULL) = 0x1000\n"), TraceFormat::strace);
        CHECK_EQ(format_of("[pid 7] brk(NULL) = 0x1000\n"), TraceFormat::strace);
        CHECK_EQ(format_of("[   9] mmap(NULL, 1, 0, 0, -1, 0) = 0x1000\n"), TraceFormat::strace);
        CHECK_EQ(format_of("# touch 0x1000 4096 r\n"), TraceFormat::strace);
    }

    TEST_CASE("a touch that is to come is known before the first event") {
        const std::string touch = R"({"op": "touch", "addr": 0, "length": 1})";
        const std::string brk = R"({"op": "brk", "addr": 3})";
        const auto with =
            test::open_text(R"({"mmsim_trace": 1, "events": [)" + brk + ',' + touch + "]}");
        CHECK(with->has_touch());
        REQUIRE(with->next() != nullptr);
        CHECK_EQ(with->place(), "t.json:1");
        CHECK(with->next() != nullptr);
        CHECK(with->next() == nullptr);

        const auto lines = test::open_text("{\"mmsim_trace\": 1}\n" + brk + '\n' + brk);
        CHECK_FALSE(lines->has_touch());
        CHECK_EQ(brk_addresses(*lines), std::vector<std::uint64_t>{3, 3});
    }

    TEST_CASE("only an event of op touch is a touch, wherever else the word stands") {
        const auto has_touch = [](const std::string& text) {
            return test::open_text(text)->has_touch();
        };
        const std::string head = R"({"mmsim_trace": 1, )";
        CHECK_FALSE(has_touch(head + R"("title": "touch", "events": []})"));
        CHECK_FALSE(has_touch(head + R"("title": "\"op\": \"touch\"", "events": []})"));
        CHECK_FALSE(has_touch(head + R"("files": [{"id": "touch"}], "events": []})"));
        const std::string touch = "{\"op\" :\n \"touch\", \"addr\": 0, \"length\": 1}";
        CHECK(has_touch(head + R"("title": "touch", "events": [)" + touch + "]}"));

        CHECK_FALSE(has_touch("write(1, \"# touch 0 1 r\", 13) = 13\n"));
        CHECK(has_touch("brk(NULL) = 0x1000\n# touch 0x1000 4096 r\n"));
        // Where two reads of the input meet.
        for (std::size_t filler = 262130; filler < 262150; ++filler) {
            const std::string line = "# " + std::string(filler, 'x');
            CHECK(has_touch(line + "\n# touch 0x1000 4096 r\n"));
            CHECK_FALSE(has_touch(line + "# touch 0x1000 4096 r\n"));
        }
    }
}

}  // namespace mmsim
