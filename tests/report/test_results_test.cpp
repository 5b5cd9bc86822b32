// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/test_results.h"

#include <sstream>

#include <doctest/doctest.h>

#include "support/golden.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using Writer = void (*)(std::ostream&, const TestResults&);

std::string written(Writer write, const TestResults& results) {
    std::ostringstream out;
    write(out, results);
    return out.str();
}

TestResults one(TestResult result) { return {"suite", {std::move(result)}}; }

TestResult failed(const std::string& name, const std::string& message) {
    return {name, TestOutcome::not_ok, message, {}, {}, 0};
}

// All that a result can hold, and all that must not be taken for something else.
TestResults everything() {
    return {"mmsim check",
            {
                {"a/plain.json", TestOutcome::ok, {}, {}, {}, 0},
                {"b/#1 \\ \"x\" <&>.json",
                 TestOutcome::not_ok,
                 "expected 1, got 2: 50%",
                 {"  ok 7 - a line of a difference", "...", "tab\there", "\x1b[1m\xff\xc3]]>"},
                 "b/#1, x:y.json",
                 12},
                {"c\nd", TestOutcome::skipped, "no # such\nthing", {}, {}, 0},
                {"e", TestOutcome::not_ok, "only a message", {}, {}, 0},
            }};
}

TestResults stopped() {
    return {"mmsim check",
            {{"a", TestOutcome::ok, {}, {}, {}, 0}},
            "interrupted after 1 of 3 traces",
            3};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("report/test results") {
    TEST_CASE("results as TAP read as they did") {
        check_golden("report/golden/results.tap", written(write_tap, everything()));
    }

    TEST_CASE("results as JUnit XML read as they did") {
        check_golden("report/golden/results.xml", written(write_junit, everything()));
    }

    TEST_CASE("results as annotations for GitHub read as they did") {
        check_golden("report/golden/results.github", written(write_github, everything()));
    }

    TEST_CASE("TAP escapes what would begin a directive, and nothing else") {
        const auto line = [](const std::string& name) {
            const std::string text =
                written(write_tap, one({name, TestOutcome::ok, {}, {}, {}, 0}));
            return text.substr(text.find("ok 1"), text.find("\n# 1 ok") - text.find("ok 1"));
        };
        CHECK_EQ(line("a # SKIP b"), "ok 1 - a \\# SKIP b");
        CHECK_EQ(line("a\\#b"), "ok 1 - a\\\\\\#b");
        CHECK_EQ(line("two\nlines"), "ok 1 - two lines");
        CHECK_EQ(line("1 - \"x\": {y}"), "ok 1 - 1 - \"x\": {y}");
    }

    TEST_CASE("no first word of a detail reads as a key") {
        const auto item = [](const std::string& detail) {
            TestResult result = failed("x", "m");
            result.details = {detail};
            const std::string text = written(write_tap, one(result));
            const auto begin = text.find("    - ") + 6;
            return text.substr(begin, text.find('\n', begin) - begin);
        };
        CHECK_EQ(item("cure: none: at all"), "\"cure\\x3a none: at all\"");
        CHECK_EQ(item("a:b:c d:"), "\"a\\x3ab\\x3ac d:\"");
        CHECK_EQ(item("word : more"), "\"word \\x3a more\"");
        CHECK_EQ(item("look closer: mmsim"), "\"look closer: mmsim\"");
        CHECK_EQ(item("word:"), "\"word\\x3a\"");
    }

    TEST_CASE("no line of a detail stands where a line of TAP could") {
        TestResult result = failed("x", "m");
        result.details = {"ok 2 - y", "  ...", "1..9", "Bail out!"};
        const std::string text = written(write_tap, one(result));
        std::istringstream lines(text);
        int inside = 0;
        for (std::string line; std::getline(lines, line);) {
            if (line == "  ---" || line == "  ...") ++inside;
            const auto first = line.find_first_not_of(' ');
            if (inside == 1) CHECK_NE(line.substr(first, 3), "ok ");
        }
        CHECK_EQ(inside, 2);
        CHECK(has(text, "    - \"  ...\"\n"));
    }

    TEST_CASE("a run that stopped says so in every form, and how many tests there were to be") {
        CHECK_EQ(written(write_tap, stopped()),
                 "TAP version 14\n1..3\n# mmsim check\nok 1 - a\n# 1 ok\n"
                 "Bail out! interrupted after 1 of 3 traces\n");
        const std::string junit = written(write_junit, stopped());
        CHECK(has(junit, "tests=\"2\" failures=\"0\" errors=\"1\""));
        CHECK(has(junit, "<error message=\"interrupted after 1 of 3 traces\""));
        CHECK_EQ(written(write_github, stopped()),
                 "::error title=mmsim check::interrupted after 1 of 3 traces\n"
                 "mmsim check: 1 ok\n");
    }

    TEST_CASE("no results at all are well-formed too") {
        CHECK_EQ(written(write_tap, {"none", {}}), "TAP version 14\n1..0\n# none\n# 0 ok\n");
        CHECK(has(written(write_junit, {"none", {}}), "<testsuite name=\"none\" tests=\"0\""));
        CHECK_EQ(written(write_github, {"none", {}}), "none: 0 ok\n");
    }

    TEST_CASE("bytes that XML does not allow are replaced, white space and text are not") {
        CHECK_EQ(printable("a\tb\nc \xc3\xa4 \xf0\x9f\x98\x80"),
                 "a\tb\nc \xc3\xa4 \xf0\x9f\x98\x80");
        const std::string r = "\xef\xbf\xbd";
        CHECK_EQ(printable(std::string("a\0b", 3)), "a" + r + "b");
        CHECK_EQ(printable("\x1b[0m\r\x7f"), r + "[0m" + r + r);
        CHECK_EQ(printable("\xc2\x85|\xc2\xa0"), r + "|\xc2\xa0");
        CHECK_EQ(printable("\xff|\xc3|\xed\xa0\x80|\xef\xbf\xbf"),
                 r + "|" + r + "|" + r + r + r + "|" + r);
    }

    TEST_CASE("GitHub gets a message of several lines as one command") {
        TestResult result = failed("a:b,c", "100%");
        result.details = {"x: y, z", "end"};
        result.file = "dir/a,b.json";
        result.line = 3;
        CHECK_EQ(written(write_github, one(result)),
                 "::error file=dir/a%2Cb.json,line=3,title=a%3Ab%2Cc::100%25%0Ax: y, z%0Aend\n"
                 "suite: 0 ok, 1 not ok\n");
    }
}
