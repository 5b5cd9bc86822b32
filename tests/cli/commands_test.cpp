// SPDX-License-Identifier: GPL-2.0-or-later
// The other subcommands, and what is said about arguments that make no sense.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/golden.h"
#include "support/program.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

TEST_SUITE("cli/program") {
    TEST_CASE("--version and --help answer on standard output") {
        const auto version = run_mmsim({"--version"});
        CHECK_EQ(version.status, 0);
        CHECK(version.out.starts_with("mmsim "));
        CHECK_EQ(std::ranges::count(version.out, '\n'), 1);
        for (const char* command :
             {"replay", "diff", "check", "reduce", "convert", "drivers", "explain"}) {
            const auto help = run_mmsim({command, "--help"});
            CHECK_EQ(help.status, 0);
            CHECK_NE(help.out.find("Usage: mmsim " + std::string(command)), std::string::npos);
            CHECK_EQ(help.err, "");
        }
    }

    TEST_CASE("bad arguments read as they did, and exit 2") {
        const std::string trace = "traces/quickstart/two_maps.json";
        const std::vector<std::vector<std::string>> table = {
            {},
            {"reply"},
            {"replay"},
            {"replay", "none.json"},
            {"replay", "tests"},
            {"replay", trace, "--nonsense"},
            {"replay", trace, "--kernel", "5.10"},
            {"replay", trace, "--hook", "both"},
            {"replay", trace, "--hook", "prepare", "--kernel", "6.12"},
            {"replay", trace, "--input-format", "xml"},
            {"replay", trace, "--addresses", "random"},
            {"replay", trace, "--page-faults", "never"},
            {"replay", trace, "--layout", "sideways"},
            {"replay", trace, "--max-map-count", "many"},
            {"replay", trace, "--limits", trace},
            {"replay", trace, "--limits", "none.json"},
            {"replay", trace, "--initial-maps", "none.maps"},
            {"replay", trace, "--expect-maps", "none.maps"},
            {"replay", trace, "--expect-maps", "LICENSE"},
            {"replay", trace, "--bind", "nothing"},
            {"replay", trace, "--bind", "*=nothing"},
            {"replay", trace, "--driver", "none.json"},
            {"replay", trace, "--fail", "nowhere"},
            {"replay", trace, "--fail", "charge@0"},
            {"replay", trace, "--fail", "charge=EWHAT"},
            {"replay", trace, "--fail-on", "vmas"},
            {"replay", trace, "--fail-on", "vmsa>1"},
            {"replay", trace, "--fail-on", "vmas>+2%"},
            {"replay", trace, "-o", "picture"},
            {"replay", trace, "--by", "colour"},
            {"replay", trace, "-o", "json:"},
            {"replay", trace, "-o", "json:none/x"},
            {"replay", trace, "-o", "json", "-o", "maps"},
            {"check"},
            {"check", "none"},
            {"check", "tests/support"},
            {"convert", trace},
            {"convert", "none.json", "none/out.json"},
            {"drivers", "none"},
            {"explain"},
            {"explain", trace},
            {"explain", trace, "--at", "99"},
            {"explain", "--addr", "0x1000"},
            {"explain", "--rule", "3.33"},
            {"explain", "--kernel", "7.1"},
            {"explain", "--kernel", "7.1..6.12"},
            {"explain", "--kernel", "7.1..7.9"},
        };
        std::string text;
        for (const auto& arguments : table) {
            std::string line = "mmsim";
            for (const std::string& argument : arguments) line += " " + argument;
            text += refusal_of(line, run_mmsim(arguments));
        }
        check_golden("cli/golden/bad_arguments.txt", text);
    }
}

TEST_SUITE("cli/convert") {
    TEST_CASE("strace text becomes JSON that replays to the same layout") {
        const TemporaryFolder folder;
        folder.write("t",
                     "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
                     "0x7f0000000000\nmunmap(0x7f0000000000, 4096) = 0\n");
        for (const char* out : {"t.json", "t.jsonl"}) {
            CHECK_EQ(run_mmsim({"convert", folder.path("t"), folder.path(out)}).status, 0);
            const auto run = run_mmsim({"replay", folder.path(out), "-o", "maps"});
            CHECK_EQ(run.status, 0);
            CHECK_EQ(run.out, run_mmsim({"replay", folder.path("t"), "-o", "maps"}).out);
        }
        CHECK_EQ(folder.names(), "t t.json t.jsonl");
    }

    TEST_CASE("bad input leaves the output file as it was") {
        const TemporaryFolder folder;
        folder.write("bad.json", "{\"mmsim_trace\": 1, \"events\": [{\"op\": \"mmap\"}]}");
        folder.write("out.json", "old");
        CHECK_EQ(run_mmsim({"convert", folder.path("bad.json"), folder.path("out.json")}).status,
                 2);
        CHECK_EQ(folder.read("out.json"), "old");
        CHECK_EQ(folder.names(), "bad.json out.json");
    }
}

TEST_SUITE("cli/drivers") {
    TEST_CASE("the list has a line for each driver, and each can be shown") {
        const auto list = run_mmsim({"drivers"});
        CHECK_EQ(list.status, 0);
        std::istringstream lines(list.out);
        int drivers = 0;
        for (std::string line; std::getline(lines, line); ++drivers) {
            const std::string name = line.substr(0, line.find(' '));
            const auto one = run_mmsim({"drivers", name});
            CHECK_EQ(one.status, 0);
            CHECK(one.out.starts_with(name + ": "));
        }
        CHECK_GE(drivers, 18);
        check_golden("cli/golden/driver_vme_user.txt", run_mmsim({"drivers", "vme_user"}).out);
        check_golden("cli/golden/driver_uio.txt", run_mmsim({"drivers", "uio"}).out);
    }
}
