// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/trace_writer.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/linux_abi.h"
#include "trace/json_ops.h"

namespace mmsim {
namespace {

std::string convert(const std::string& text, TraceFormat format) {
    const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(text), "t.json"));
    std::ostringstream out;
    TraceWriter writer{out, format, reader->header()};
    while (const TraceRecord* record = reader->next()) {
        REQUIRE_EQ(json_obstacle(*record), "");
        writer.write(*record);
    }
    writer.finish();
    return out.str();
}

// One event of each op with each of its keys, and every key of the header, as the writer writes
// them.
std::string every_op() {
    std::ifstream file(MMSIM_SOURCE_DIR "/tests/trace/json/every_op.json");
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_SUITE("trace/writer") {
    TEST_CASE("what the writer writes reads back and is written the same") {
        CHECK_EQ(convert(every_op(), TraceFormat::json), every_op());
    }

    TEST_CASE("every op is among the events of these tests") {
        const std::string document = every_op();
        for (const std::string_view op : json_op_names()) {
            CAPTURE(op);
            CHECK(document.find("\"op\": \"" + std::string(op) + '"') != std::string::npos);
        }
    }

    TEST_CASE("a document, JSON Lines of it, and a document of these say the same") {
        const std::string lines = convert(every_op(), TraceFormat::jsonl);
        CHECK_EQ(std::count(lines.begin(), lines.end(), '\n'), 53);
        CHECK_EQ(convert(lines, TraceFormat::json), every_op());
        CHECK_EQ(convert(lines, TraceFormat::jsonl), lines);
    }

    TEST_CASE("JSON Lines have the whole header on the first line") {
        const std::string lines = convert(
            R"({"mmsim_trace": 1, "title": "x", "maps": ["1000-2000 r--p 0 0:0 0", "Size: 4 kB"],
                "events": [{"op": "exit"}], "expect": {"leaks": []}})",
            TraceFormat::jsonl);
        CHECK_EQ(lines, R"({"mmsim_trace": 1, "title": "x", "maps": ["1000-2000 r--p 0 0:0 0", )"
                        "\"Size: 4 kB\"], \"expect\": {\"leaks\":[]}}\n{\"op\": \"exit\"}\n");
    }

    TEST_CASE("a trace without events and without a header is still a trace") {
        const std::string text = convert(R"({"mmsim_trace": 1, "events": []})", TraceFormat::json);
        CHECK_EQ(text, "{\n  \"mmsim_trace\": 1,\n  \"events\": []\n}\n");
        CHECK_EQ(convert(R"({"mmsim_trace": 1})", TraceFormat::json), text);
        CHECK_EQ(convert(text, TraceFormat::jsonl), "{\"mmsim_trace\": 1}\n");
    }

    TEST_CASE("random operands survive both formats") {
        std::mt19937_64 random{7};
        std::ostringstream first;
        TraceWriter writer{first, TraceFormat::json, {}};
        for (int i = 0; i < 5000; ++i) {
            TraceRecord record;
            record.pid = 1 + static_cast<std::int64_t>(random() >> 40);
            const auto any = [&random] { return random() >> (random() % 64); };
            switch (i % 4) {
                case 0:
                    record.call = MmapCall{any(), any(), any(), any() | kMapAnonymous, {}, any()};
                    break;
                case 1:
                    record.call = MremapCall{any(), any(), any(), any(), any()};
                    break;
                case 2:
                    record.call = MbindCall{any(), any(), any(), any(), any()};
                    break;
                default:
                    record.call = CloneCall{CloneKind::clone, any(), 5};
                    break;
            }
            record.recorded = {true, static_cast<std::int64_t>(any()), Errno::ok};
            writer.write(record);
        }
        writer.finish();
        CHECK_EQ(convert(convert(first.str(), TraceFormat::jsonl), TraceFormat::json), first.str());
    }

    TEST_CASE("bytes that are not UTF-8 are replaced, so that the trace can be read") {
        TraceHeader header;
        header.files.emplace_back().id = "f";
        header.files.back().path = "/tmp/caf\xe9";
        std::ostringstream out;
        TraceWriter{out, TraceFormat::jsonl, header}.finish();
        CHECK_EQ(out.str(),
                 "{\"mmsim_trace\": 1, \"files\": [{\"id\": \"f\", \"path\": "
                 "\"/tmp/caf\xef\xbf\xbd\"}]}\n");
    }

    TEST_CASE("vfork is written as the clone that it is") {
        TraceRecord record;
        record.pid = 1;
        record.call = CloneCall{CloneKind::vfork, kCloneVm | kCloneVfork, 2};
        std::string text;
        append_json_event(text, record);
        CHECK_EQ(text, R"({"op": "clone", "child": 2, "flags": "CLONE_VM|CLONE_VFORK"})");
    }

    TEST_CASE("what JSON cannot carry is known before it is written") {
        TraceRecord record;
        const auto obstacle = [&record](TraceCall call) {
            record.call = std::move(call);
            return std::string(json_obstacle(record));
        };
        CHECK_EQ(obstacle(MunmapCall{}), "the process is not known");
        record.pid = 1;
        CHECK_EQ(obstacle(MunmapCall{}), "");
        CHECK_EQ(obstacle(MmapCall{0, 1, 0, kMapPrivate, {}, 0}),
                 "the descriptor is of no known file");
        CHECK_EQ(obstacle(MmapCall{0, 1, 0, kMapPrivate | kMapAnonymous, {}, 0}), "");
        CHECK_EQ(obstacle(DupCall{}), "the descriptor is of no known file");
        CHECK_EQ(obstacle(CloseCall{{3, {}, false, "f"}, 9}),
                 "a range of descriptors has no event");
        CHECK_EQ(obstacle(ShmgetCall{}), "shmget has no event; shmat names its segment");
        CHECK_EQ(obstacle(ShmatCall{}), "the segment is of no known file");
        CHECK_EQ(obstacle(CloneCall{}), "the pid of the child is not known");
        CHECK_EQ(obstacle(ExitCall{false}), "the end of a thread has no event");
        record.injected = true;
        CHECK_EQ(obstacle(MunmapCall{}),
                 "strace injected the result, the kernel never saw the call");
    }

    TEST_CASE("the name of the output says its format") {
        CHECK_EQ(trace_format_of("a/b.jsonl"), TraceFormat::jsonl);
        CHECK_EQ(trace_format_of("b.ndjson"), TraceFormat::jsonl);
        CHECK_EQ(trace_format_of("b.json"), TraceFormat::json);
        CHECK_EQ(trace_format_of("-"), TraceFormat::json);
    }
}

}  // namespace mmsim
