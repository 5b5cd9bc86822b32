// SPDX-License-Identifier: GPL-2.0-or-later
// mmsim replay, run as a program: exit status, what goes where, what stays untouched.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/program.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const std::string kTwoMaps = "traces/quickstart/two_maps.json";

const std::string kStrace =
    "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000\n"
    "munmap(0x7f0000000000, 4096) = 0\n";
const std::string kStraceMaps = "7f0000001000-7f0000002000 rw-p 00000000 00:00 0 \n";

// munmap that the trace says worked, at an address where it cannot.
const std::string kDiverging =
    json_trace(R"({"op": "munmap", "addr": "0x20001", "length": 4096, "result": 0})");

}  // namespace

TEST_SUITE("cli/replay") {
    TEST_CASE("results go to standard output, and nothing else does") {
        const auto run = run_mmsim({"replay", kTwoMaps});
        CHECK_EQ(run.status, 0);
        CHECK(run.out.starts_with("OK: "));
        CHECK_EQ(run.err, "");
    }

    TEST_CASE("standard input is a trace named -") {
        const auto run = run_mmsim({"replay", "-", "-o", "maps"}, {.text = kStrace});
        CHECK_EQ(run.status, 0);
        CHECK_EQ(run.out, kStraceMaps);
    }

    TEST_CASE("any -o replaces the text report; files and standard output in one run") {
        const TemporaryFolder folder;
        const auto run = run_mmsim({"replay", "-", "-o", "maps:" + folder.path("m"), "-o",
                                    "json:" + folder.path("j"), "-o", "delta"},
                                   {.text = kStrace});
        CHECK_EQ(run.status, 0);
        CHECK(run.out.starts_with("@ 1\n+7f0000000000-7f0000002000 rw-p"));
        CHECK_EQ(folder.read("m"), kStraceMaps);
        CHECK(folder.read("j").starts_with("{\n  \"mmsim_report\": 1,"));
        CHECK_EQ(folder.names(), "j m");
    }

    TEST_CASE("a list of kernels gives a report for each: an array, or text after text") {
        const std::string list = "6.18,7.1";
        const auto json = run_mmsim({"replay", kTwoMaps, "--kernel", list, "-o", "json"});
        CHECK_EQ(json.status, 0);
        CHECK(json.out.starts_with("[\n  {\n    \"mmsim_report\": 1,"));
        CHECK(json.out.ends_with("\n  }\n]\n"));
        const auto first = json.out.find("\"kernel\": \"6.18\"");
        CHECK_LT(first, json.out.find("\"kernel\": \"7.1\""));
        CHECK_LT(json.out.find("\"kernel\": \"7.1\""), json.out.size());

        const auto text = run_mmsim({"replay", kTwoMaps, "--kernel", list});
        const auto older = run_mmsim({"replay", kTwoMaps, "--kernel", "6.18"});
        const auto newer = run_mmsim({"replay", kTwoMaps, "--kernel", "7.1"});
        CHECK_EQ(text.out, older.out + "\n" + newer.out);

        // A pipe is read once.
        const auto piped = run_mmsim({"replay", "-", "--kernel", list}, {.text = kStrace});
        const auto alone = run_mmsim({"replay", "-", "--kernel", "6.18"}, {.text = kStrace});
        CHECK_EQ(piped.status, 0);
        CHECK(piped.out.starts_with(alone.out + "\n"));
    }

    TEST_CASE("a list of kernels is refused where it means nothing") {
        const auto maps = run_mmsim({"replay", kTwoMaps, "--kernel", "6.18,7.1", "-o", "maps"});
        CHECK_EQ(maps.status, 2);
        CHECK_EQ(maps.out, "");
        CHECK_NE(maps.err.find("-o maps: shows one run"), std::string::npos);
        CHECK_NE(maps.err.find("text, json and html show all"), std::string::npos);
        for (const char* list : {"6.18,", ",7.1", "6.18,,7.1", "6.18,5.0"}) {
            CHECK_EQ(run_mmsim({"replay", kTwoMaps, "--kernel", list}).status, 2);
        }
    }

    TEST_CASE("what does not hold names its kernel where there are several") {
        const auto run = run_mmsim({"replay", kTwoMaps, "--kernel", "6.18,7.1", "--fail-on",
                                    "vmas<0", "--fail-on", "vmas>=0"});
        CHECK_EQ(run.status, 1);
        CHECK_NE(run.err.find("--kernel 6.18: --fail-on"), std::string::npos);
        CHECK_NE(run.err.find("--kernel 7.1: --fail-on"), std::string::npos);
    }

    TEST_CASE("bad input prints one line, exits 2, and leaves output files as they were") {
        const TemporaryFolder folder;
        folder.write("m", "old");
        const auto run = run_mmsim({"replay", "-", "-o", "maps:" + folder.path("m"), "-o", "json"},
                                   {.text = R"({"mmsim_trace": 1, "events": [{"op": "mmap"}]})"});
        CHECK_EQ(run.status, 2);
        CHECK_EQ(run.out, "");
        CHECK(run.err.starts_with("mmsim: "));
        CHECK_EQ(run.err.find('\n'), run.err.size() - 1);
        CHECK_EQ(folder.read("m"), "old");
        CHECK_EQ(folder.names(), "m");
    }

    TEST_CASE("divergences alone leave the status at 0; --strict makes them failures") {
        CHECK_EQ(run_mmsim({"replay", "-"}, {.text = kDiverging}).status, 0);
        const auto run = run_mmsim({"replay", "-", "--strict"}, {.text = kDiverging});
        CHECK_EQ(run.status, 1);
        CHECK(run.out.starts_with("LOOK: "));
        CHECK_EQ(run.err, "mmsim: --strict: 1 divergences\n");
    }

    TEST_CASE("malformed strace lines are warnings, the first five shown; --strict exits 2") {
        std::string text = kStrace;
        for (int i = 0; i < 7; ++i) text += "mmap(NULL, 40\n";
        const auto run = run_mmsim({"replay", "-", "-o", "maps"}, {.text = text});
        CHECK_EQ(run.status, 0);
        CHECK_EQ(run.out, kStraceMaps);
        CHECK(run.err.starts_with("mmsim: warning: -:3: "));
        CHECK_EQ(std::ranges::count(run.err, '\n'), 6);
        CHECK(run.err.ends_with("mmsim: warning: -: 2 more like these\n"));

        const auto strict = run_mmsim({"replay", "-", "-o", "maps", "--strict"}, {.text = text});
        CHECK_EQ(strict.status, 2);
        CHECK_EQ(strict.out, "");
    }

    TEST_CASE("--expect-maps shows both sides on standard error and exits 1 when they differ") {
        const TemporaryFolder folder;
        folder.write("expected", kStraceMaps);
        const std::vector<std::string> arguments = {
            "replay", "-", "-o", "maps", "--expect-maps", folder.path("expected")};
        CHECK_EQ(run_mmsim(arguments, {.text = kStrace}).status, 0);
        folder.write("expected", "7f0000001000-7f0000003000 rw-p 00000000 00:00 0 \n");
        const auto run = run_mmsim(arguments, {.text = kStrace});
        CHECK_EQ(run.status, 1);
        CHECK_EQ(run.out, kStraceMaps);
        CHECK_NE(run.err.find("! 7f0000001000-7f0000003000 rw-p 00000000 | "
                              "7f0000001000-7f0000002000 rw-p 00000000"),
                 std::string::npos);
    }

    TEST_CASE("--fail-on exits 1 when the number is out of bounds") {
        CHECK_EQ(run_mmsim({"replay", kTwoMaps, "--fail-on", "vmas>1"}).status, 0);
        const auto run = run_mmsim({"replay", kTwoMaps, "--fail-on", "failed>0"});
        CHECK_EQ(run.status, 1);
        CHECK_EQ(run.err, "mmsim: --fail-on failed>0: it is 1\n");
    }

    TEST_CASE("the trace's own expectation is judged") {
        const auto with = [](const std::string& expect) {
            return run_mmsim({"replay", "-"}, {.text = json_trace(map_event("0x20000", 1),
                                                                  "\"expect\": " + expect + ", ")});
        };
        CHECK_EQ(with("{}").status, 0);
        CHECK_EQ(with(R"({"report": {"events": {"ok": 1}}})").status, 0);
        const auto run = with(R"({"report": {"events": {"ok": 2}}})");
        CHECK_EQ(run.status, 1);
        CHECK_EQ(run.err, "mmsim: -: expect: report.events.ok: expected 2, got 1\n");
    }

    TEST_CASE("options decide: kernel, hook, limits, injected failures") {
        const auto vmas = [](std::vector<std::string> options) {
            options.insert(options.begin(), {"replay", kTwoMaps, "--fail-on", "vmas!=1"});
            return run_mmsim(options).status;
        };
        CHECK_EQ(vmas({"--hook", "prepare"}), 0);
        CHECK_EQ(vmas({"--hook", "legacy"}), 1);
        CHECK_EQ(vmas({"--kernel", "6.12", "--hook", "legacy"}), 0);  // merges at second attempt
        CHECK_EQ(vmas({"--kernel", "6.12", "--hook", "prepare"}), 2);
        CHECK_EQ(vmas({"--fail", "vma_alloc@1=ENOMEM", "--fail-on", "errors.ENOMEM!=1"}), 1);
    }

    TEST_CASE("--verify finds nothing wrong in a good run") {
        CHECK_EQ(run_mmsim({"replay", kTwoMaps, "--verify"}).status, 0);
    }

    TEST_CASE("what cannot be written is an error") {
        CHECK_EQ(run_mmsim({"replay", kTwoMaps, "-o", "json:/dev/full"}).status, 2);
        CHECK_EQ(run_mmsim({"replay", kTwoMaps}, {.text = "", .out_file = "/dev/full"}).status, 2);
    }

    TEST_CASE("an interrupt ends it with status 130 and touches no file") {
        const TemporaryFolder folder;
        folder.write("m", "old");
        const auto run = run_mmsim({"replay", "-", "-o", "maps:" + folder.path("m")},
                                   {.text = kStrace, .interrupt = true});
        CHECK_EQ(run.status, 130);
        CHECK_EQ(folder.read("m"), "old");
        CHECK_EQ(folder.names(), "m");
    }

    TEST_CASE("the same input gives the same bytes") {
        const auto one = run_mmsim({"replay", kTwoMaps, "-o", "json"});
        const auto two = run_mmsim({"replay", kTwoMaps, "-o", "json"});
        CHECK_FALSE(one.out.empty());
        CHECK_EQ(one.out, two.out);
    }
}
