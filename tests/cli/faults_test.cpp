// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/golden.h"
#include "support/program.h"
#include "support/temporary_folder.h"

using namespace mmsim::test;

namespace {

using Command = std::vector<std::string>;

// A driver of the kernel with what is known of it, and a declared one.
const Command kSweep = {"faults", "--sweep",
                        "stm",    "--kernel",
                        "7.3",    "--fixed-accounting",
                        "--only", "none,over_one,direct,shared,1@0:action_complete@1"};
const Command kTrace = {"faults", "traces/guide/2-moved.json", "--kernel", "7.0,7.3"};

Command with_output(Command command, const std::string& kind) {
    command.insert(command.end(), {"-o", kind});
    return command;
}

}  // namespace

TEST_SUITE("cli/faults") {
    TEST_CASE("each form reads as it did, of a driver and of a trace") {
        for (const char* kind : {"text", "json", "tap", "junit", "github"}) {
            CAPTURE(kind);
            const auto sweep = run_mmsim(with_output(kSweep, kind));
            CHECK_EQ(sweep.status, 1);
            CHECK_EQ(sweep.err, "");
            check_golden("cli/golden/faults_driver." + std::string(kind), sweep.out);
            const auto trace = run_mmsim(with_output(kTrace, kind));
            CHECK_EQ(trace.status, 1);
            CHECK_EQ(trace.err, "");
            check_golden("cli/golden/faults_trace." + std::string(kind), trace.out);
        }
    }

    TEST_CASE("an option takes one word: the trace may stand behind it") {
        const auto before = run_mmsim({"faults", kTrace[1], "-o", "json", "--fail", "charge@7"});
        const auto behind = run_mmsim({"faults", "-o", "json", "--fail", "charge@7", kTrace[1]});
        CHECK_EQ(behind.status, 1);
        CHECK_EQ(behind.out, before.out);
        CHECK_EQ(run_mmsim({"check", "-o", "json", "traces/quickstart"}).status, 0);
    }

    TEST_CASE("no findings is exit status 0") {
        CHECK_EQ(run_mmsim({"faults", "traces/quickstart/two_maps.json"}).status, 0);
    }

    TEST_CASE("a trace from a pipe is swept under several kernels as one from a file is") {
        const std::string options = " --kernel 7.0,7.3 --list";
        const auto file = run_shell("mmsim faults traces/guide/2-moved.json" + options);
        const auto pipe = run_shell("cat traces/guide/2-moved.json | mmsim faults -" + options);
        CHECK_EQ(pipe.out, file.out);
        CHECK_NE(file.out.find("\n7.3 event 1 "), std::string::npos);
    }

    TEST_CASE("prove reads the TAP") {
        require_program("prove");
        const TemporaryFolder folder;
        const std::string file = folder.path("tap");
        run_mmsim(with_output(kTrace, "tap:" + file));
        // That of Perl 5.36 takes no version above 13.
        const auto run =
            run_shell("sed -i 1s/14/13/ '" + file + "'; prove -v -e cat '" + file + "' 2>&1");
        CAPTURE(run.out);
        CHECK_EQ(run.status, 1);
        CHECK_NE(run.out.find("Failed 7/"), std::string::npos);
        CHECK_EQ(run.out.find("Parse errors"), std::string::npos);
    }

    TEST_CASE("the JUnit XML is valid by its schema") {
        require_program("xmllint");
        const TemporaryFolder folder;
        for (const Command& command : {kSweep, kTrace}) {
            const std::string file = folder.path("junit.xml");
            CHECK_EQ(run_mmsim(with_output(command, "junit:" + file)).status, 1);
            const auto run =
                run_shell("xmllint --noout --schema tests/cli/junit.xsd '" + file + "'");
            CAPTURE(run.err);
            CHECK_EQ(run.status, 0);
        }
    }

    TEST_CASE("outputs of one run agree with those of runs of their own") {
        const TemporaryFolder folder;
        Command command = kSweep;
        for (const std::string kind : {"json", "html", "tap"}) {
            command = with_output(command, kind + ":" + folder.path(kind));
        }
        CHECK_EQ(run_mmsim(command).out, "");
        for (const std::string kind : {"json", "html", "tap"}) {
            CHECK_EQ(run_mmsim(with_output(kSweep, kind)).out, folder.read(kind));
        }
    }

    TEST_CASE("arguments that make no sense read as they did, and exit 2") {
        std::string text;
        for (const std::string arguments :
             {"", "traces/quickstart/two_maps.json --sweep stm", "--sweep none",
              "traces/quickstart/two_maps.json --only none,fresh,direct,shared,4@4",
              "traces/quickstart/two_maps.json --save-trace x.json", "--sweep stm -o csv",
              "--sweep stm --kernel 7.3 --only nowhere", "none.json",
              "traces/quickstart/two_maps.json --kernel 7.3,",
              "traces/bugs/success-hook-error.json --kernel 7.0,7.3"}) {
            const std::string line = "mmsim faults " + arguments;
            text += refusal_of(line, run_shell(line));
        }
        check_golden("cli/golden/faults_arguments.txt", text);
    }
}
