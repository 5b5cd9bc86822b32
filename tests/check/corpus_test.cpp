// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/corpus.h"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "base/text.h"
#include "check/check_trace.h"
#include "check/expect_key.h"
#include "report/output_file.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

CheckResult check(const std::string& path, bool update = false) {
    SettingsOfFolders folders;
    return check_trace(path, {folders.of_trace(path), update, nullptr}).value();
}

// Checks the only trace in the folder.
std::string checked(const TemporaryFolder& folder, bool update = false) {
    const auto traces = find_traces({folder.path("")});
    if (traces.size() != 1) return std::to_string(traces.size()) + " traces";
    return std::string(check_status_name(check(traces[0].path, update).status));
}

const std::string kTrace = json_trace(map_event("0x20000", 2));
// Guard pages came between 6.12 and 6.16: before, the advice is a failed event.
std::string two_kernels(int failed_before, int failed_now) {
    const auto expected = [](int failed) {
        return R"({"report": {"events": {"failed": )" + std::to_string(failed) + "}}}";
    };
    return json_trace(map_event("0x20000", 4) +
                          R"(, {"op": "madvise", "addr": "0x20000", "length": 4096, )"
                          R"("advice": "MADV_GUARD_INSTALL"})",
                      R"("expect": {"kernels": {"6.12": )" + expected(failed_before) +
                          R"(, "6.16": )" + expected(failed_now) + "}}, ");
}

const std::string kWithExpect =
    "{\"mmsim_trace\": 1,\n \"expect\": {\"maps\": []},\n \"events\": [" + map_event("0x20000", 2) +
    "]}\n";

}  // namespace

TEST_SUITE("check/finding traces") {
    TEST_CASE("traces are told by what is in them, not by their names") {
        CHECK(looks_like_trace(kTrace));
        CHECK(looks_like_trace("\n  {\"mmsim_trace\": 1}"));
        CHECK(looks_like_trace("mmap(NULL, 4096, PROT_READ) = 0x7f0000000000\n"));
        CHECK(looks_like_trace("12345 12:00:01.5 brk(NULL) = 0x5555\n"));
        CHECK(looks_like_trace("[   9] [00007f0012345678] mmap(NULL, 1 <unfinished ...>\n"));
        CHECK(looks_like_trace("[pid  7] munmap(0x1000, 4096 <unfinished ...>\n"));
        CHECK(looks_like_trace("brk(NULL) = 0x5555\n > /bin/true(_start+0x0) [0x14f0]\n > x\n"));
        CHECK(looks_like_trace("# a comment\n\nbrk(NULL)   = 0\n+++ exited with 0 +++\n"));
    }

    TEST_CASE("other text is no trace") {
        CHECK_FALSE(looks_like_trace(""));
        CHECK_FALSE(looks_like_trace("{\"mmsim_report\": 1}"));
        CHECK_FALSE(looks_like_trace("{\"maps\": []}"));
        CHECK_FALSE(looks_like_trace("# Traces\n\nRun `strace -f` like this:\n\n    brk(0) = 0\n"));
        CHECK_FALSE(looks_like_trace("10000-11000 r--p 00000000 08:01 42 /lib/x.so\n"));
        CHECK_FALSE(looks_like_trace("int main(void) { return f(1); }\n"));
    }

    TEST_CASE("folders are searched to the bottom, in a fixed order, expectations left out") {
        const TemporaryFolder folder;
        folder.write("b.json", kTrace);
        folder.write("b.json.expected", "{}");
        folder.write("a/c", "brk(NULL) = 0x5555\n");
        folder.write("README.md", "# words\nmore words\n");
        const auto traces = find_traces({folder.path("")});
        REQUIRE_EQ(traces.size(), 2);
        CHECK(traces[0].path.ends_with("a/c"));
        CHECK(traces[1].path.ends_with("b.json"));
    }

    TEST_CASE("a trace that is named twice is found once, and numbers run through") {
        const TemporaryFolder folder;
        folder.write("a/t", kTrace);
        folder.write("b/t", kTrace);
        const auto traces =
            find_traces({folder.path("b"), folder.path(""), folder.path("a/../b/t")});
        REQUIRE_EQ(traces.size(), 2);
        CHECK(traces[0].path.ends_with("b/t"));
        CHECK(traces[1].path.ends_with("a/t"));
        CHECK_EQ(traces[0].number, 1);
        CHECK_EQ(traces[1].number, 2);
    }

    TEST_CASE("a link that leads back up does not lead round for ever") {
        const TemporaryFolder folder;
        folder.write("a/t", kTrace);
        std::filesystem::create_directory_symlink("..", folder.path("a/up"));
        CHECK_EQ(find_traces({folder.path("")}).size(), 1);
    }

    TEST_CASE("a link to nothing is a trace that is broken, not one trace less") {
        const TemporaryFolder folder;
        std::filesystem::create_symlink("none", folder.path("t.json"));
        CHECK_EQ(checked(folder), "broken");
    }

    TEST_CASE("what another run is writing is no trace") {
        const TemporaryFolder folder;
        folder.write("a.json", json_trace(""));
        OutputFile file(folder.path("a.json"));
        file.stream() << json_trace("") << std::flush;
        CHECK(std::filesystem::exists(file.temporary()));
        CHECK_EQ(find_traces({folder.path("")}).size(), 1);
    }

    TEST_CASE("a path that is not there is an error") {
        const TemporaryFolder folder;
        CHECK_THROWS_AS(find_traces({folder.path("none")}), InputError);
    }
}

TEST_SUITE("check/shards") {
    TEST_CASE("shards share the corpus: every trace is in one, in order") {
        std::vector<FoundTrace> corpus;
        for (std::uint64_t i = 1; i <= 500; ++i) {
            corpus.push_back({"x/" + std::to_string(i), std::to_string(i), i});
        }
        for (const std::uint64_t count : {1U, 2U, 8U, 13U}) {
            std::vector<std::uint64_t> seen;
            for (std::uint64_t index = 1; index <= count; ++index) {
                std::uint64_t last = 0;
                const auto part = traces_of_shard(corpus, {index, count});
                CHECK_GT(part.size(), 500 / count / 2);
                for (const FoundTrace& trace : part) {
                    CHECK_LT(last, trace.number);
                    last = trace.number;
                    seen.push_back(trace.number);
                }
            }
            std::ranges::sort(seen);
            CHECK_EQ(seen.size(), corpus.size());
            CHECK(std::ranges::adjacent_find(seen) == seen.end());
        }
    }

    TEST_CASE("a trace stays in its shard wherever the corpus lies and whatever is added") {
        const TemporaryFolder folder;
        folder.write("one/a/t", kTrace);
        folder.write("two/a/t", kTrace);
        folder.write("two/a/s", kTrace);
        const auto one = find_traces({folder.path("one")});
        const auto two = find_traces({folder.path("two/")});
        CHECK_EQ(one[0].key, "a/t");
        CHECK_EQ(two[1].key, "a/t");
        for (std::uint64_t index = 1; index <= 5; ++index) {
            const auto of_one = traces_of_shard(one, {index, 5});
            const auto of_two = traces_of_shard(two, {index, 5});
            CHECK_EQ(!of_one.empty(), std::ranges::any_of(of_two, [](const FoundTrace& trace) {
                return trace.key == "a/t";
            }));
        }
    }

    TEST_CASE("K/N is taken apart, and nothing else is") {
        CHECK_EQ(parse_shard("1/1"), Shard{1, 1});
        CHECK_EQ(parse_shard("12/16"), Shard{12, 16});
        for (const char* bad : {"", "1", "/", "1/", "/2", "0/2", "3/2", "-1/2", "1/2/3", "a/b",
                                "1 /2", "1/99999999999999999999"}) {
            CAPTURE(bad);
            CHECK_THROWS_AS(parse_shard(bad), InputError);
        }
    }
}

TEST_SUITE("check/corpus") {
    TEST_CASE("a trace without expectation is missing one") {
        const TemporaryFolder folder;
        folder.write("t.json", kTrace);
        CHECK_EQ(checked(folder), "missing");
    }

    TEST_CASE("an expectation beside the trace is found and judged") {
        const TemporaryFolder folder;
        folder.write("t.json", kTrace);
        folder.write("t.json.expected", "{}");
        CHECK_EQ(checked(folder), "pass");
        folder.write("t.json.expected", R"({"maps": []})");
        CHECK_EQ(checked(folder), "fail");
    }

    TEST_CASE("a trace that cannot be replayed is broken, and says where") {
        const TemporaryFolder folder;
        folder.write("t.json", "{\"mmsim_trace\": 1, \"events\": [{\"op\": \"mnap\"}]}");
        const CheckResult result = check(folder.path("t.json"));
        CHECK_EQ(result.status, CheckStatus::broken);
        REQUIRE_EQ(result.problems.size(), 1);
        CHECK_NE(result.problems[0].find("t.json:1:"), std::string::npos);
    }

    TEST_CASE("update writes what is missing, and then it passes") {
        const TemporaryFolder folder;
        folder.write("t.json", kTrace);
        CHECK_EQ(checked(folder, true), "updated");
        CHECK_EQ(folder.names(), "t.json t.json.expected");
        CHECK_EQ(folder.read("t.json"), kTrace);
        CHECK_EQ(checked(folder), "pass");
        CHECK_EQ(checked(folder, true), "pass");
    }

    TEST_CASE("update changes the trace's own expectation in place, and nothing else in it") {
        const TemporaryFolder folder;
        folder.write("t.json", kWithExpect);
        CHECK_EQ(checked(folder), "fail");
        CHECK_EQ(checked(folder, true), "updated");
        CHECK_EQ(folder.names(), "t.json");
        CHECK_EQ(checked(folder), "pass");
        const std::string text = folder.read("t.json");
        CHECK(text.starts_with("{\"mmsim_trace\": 1,\n \"expect\": {\n"));
        CHECK(text.ends_with("},\n \"events\": [" + map_event("0x20000", 2) + "]}\n"));
    }

    TEST_CASE("an expectation of several kernels is judged under each of them") {
        const TemporaryFolder folder;
        folder.write("t.json", two_kernels(1, 0));
        const CheckResult good = check(folder.path("t.json"));
        CHECK_EQ(good.status, CheckStatus::pass);
        CHECK_EQ(good.events, 4);

        folder.write("t.json", two_kernels(1, 1));
        const CheckResult bad = check(folder.path("t.json"));
        CHECK_EQ(bad.status, CheckStatus::fail);
        REQUIRE_EQ(bad.problems.size(), 1);
        CHECK_EQ(bad.problems[0], "6.16: report.events.failed: expected 1, got 0");
    }

    TEST_CASE("update keeps the kernels apart") {
        const TemporaryFolder folder;
        folder.write("t.json", two_kernels(7, 8));
        CHECK_EQ(checked(folder, true), "updated");
        CHECK_EQ(folder.names(), "t.json");
        CHECK_EQ(checked(folder), "pass");
        const std::string text = folder.read("t.json");
        CHECK_LT(text.find("\"6.12\""), text.find("\"failed\": 1"));
        CHECK_LT(text.find("\"6.16\""), text.find("\"failed\": 0"));
    }

    TEST_CASE("a failure names the command that shows more of it") {
        const TemporaryFolder folder;
        const auto closer = [&](const std::string& expected, const std::string& trace = kTrace) {
            folder.write("t.json", trace);
            folder.write("t.json.expected", expected);
            std::string command = check(folder.path("t.json")).closer;
            const auto at = command.find(folder.path("t.json"));
            if (at != npos) command.replace(at, folder.path("t.json").size(), "T");
            return command;
        };
        CHECK_EQ(closer("{}"), "");
        CHECK_EQ(closer(R"({"maps": []})"), "mmsim replay T -o delta");
        CHECK_EQ(closer(R"({"kernels": {"7.0": {"maps": []}}})"),
                 "mmsim replay T --kernel 7.0 -o delta");
        CHECK_EQ(closer(R"({"report": {"events": {"ok": 9}}})"), "mmsim replay T");
        const std::string wrong = json_trace(map_event("0x20000", 2) + "," +
                                             unmap_event("0x20001", 1, R"(, "result": 0)"));
        CHECK_EQ(closer("{}", wrong), "mmsim explain T --at 2");
        CHECK_EQ(closer("{}", "{"), "mmsim replay T");
    }

    TEST_CASE("update keeps to what the old expectation asked") {
        const TemporaryFolder folder;
        folder.write("t.json", kTrace);
        folder.write("t.json.expected", R"({"report": {"events": {"ok": 9}}})");
        CHECK_EQ(checked(folder, true), "updated");
        CHECK_EQ(folder.read("t.json.expected"),
                 "{\n  \"report\": {\n    \"events\": {\n      \"ok\": 1\n    }\n  }\n}\n");
    }

    TEST_CASE("an expectation that cannot be written leaves the old one, and the trace fails") {
        const TemporaryFolder folder;
        // No file can be made beside it when its name is as long as a name can be.
        const std::string name(255 - std::string(".expected").size(), 'n');
        folder.write(name, kTrace);
        folder.write(name + ".expected", R"({"maps": []})");
        const CheckResult result = check(folder.path(name), true);
        CHECK_EQ(result.status, CheckStatus::fail);
        CHECK_NE(result.problems.back().find("not updated: cannot write"), npos);
        CHECK_EQ(folder.read(name + ".expected"), R"({"maps": []})");
    }

    TEST_CASE("update leaves a broken trace alone") {
        const TemporaryFolder folder;
        folder.write("t.json", "{\"mmsim_trace\": 1");
        CHECK_EQ(checked(folder, true), "broken");
        CHECK_EQ(folder.names(), "t.json");
    }
}

TEST_SUITE("check/expect key") {
    TEST_CASE("only the key of the top level is replaced") {
        CHECK_EQ(replace_expect_key(R"({"a": {"expect": 1}, "expect": 2, "b": 3})", "{}", false),
                 R"({"a": {"expect": 1}, "expect": {}, "b": 3})");
        CHECK_EQ(replace_expect_key(R"({"s": "\"expect\": 7,", "expect" : [1, 2] })", "{}", false),
                 R"({"s": "\"expect\": 7,", "expect" : {} })");
    }

    TEST_CASE("a document without the key, or that is none, is left alone") {
        CHECK_FALSE(replace_expect_key(R"({"a": {"expect": 1}})", "{}", false));
        CHECK_FALSE(replace_expect_key("\x1f\x8b\x08", "{}", false));
    }

    TEST_CASE("in JSON Lines the header stays one line") {
        CHECK_EQ(replace_expect_key("{\"mmsim_trace\": 1, \"expect\": {}}\n{\"op\": \"exit\"}\n",
                                    "{\n  \"maps\": []\n}\n", true),
                 "{\"mmsim_trace\": 1, \"expect\": {\"maps\":[]}}\n{\"op\": \"exit\"}\n");
    }
}
