// SPDX-License-Identifier: GPL-2.0-or-later
// mmsim diff, run as a program.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/golden.h"
#include "support/program.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const std::string kDevice = "traces/quickstart/two_maps.json";

const std::string kThreeMaps = json_trace(
    map_event("0x20000", 1) + ",\n" + map_event("0x30000", 1) + ",\n" + map_event("0x40000", 1));

Finished diff_of(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "diff");
    return run_mmsim(arguments, {.text = input});
}

}  // namespace

TEST_SUITE("cli/diff") {
    TEST_CASE("without settings it compares the two hooks, and reads as it did") {
        const auto run = diff_of({kDevice});
        CHECK_EQ(run.status, 0);
        CHECK_EQ(run.err, "");
        check_golden("cli/golden/diff.txt", run.out);
        std::size_t longest = 0;
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = run.out.find('\n', begin)) != std::string::npos;
             begin = end + 1) {
            longest = std::max(longest, end - begin);
        }
        CHECK_LE(longest, 80);
        CHECK_EQ(run.out.find('\x1b'), std::string::npos);
    }

    TEST_CASE("the other forms of it read as they did") {
        check_golden("cli/golden/diff.json", diff_of({kDevice, "-o", "json"}).out);
        check_golden("cli/golden/diff.csv", diff_of({kDevice, "-o", "csv"}).out);
        check_golden("cli/golden/diff.md", diff_of({kDevice, "-o", "markdown"}).out);
    }

    TEST_CASE("several new settings make a column each") {
        const auto run = diff_of({"-", "--old", "", "--new", "--max-map-count 1", "--new",
                                  "--max-map-count 2", "--new", "--max-map-count=0"},
                                 kThreeMaps);
        CHECK_EQ(run.status, 0);
        check_golden("cli/golden/diff_matrix.txt", run.out);
    }

    TEST_CASE("standard input is read once for all settings, packed or not") {
        CHECK_EQ(diff_of({"-", "-o", "csv"}, kThreeMaps).out,
                 "number,unit,old,new,delta,percent\n");
        const auto with_touch = diff_of({"-", "--old", "", "--new", "--page-faults eager"},
                                        "mmap(NULL, 4096, PROT_READ|PROT_WRITE, "
                                        "MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000\n"
                                        "# touch 0x7f0000000000 4096 w\n");
        CHECK_EQ(with_touch.status, 0);
        CHECK(with_touch.out.starts_with("SAME: "));
    }

    TEST_CASE("a difference alone is status 0; a threshold makes it 1") {
        const std::vector<std::string> settings = {"-", "--old", "", "--new", "--max-map-count 1"};
        const auto with = [&](const std::string& expression) {
            auto arguments = settings;
            arguments.insert(arguments.end(), {"--fail-on", expression});
            return diff_of(arguments, kThreeMaps);
        };
        CHECK_EQ(diff_of(settings, kThreeMaps).status, 0);
        CHECK_EQ(with("vmas>+0").status, 0);
        CHECK_EQ(with("vmas<-33%").status, 1);
        CHECK_EQ(with("vmas<-34%").status, 0);
        const auto run = with("now_fails>0");
        CHECK_EQ(run.status, 1);
        CHECK(run.out.starts_with("LOOK: "));
        CHECK_EQ(run.err, "mmsim: --fail-on now_fails>0: it is 1 (--max-map-count 1)\n");
        CHECK_EQ(with("vmas<+0").err,
                 "mmsim: --fail-on vmas<+0: it is 2, and was 3 (--max-map-count 1)\n");
    }

    TEST_CASE("numbers that are the same are shown when asked for") {
        const auto some = diff_of({kDevice, "-o", "csv"}).out;
        const auto all = diff_of({kDevice, "--all", "-o", "csv"}).out;
        CHECK_EQ(some.find("\nevents.total,"), std::string::npos);
        CHECK_NE(all.find("\nevents.total,count,3,3,0,0.00\n"), std::string::npos);
    }

    TEST_CASE("options of a side are quoted as in a shell") {
        const TemporaryFolder folder;
        folder.write("the limits.json", R"({"max_map_count": 1})");
        const auto run = diff_of({"-", "--old", "", "--new",
                                  "--limits '" + folder.path("the limits.json") + "'", "-o", "csv"},
                                 kThreeMaps);
        CHECK_EQ(run.status, 0);
        CHECK_NE(run.out.find("fragmentation.vmas,count,3,2,-1,-33.33"), std::string::npos);
    }

    TEST_CASE("options of diff hold for all sides, and what a side says wins") {
        const auto vmas = [](std::vector<std::string> arguments) {
            arguments.insert(arguments.end(), {"--all", "-o", "csv"});
            const std::string csv = diff_of(std::move(arguments), kThreeMaps).out;
            const auto at = csv.find("fragmentation.vmas,");
            return csv.substr(at, csv.find('\n', at) - at);
        };
        CHECK_EQ(vmas({"-", "--max-map-count", "1"}), "fragmentation.vmas,count,2,2,0,0.00");
        CHECK_EQ(vmas({"-", "--max-map-count", "1", "--new", "--max-map-count 0"}),
                 "fragmentation.vmas,count,2,1,-1,-50.00");
        CHECK_EQ(vmas({"-", "--fail", "vma_alloc@2", "--new", "--fail vma_alloc@1"}),
                 "fragmentation.vmas,count,2,1,-1,-50.00");
    }

    TEST_CASE("bad input leaves the output file as it was") {
        const TemporaryFolder folder;
        folder.write("out", "old");
        const auto run = diff_of({"-", "-o", "json:" + folder.path("out")},
                                 R"({"mmsim_trace": 1, "events": [{"op": "mmap"}]})");
        CHECK_EQ(run.status, 2);
        CHECK_EQ(folder.read("out"), "old");
        CHECK_EQ(std::ranges::count(run.err, '\n'), 1);
    }

    TEST_CASE("two saved reports are compared as they are, layouts at the end included") {
        const TemporaryFolder folder;
        for (const char* hook : {"legacy", "prepare"}) {
            run_mmsim({"replay", kDevice, "--hook", hook, "-o", "json:" + folder.path(hook)});
        }
        const auto run = diff_of({folder.path("legacy"), folder.path("prepare")});
        CHECK_EQ(run.status, 0);
        CHECK_NE(run.out.find("1 VMA at the end instead of 2"), std::string::npos);
        CHECK_NE(run.out.find("pid 1: the layouts at the end\n"), std::string::npos);
        CHECK_NE(run.out.find("(part of the one above)        /dev/widget"), std::string::npos);
        // The numbers are those of the live comparison.
        CHECK_EQ(diff_of({folder.path("legacy"), folder.path("prepare"), "-o", "csv"}).out,
                 diff_of({kDevice, "-o", "csv"}).out);
        CHECK_EQ(
            diff_of({folder.path("legacy"), folder.path("prepare"), "--fail-on", "vmas<+0"}).status,
            1);
    }

    TEST_CASE("a bad report is refused with file and key, and arrays make arrays") {
        const TemporaryFolder folder;
        const std::string report = run_mmsim({"replay", kDevice, "-o", "json"}).out;
        folder.write("a.json", report);
        folder.write("list.json", "[" + report + "," + report + "]");
        folder.write("bad.json", R"({"mmsim_report": 1, "trace": 3})");
        const auto bad = diff_of({folder.path("a.json"), folder.path("bad.json")});
        CHECK_EQ(bad.status, 2);
        CHECK_EQ(bad.err, "mmsim: " + folder.path("bad.json") + ": trace: expected a string\n");
        CHECK_EQ(diff_of({folder.path("a.json"), folder.path("list.json")}).status, 2);
        const auto both =
            diff_of({folder.path("list.json"), folder.path("list.json"), "-o", "json"});
        CHECK_EQ(both.status, 0);
        CHECK(both.out.starts_with("[\n  {\n    \"mmsim_diff\": 1,"));
    }

    TEST_CASE("arguments that make no sense read as they did, and exit 2") {
        const std::vector<std::vector<std::string>> table = {
            {"diff"},
            {"diff", "none.json"},
            {"diff", kDevice, "--old", "--nonsense"},
            {"diff", kDevice, "--new", "--kernel 6.18 --hook both"},
            {"diff", kDevice, "--new", "--fail charge --fail 'nowhere@2'"},
            {"diff", kDevice, "--new", "--max-map-count many"},
            {"diff", kDevice, "--hook", "both"},
            {"diff", kDevice, "--new", "--kernel"},
            {"diff", kDevice, "--new", "trace.json"},
            {"diff", kDevice, "--new", "--bind 'a b"},
            {"diff", kDevice, "--new", "--input-format json"},
            {"diff", kDevice, "--old", "--kernel 6.12", "--new", "--kernel 6.12 --hook prepare"},
            {"diff", kDevice, "--fail-on", "vmsa>+2%"},
            {"diff", kDevice, "-o", "maps"},
            {"diff", kDevice, "none.json"},
            {"diff", kDevice, kDevice},
            {"diff", kDevice, kDevice, kDevice},
            {"diff", kDevice, kDevice, "--old", "--kernel 6.12"},
            {"diff", kDevice, kDevice, "--kernel", "6.12"},
            {"diff", "LICENSE", kDevice},
            {"diff", kDevice, "--old", "--hook legacy", "--old", "--hook prepare"},
        };
        std::string text;
        for (const auto& arguments : table) {
            std::string line = "mmsim";
            for (const std::string& argument : arguments) line += " " + argument;
            text += refusal_of(line, run_mmsim(arguments));
        }
        check_golden("cli/golden/bad_diff_arguments.txt", text);
    }
}
