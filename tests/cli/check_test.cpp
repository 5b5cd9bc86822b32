// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "support/golden.h"
#include "support/program.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Passes, fails, has no expectation, is broken; with names that mean something in each format.
void write_mixed(const TemporaryFolder& folder) {
    folder.write("a b.json", json_trace(map_event("0x20000", 1)));
    folder.write("a b.json.expected", "{}");
    folder.write("b # SKIP <&\">.json", json_trace(map_event("0x20000", 1)));
    folder.write("b # SKIP <&\">.json.expected", R"({"maps": []})");
    folder.write("c.json", json_trace(map_event("0x20000", 1)));
    folder.write("d.json", "{\"mmsim_trace\": 1, \"\x01\xff");
}

// A trace that is replayed for long.
std::string long_trace() {
    std::string text = "{\"mmsim_trace\": 1}\n";
    const std::string pair = map_event("0x20000", 1) + "\n" + unmap_event("0x20000", 1) + "\n";
    for (int i = 0; i < 200'000; ++i) text += pair;
    return text;
}

// Permissions hold for root only without the capabilities that pass over them.
class Unprivileged {
public:
    Unprivileged() {
        if (run_shell("[ $(id -u) -ne 0 ]").status == 0) return;
        require_program("setpriv");
        become_ = "setpriv --bounding-set=-dac_override,-dac_read_search ";
    }

    // A trace and what is expected of it, "" for nothing.
    void write(const std::string& name, const std::string& expected) const {
        folder_.write(name, json_trace(map_event("0x20000", 1)));
        if (!expected.empty()) folder_.write(name + ".expected", expected);
    }
    std::string read(const std::string& name) const { return folder_.read(name); }
    // A command in the folder.
    Finished run(const std::string& command) const {
        return run_shell("cd '" + folder_.path("") + "'; " + become_ + "sh -c '" + command + "'");
    }

private:
    TemporaryFolder folder_;
    std::string become_;
};

}  // namespace

TEST_SUITE("cli/check") {
    TEST_CASE("the quickstart corpus passes") {
        const auto run = run_mmsim({"check", "traces/quickstart"});
        CHECK_EQ(run.status, 0);
        CHECK_NE(run.out.find("2 of 2 traces pass"), std::string::npos);
        CHECK_EQ(run.err, "");
    }

    TEST_CASE("one bad trace fails the corpus, and the others are still looked at") {
        const TemporaryFolder folder;
        folder.write("a.json", "{\"mmsim_trace\": 1, ");
        folder.write("b.json", json_trace(map_event("0x20000", 1)));
        folder.write("b.json.expected", "{}");
        folder.write("c.json", json_trace(map_event("0x20000", 1)));
        const auto run = run_mmsim({"check", folder.path("")});
        CHECK_EQ(run.status, 1);
        CHECK_NE(run.out.find("broken  " + folder.path("a.json")), std::string::npos);
        CHECK_NE(run.out.find("pass    " + folder.path("b.json")), std::string::npos);
        CHECK_NE(run.out.find("missing " + folder.path("c.json")), std::string::npos);
        CHECK(run.out.ends_with("1 of 3 traces pass, 2 fail\n"));
    }

    TEST_CASE("--update writes expectations that then pass") {
        const TemporaryFolder folder;
        folder.write("c.json", json_trace(map_event("0x20000", 1)));
        CHECK_EQ(run_mmsim({"check", "--update", folder.path("")}).status, 0);
        CHECK_EQ(run_mmsim({"check", folder.path("")}).status, 0);
    }

    TEST_CASE("the output is the same for any number of jobs") {
        const auto one = run_mmsim({"check", "traces/bugs", "-o", "json"});
        CHECK_EQ(one.status, 0);
        CHECK_EQ(run_mmsim({"check", "traces/bugs", "-o", "json", "-j", "5"}).out, one.out);
        CHECK_EQ(run_mmsim({"check", "traces/bugs", "-o", "json", "-j", "0"}).out, one.out);
    }

    TEST_CASE("of 500 traces two jobs say what one says: each by its name, in order") {
        const TemporaryFolder folder;
        for (int i = 0; i < 500; ++i) {
            const std::string name =
                "f" + std::to_string(i % 7) + "/" + std::to_string(i) + ".json";
            const std::string trace = json_trace(map_event("0x20000", 1));
            folder.write(name, i % 100 == 1 ? trace.substr(0, trace.size() / 2) : trace);
            if (i % 100 == 2) continue;
            folder.write(name + ".expected", i % 100 == 3 ? R"({"maps": []})" : "{}");
        }
        const auto one = run_mmsim({"check", folder.path(""), "-j", "1"});
        const auto two = run_mmsim({"check", folder.path(""), "-j", "2"});
        CHECK_EQ(one.status, 1);
        CHECK_EQ(two.status, 1);
        CHECK_EQ(two.out, one.out);
        CHECK(has(one.out, "broken  " + folder.path("f3/101.json")));
        CHECK(has(one.out, "missing " + folder.path("f4/102.json")));
        CHECK(has(one.out, "fail    " + folder.path("f5/103.json")));
        CHECK(one.out.ends_with("485 of 500 traces pass, 15 fail\n"));
    }

    TEST_CASE("shards merged are what one run gives, in every format, failures and all") {
        const TemporaryFolder folder;
        write_mixed(folder);
        const std::string traces = folder.path("");
        std::vector<std::string> reports;
        for (const std::string k : {"1", "2", "3"}) {
            reports.push_back(folder.path(k));
            run_mmsim({"check", traces, "traces/bugs", "--shard", k + "/3", "-o",
                       "json:" + reports.back()});
        }
        for (const char* kind : {"text", "json", "tap", "junit", "github"}) {
            CAPTURE(kind);
            const auto whole = run_mmsim({"check", traces, "traces/bugs", "-o", kind});
            const auto merged =
                run_mmsim({"check", "-o", kind, "--merge", reports[2], reports[0], reports[1]});
            CHECK_EQ(whole.status, 1);
            CHECK_EQ(merged.status, 1);
            CHECK_EQ(merged.out, whole.out);
        }
        CHECK_EQ(run_mmsim({"check", "--merge", reports[0], reports[1]}).status, 2);
    }

    TEST_CASE("an interrupt says how far it came, and what was asked for is whole") {
        for (const int signal : {SIGINT, SIGTERM}) {
            const TemporaryFolder folder;
            folder.write("a.json", json_trace(map_event("0x20000", 1)));
            folder.write("a.json.expected", "{}");
            folder.write("b.jsonl", long_trace());
            folder.write("b.jsonl.expected", "{}");
            const auto run = run_mmsim({"check", folder.path(""), "-j", "2", "-o", "text", "-o",
                                        "tap:" + folder.path("tap")},
                                       {.signal_after = "a.json", .signal = signal});
            CHECK_EQ(run.status, 130);
            CHECK_EQ(run.err, "mmsim: interrupted after 1 of 2 traces\n");
            CHECK(run.out.ends_with("1 of 2 traces pass, 1 not checked\n"));
            CHECK(has(folder.read("tap"), "\n1..2\n"));
            CHECK(has(folder.read("tap"), "\nBail out! interrupted after 1 of 2 traces\n"));
        }
    }

    TEST_CASE("arguments that make no sense read as they did, and exit 2") {
        std::string text;
        for (const std::string arguments :
             {"", "none", "tests/support", "traces/quickstart --shard 3/2",
              "traces/quickstart -o html", "traces/quickstart -o tap -o junit",
              "traces/quickstart -j x", "traces/quickstart --merge none.json", "--merge none.json",
              "--merge traces/quickstart/two_maps.json"}) {
            const std::string line = "mmsim check " + arguments;
            text += refusal_of(line, run_shell(line));
        }
        check_golden("cli/golden/check_arguments.txt", text);
    }
}

TEST_SUITE("cli/check of what cannot be read") {
    TEST_CASE("a folder that cannot be read ends the check before it begins") {
        const Unprivileged user;
        user.write("a.json", "{}");
        user.write("closed/b.json", "{}");
        const auto run = user.run("chmod 0 closed; mmsim check .");
        CHECK_EQ(run.status, 2);
        CHECK_EQ(run.out, "");
        CHECK_EQ(run.err, "mmsim: cannot read folder './closed': Permission denied\n");
    }

    TEST_CASE("a folder whose files cannot be reached has broken traces, not none") {
        const Unprivileged user;
        user.write("a.json", "{}");
        user.write("listed/b.json", "{}");
        const auto run =
            user.run("chmod 444 listed; mmsim check .; s=$?; chmod 755 listed; exit $s");
        CHECK_EQ(run.status, 1);
        CHECK(has(run.out, "broken  ./listed/b.json"));
        CHECK(run.out.ends_with("1 of 2 traces pass, 1 fail\n"));
    }

    TEST_CASE(
        "a trace or an expectation that cannot be read is broken, and the others are checked") {
        const Unprivileged user;
        for (const char* name : {"a.json", "b.json", "c.json"}) user.write(name, "{}");
        const auto run = user.run("chmod 0 a.json b.json.expected; mmsim check .");
        CHECK_EQ(run.status, 1);
        CHECK(has(run.out,
                  "broken  ./a.json\n        ./a.json: cannot be opened: Permission denied"));
        CHECK(has(run.out,
                  "broken  ./b.json\n        ./b.json.expected: cannot be opened: Permission"));
        CHECK(run.out.ends_with("1 of 3 traces pass, 2 fail\n"));
    }

    TEST_CASE("settings that cannot be read are an error, not no settings") {
        const Unprivileged user;
        user.write("a.json", "{}");
        const auto run =
            user.run("echo {} >mmsim-check.json; chmod 0 mmsim-check.json; mmsim check .");
        CHECK_EQ(run.status, 2);
        CHECK(has(run.err, "mmsim-check.json: cannot be opened: Permission denied"));
    }

    TEST_CASE("a folder that cannot be written to keeps its expectations, and the update fails") {
        const Unprivileged user;
        user.write("f/a.json", R"({"maps": []})");
        const auto run =
            user.run("chmod 555 f; mmsim check --update .; s=$?; chmod 755 f; exit $s");
        CHECK_EQ(run.status, 1);
        CHECK(has(run.out, "/f/a.json.expected': Permission denied"));
        CHECK_EQ(user.read("f/a.json.expected"), R"({"maps": []})");
    }
}

TEST_SUITE("cli/check --update") {
    TEST_CASE("what has changed is said") {
        const TemporaryFolder folder;
        folder.write("t.json", json_trace(map_event("0x20000", 1)));
        folder.write("t.json.expected", R"({"report": {"events": {"ok": 7}}})");
        const auto run = run_mmsim({"check", "--update", folder.path("t.json")});
        CHECK_EQ(run.status, 0);
        CHECK_EQ(run.out, "updated " + folder.path("t.json") +
                              "\n        report.events.ok: expected 7, got 1\n"
                              "0 of 1 traces pass, 1 expectations written\n");
    }

    // A limit on the size of files stands for a full disk, which takes no root to make.
    TEST_CASE("a full disk leaves every old expectation, and says of each what happened") {
        const TemporaryFolder folder;
        std::string events = map_event("0x20000", 1);
        for (int i = 1; i < 200; ++i) {
            events += "," + map_event("0x" + std::to_string(20000 + i * 2000), 1);
        }
        const std::string trace = json_trace(events, "\"expect\": {\"maps\": []}, ");
        folder.write("in.json", trace);
        folder.write("beside.json", json_trace(events));
        folder.write("beside.json.expected", R"({"maps": []})");
        const auto run = run_shell("ulimit -f 1; mmsim check --update '" + folder.path("") + "'");
        CHECK_EQ(run.status, 1);
        CHECK_EQ(folder.names(), "beside.json beside.json.expected in.json");
        CHECK_EQ(folder.read("in.json"), trace);
        CHECK_EQ(folder.read("beside.json.expected"), R"({"maps": []})");
        CHECK(has(run.out, "not updated: cannot write '" + folder.path("in.json") + "'"));
        CHECK(has(run.out, "not updated: cannot write '" + folder.path("beside.json.expected")));
        CHECK(run.out.ends_with("0 of 2 traces pass, 2 fail\n"));
    }

    TEST_CASE("a disk without room leaves the old expectation, and nothing beside it") {
        const TemporaryFolder folder;
        folder.write("t.json", json_trace(map_event("0x20000", 1)));
        folder.write("t.json.expected", R"({"maps": []})");
        folder.write("disk/there", "");
        folder.write("fill", R"(mount -t tmpfs -o size=64k none disk && cd disk && echo mounted
cp ../t.json* .
cat /dev/zero >filler 2>/dev/null
mmsim check --update t.json
echo status $?
cat t.json.expected
echo
ls)");
        const auto run = run_shell("cd '" + folder.path("") + "' && unshare -rm sh ./fill 2>&1");
        if (!run.out.starts_with("mounted\n")) {
            MESSAGE("no disk of our own to fill here: not tested");
            return;
        }
        CAPTURE(run.out);
        CHECK(has(run.out, "/disk/t.json.expected': No space left on device"));
        CHECK(run.out.ends_with("status 1\n{\"maps\": []}\nfiller\nt.json\nt.json.expected\n"));
    }

    TEST_CASE("a check beside an update sees each expectation whole, the old one or the new one") {
        const TemporaryFolder folder;
        for (int i = 0; i < 60; ++i) {
            const std::string name = "t" + std::to_string(i) + ".json";
            folder.write(name, json_trace(map_event("0x20000", 1), "\"expect\": {\"maps\": []}, "));
        }
        const std::string traces = "'" + folder.path("") + "'";
        const auto run = run_shell("mmsim check --update " + traces + " >/dev/null & mmsim check " +
                                   traces + "; mmsim check " + traces + "; wait");
        CHECK_FALSE(has(run.out, "broken"));
        CHECK_FALSE(has(run.out, "missing"));
        CHECK_EQ(run.err, "");
    }

    TEST_CASE("two runs at once write the same, and lose nothing") {
        const TemporaryFolder folder;
        for (int i = 0; i < 40; ++i) {
            const std::string name = "t" + std::to_string(i) + ".json";
            folder.write(name, json_trace(map_event("0x20000", 1), "\"expect\": {\"maps\": []}, "));
        }
        const std::string update = "mmsim check --update -j 2 '" + folder.path("") + "' >/dev/null";
        CHECK_EQ(run_shell(update + " & " + update + "; s=$?; wait $! && exit $s").status, 0);
        const auto run = run_mmsim({"check", folder.path("")});
        CHECK_EQ(run.status, 0);
        CHECK(run.out.ends_with("40 of 40 traces pass\n"));
        CHECK_EQ(std::ranges::count(folder.names(), ' '), 39);
    }
}

TEST_SUITE("cli/check formats") {
    // That of Perl 5.36 knows TAP up to version 13, and takes no other version line.
    TEST_CASE("prove reads the TAP") {
        require_program("prove");
        const TemporaryFolder folder;
        write_mixed(folder);
        const auto prove = [&](const std::string& traces) {
            const std::string file = folder.path("tap");
            run_mmsim({"check", traces, "-o", "tap:" + file});
            auto run = run_shell("prove -v -e cat '" + file + "' 2>&1");
            if (!has(run.out, "TAP specified version 14")) return run;
            return run_shell("sed -i 1s/14/13/ '" + file + "'; prove -v -e cat '" + file +
                             "' 2>&1");
        };
        const auto good = prove("traces/quickstart");
        CAPTURE(good.out);
        CHECK_EQ(good.status, 0);
        CHECK(has(good.out, "Tests=2"));
        const auto bad = prove(folder.path(""));
        CAPTURE(bad.out);
        CHECK_EQ(bad.status, 1);
        CHECK(has(bad.out, "Failed 3/4 subtests"));
        CHECK_FALSE(has(bad.out, "skipped"));
        CHECK_FALSE(has(bad.out, "Parse errors"));
    }

    TEST_CASE("the JUnit XML is valid by its schema") {
        require_program("xmllint");
        const TemporaryFolder folder;
        write_mixed(folder);
        const std::string file = folder.path("junit.xml");
        CHECK_EQ(run_mmsim({"check", folder.path(""), "-o", "junit:" + file}).status, 1);
        const auto run = run_shell("xmllint --noout --schema tests/cli/junit.xsd '" + file + "'");
        CAPTURE(run.err);
        CHECK_EQ(run.status, 0);
        const auto names =
            run_shell("xmllint --xpath 'string(//testcase[2]/@name)' '" + file + "'");
        CHECK(names.out.ends_with("b # SKIP <&\">.json\n"));
    }

    TEST_CASE("GitHub gets one command for each trace that fails") {
        const TemporaryFolder folder;
        write_mixed(folder);
        const auto run = run_mmsim({"check", folder.path(""), "-o", "github"});
        CHECK_EQ(run.status, 1);
        CHECK_EQ(std::ranges::count(run.out, '\n'), 4);
        CHECK(has(run.out, "::error file=" + folder.path("c.json") + ",title="));
        CHECK(run.out.ends_with("mmsim check: 1 ok, 3 not ok\n"));
    }
}
