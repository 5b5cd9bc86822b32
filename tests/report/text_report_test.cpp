// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/text_report.h"

#include <doctest/doctest.h>

#include "support/golden.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string first_line(const Report& report) {
    const std::string text = text_report(report);
    return text.substr(0, text.find('\n'));
}

std::string fidelity_of(std::uint64_t with_result, std::uint64_t diverged) {
    Report report;
    report.events.with_result = with_result;
    report.events.diverged = diverged;
    if (diverged != 0) {
        Divergences found;
        found.items.emplace_back().place.line = 8812;
        report.divergences = std::make_shared<const Divergences>(std::move(found));
    }
    const std::string text = text_report(report);
    const auto begin = text.find("recorded results");
    return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_SUITE("report/text") {
    TEST_CASE("the report of a run with findings reads as it did") {
        const Replayed replayed(json_trace(
            map_event("0x7f0000000000", 8, R"(, "result": "0x7f0000000000")") + ",\n" +
                protect_event("0x7f0000002000", 1) + ",\n" +
                R"({"op": "mmap", "addr": "0x7f0000004000", "length": 4096, "prot": "PROT_READ",
                    "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0,
                    "result": "0x7f0000004000"})",
            R"("title": "a hook that refuses", "kernel": "7.1",
               "files": [{"id": "dev", "path": "/dev/x", "driver": "x", "type": "char"}],
               "drivers": [{"name": "x", "mmap_prepare": [{"fail": "EIO"}]}], )"));
        check_golden("report/golden/findings.txt", text_report(replayed.report()));
    }

    TEST_CASE("the first line says that all is well only when it is") {
        Report report;
        CHECK(first_line(report).starts_with("OK: "));
        report.events.diverged = 1;
        CHECK(first_line(report).starts_with("LOOK: "));
        report.events.diverged = 0;
        report.leaks.truncated = 1;
        CHECK(first_line(report).starts_with("LOOK: "));
    }

    TEST_CASE("fidelity is rounded down: 100 % means every result") {
        CHECK_EQ(fidelity_of(10, 0), "recorded results reproduced: 100 %");
        CHECK_EQ(fidelity_of(10'000, 6),
                 "recorded results reproduced: 99.94 %, first divergence at line 8812");
        CHECK_EQ(fidelity_of(1'000'000, 1),
                 "recorded results reproduced: 99.99 %, first divergence at line 8812");
        CHECK_EQ(fidelity_of(4, 4),
                 "recorded results reproduced: 0.00 %, first divergence at line 8812");
    }

    TEST_CASE("what the recording lacks is named with the switch that would have recorded it") {
        Report report;
        report.missing.push_back({"file paths", "strace -y"});
        CHECK_NE(text_report(report).find("file paths: record with strace -y"), std::string::npos);
    }

    TEST_CASE("the causes of fragmentation are counted by reasons and maker, the largest first") {
        std::string events = map_event("0x20000", 16);
        for (const char* addr : {"0x21000", "0x23000", "0x25000"}) {
            events += "," + protect_event(addr, 1);
        }
        const std::string text = text_report(Replayed(json_trace(events)).report());
        CHECK_NE(text.find("     6  flags: mprotect of anonymous memory\n"), std::string::npos);
    }

    TEST_CASE("lower limits are named when half of the limit was needed, and with -v") {
        std::string events = map_event("0x20000", 64);
        for (unsigned i = 1; i < 30; i += 2) {
            events += ",\n" + protect_event(std::to_string(0x20000 + i * 0x1000), 1);
        }
        const std::string refused = "a max_map_count of 20 would have refused line 11";
        const auto report_with = [&](std::uint64_t limit) {
            ReplayOptions options;
            options.max_map_count = limit;
            return Replayed(json_trace(events), options).report();
        };
        CHECK_NE(text_report(report_with(40)).find(refused), std::string::npos);
        const Report roomy = report_with(65530);
        CHECK_EQ(text_report(roomy).find(refused), std::string::npos);
        const TextStyle verbose{.everything = true, .terminal = false, .colour = false, .by = {}};
        CHECK_NE(text_report(roomy, verbose).find(refused), std::string::npos);
    }

    TEST_CASE("neighbours that only want an attempt are said to be too many VMAs") {
        Report report;
        report.fragmentation.vmas = 10;
        report.fragmentation.boundaries.by_reason[kUntried] = 3;
        CHECK_NE(text_report(report).find("7 if all neighbours that may merge were merged"),
                 std::string::npos);
    }

    TEST_CASE("plain text has no escape codes and no bars; a terminal gets both") {
        const Report report = Replayed(json_trace(map_event("0x20000", 8))).report();
        const TextStyle plain;
        CHECK_EQ(text_report(report, plain).find('\x1b'), std::string::npos);
        CHECK_EQ(text_report(report, plain).find("█"), std::string::npos);
        const TextStyle coloured{
            .everything = false, .terminal = true, .colour = true, .by = {}, .options = {}};
        CHECK(text_report(report, coloured).starts_with("\x1b[1;32mOK\x1b[0m: "));
        CHECK_NE(text_report(report, coloured).find("█"), std::string::npos);
        const TextStyle bare{
            .everything = false, .terminal = true, .colour = false, .by = {}, .options = {}};
        CHECK_EQ(text_report(report, bare).find('\x1b'), std::string::npos);
    }

    TEST_CASE("the next command shows the event in question, under the options of the run") {
        const std::string trace =
            json_trace(map_event("0x20000", 1) + ", " +
                       R"({"op": "munmap", "addr": "0x20000", "length": 0, "result": 0})");
        const Report report = Replayed(trace).report();
        TextStyle style;
        style.options = " --kernel 7.1";
        CHECK_NE(text_report(report, style).find("mmsim explain test --kernel 7.1 --at 2  # "),
                 std::string::npos);
        const Report fine = Replayed(json_trace(map_event("0x20000", 1))).report();
        CHECK_NE(text_report(fine).find("mmsim replay test -o delta  # "), std::string::npos);
    }

    TEST_CASE("what most boundaries come from has its cure below it, and one to look at") {
        std::string events = map_event("0x20000", 40);
        for (int i = 1; i < 40; i += 2) {
            events += ", " + protect_event(std::to_string(0x20000 + i * 4096), 1);
        }
        const std::string text = text_report(Replayed(json_trace(events)).report());
        CHECK_NE(text.find("    39  flags: mprotect of anonymous memory\n"
                           "                   cure: give both sides the same flags\n"),
                 std::string::npos);
        CHECK_NE(text.find("mmsim explain test --addr 0x21000  # one of them"), std::string::npos);
        const std::string few = text_report(
            Replayed(json_trace(map_event("0x20000", 2) + ", " + protect_event("0x21000", 1)))
                .report());
        CHECK_EQ(few.find("cure: "), std::string::npos);
    }

    TEST_CASE("groups are shown when asked for") {
        const Report report = Replayed(json_trace(map_event("0x20000", 8))).report();
        const TextStyle by_prot{.everything = false,
                                .terminal = false,
                                .colour = false,
                                .by = GroupBy::prot,
                                .options = {}};
        CHECK_EQ(text_report(report).find("rw-p"), std::string::npos);
        CHECK_NE(text_report(report, by_prot).find("by prot         1  rw-p: 32.0 KiB, 0 bound"),
                 std::string::npos);
    }

    TEST_CASE("numbers are grouped by thousands") {
        CHECK_EQ(with_commas(0), "0");
        CHECK_EQ(with_commas(999), "999");
        CHECK_EQ(with_commas(1000), "1,000");
        CHECK_EQ(with_commas(1234567), "1,234,567");
    }

    TEST_CASE("of a long list the first five entries are shown") {
        Report report;
        for (std::uint64_t i = 1; i <= 7; ++i) {
            LeakReport leak;
            leak.place.line = i;
            leak.kind = "commit";
            leak.cause = "merge";
            report.leaks.items.push_back(leak);
        }
        const std::string text = text_report(report);
        CHECK_NE(text.find("line 5:"), std::string::npos);
        CHECK_EQ(text.find("line 6:"), std::string::npos);
        CHECK_NE(text.find("... and 2 more"), std::string::npos);
    }
}
