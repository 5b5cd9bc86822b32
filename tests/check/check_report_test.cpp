// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check_report.h"

#include <sstream>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/json_schema.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

CheckResult passing(std::uint64_t number, const std::string& path) {
    return {number, path, CheckStatus::pass, 3, {}, {}};
}

// One of each status.
CheckReport mixed() {
    CheckReport report;
    report.corpus = report.planned = 5;
    report.results = {
        passing(1, "a"),
        {2, "b", CheckStatus::fail, 4, {"x: expected 1, got 2", "two\n  lines\n"}, "mmsim y b"},
        {3, "c", CheckStatus::missing, 1, {"no expectation"}, "mmsim check --update c"},
        {4, "d", CheckStatus::broken, 0, {"d:1:2: bad"}, "mmsim replay d"},
        {5, "e \xc3\xa4", CheckStatus::updated, 1, {"y: expected 3, got 4"}, {}},
    };
    return report;
}

std::string json_of(const CheckReport& report) {
    std::ostringstream out;
    write_check_json(out, report);
    return out.str();
}

// The results of a part by their numbers.
NamedCheckReport part_of(const std::string& name, Shard shard, std::uint64_t corpus,
                         const std::vector<std::uint64_t>& numbers) {
    CheckReport report;
    report.corpus = corpus;
    report.shard = shard;
    report.planned = numbers.size();
    for (const std::uint64_t n : numbers) report.results.push_back(passing(n, std::to_string(n)));
    return {name, report};
}

std::string refusal(std::vector<NamedCheckReport> parts) {
    try {
        merge_check_reports(std::move(parts));
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

std::string parse_refusal(const std::string& json) {
    try {
        parse_check_json(json, "r.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_SUITE("check/report") {
    TEST_CASE("the JSON form fits docs/check.schema.json, whole, in part and interrupted") {
        CheckReport report = mixed();
        CHECK_EQ(against_schema("check.schema.json", json_of(report)), "");
        report.shard = {2, 3};
        report.interrupted = true;
        report.planned = 9;
        CHECK_EQ(against_schema("check.schema.json", json_of(report)), "");
    }

    TEST_CASE("what is written is read back as it was") {
        CheckReport report = mixed();
        report.shard = {2, 3};
        report.interrupted = true;
        report.planned = 9;
        const CheckReport back = parse_check_json(json_of(report), "r.json");
        CHECK_EQ(back.corpus, report.corpus);
        CHECK_EQ(back.planned, report.planned);
        CHECK_EQ(back.shard, report.shard);
        CHECK(back.interrupted);
        CHECK(back.results == report.results);
    }

    TEST_CASE("what is no such report is refused by name and key") {
        CHECK_EQ(parse_refusal("{"), "r.json: not well-formed JSON");
        CHECK_EQ(parse_refusal("[]"), "r.json: not a report of mmsim check");
        CHECK_EQ(parse_refusal(R"({"mmsim_report": 1})"), "r.json: not a report of mmsim check");
        CHECK_EQ(parse_refusal(R"({"mmsim_check": 1})"), "r.json: corpus: expected a number");
        std::string json = json_of(mixed());
        json.replace(json.find("\"missing\",\"e"), 9, "\"lost\"   ");
        CHECK_EQ(parse_refusal(json), "r.json: status: there is no 'lost'");
    }

    TEST_CASE("a result reads as a line, and what is wrong under it") {
        const CheckReport report = mixed();
        CHECK_EQ(result_text(report.results[0]), "pass    a (3 events)\n");
        CHECK_EQ(result_text(report.results[1]),
                 "fail    b\n"
                 "        x: expected 1, got 2\n"
                 "        two\n"
                 "          lines\n"
                 "        look closer: mmsim y b\n");
        CHECK_EQ(result_text(report.results[2]),
                 "missing c\n"
                 "        no expectation\n"
                 "        write one: mmsim check --update c\n");
    }

    TEST_CASE("the last line counts, and names the shard and what was not checked") {
        CheckReport report = mixed();
        CHECK_EQ(summary_text(report), "1 of 5 traces pass, 1 expectations written, 3 fail\n");
        report.shard = {2, 3};
        report.interrupted = true;
        report.planned = 9;
        CHECK_EQ(summary_text(report),
                 "1 of 9 traces of shard 2/3 pass, 1 expectations written, 3 fail, "
                 "4 not checked\n");
        CHECK_EQ(interruption_text(report), "interrupted after 5 of 9 traces");
    }

    TEST_CASE("as test results, what fails has its first line as message and the rest below") {
        const TestResults tests = test_results(mixed());
        REQUIRE_EQ(tests.results.size(), 5);
        CHECK_EQ(tests.count(TestOutcome::ok), 2);
        const TestResult& failed = tests.results[1];
        CHECK_EQ(failed.name, "b");
        CHECK_EQ(failed.file, "b");
        CHECK_EQ(failed.message, "fail: x: expected 1, got 2");
        CHECK_EQ(failed.details,
                 std::vector<std::string>{"two", "  lines", "look closer: mmsim y b"});
        CHECK_EQ(tests.stopped, "");
    }
}

TEST_SUITE("check/merge") {
    TEST_CASE("shards become the whole, in its order, whichever comes first") {
        const CheckReport whole = merge_check_reports(
            {part_of("b", {2, 2}, 5, {1, 4}), part_of("a", {1, 2}, 5, {2, 3, 5})});
        CHECK_EQ(json_of(whole), json_of(part_of("", {1, 1}, 5, {1, 2, 3, 4, 5}).report));
    }

    TEST_CASE("a shard that has no traces counts") {
        const CheckReport whole =
            merge_check_reports({part_of("a", {1, 2}, 1, {1}), part_of("b", {2, 2}, 1, {})});
        CHECK_EQ(whole.planned, 1);
    }

    TEST_CASE("an interrupted shard makes an interrupted whole") {
        NamedCheckReport cut = part_of("a", {1, 2}, 4, {1, 2});
        cut.report.interrupted = true;
        cut.report.results.pop_back();
        const CheckReport whole = merge_check_reports({cut, part_of("b", {2, 2}, 4, {3, 4})});
        CHECK(whole.interrupted);
        CHECK_EQ(interruption_text(whole), "interrupted after 3 of 4 traces");
    }

    TEST_CASE("runs without shards are joined one after the other") {
        const CheckReport all =
            merge_check_reports({part_of("b", {}, 2, {1, 2}), part_of("a", {}, 1, {1})});
        CHECK_EQ(all.corpus, 3);
        CHECK_EQ(all.results[2].number, 3);
        CHECK_EQ(all.results[2].path, "1");
    }

    TEST_CASE("what does not belong together is refused") {
        CHECK_EQ(refusal({part_of("a", {1, 3}, 3, {1}), part_of("b", {3, 3}, 3, {2, 3})}),
                 "shard 2/3 is missing");
        CHECK_EQ(refusal({part_of("a", {1, 2}, 3, {1}), part_of("b", {1, 2}, 3, {1})}),
                 "b: shard 1/2 is there twice");
        CHECK_EQ(refusal({part_of("a", {1, 2}, 3, {1}), part_of("b", {}, 3, {1, 2, 3})}),
                 "b: no shard, and others are");
        CHECK_EQ(refusal({part_of("a", {1, 2}, 3, {1}), part_of("b", {2, 2}, 4, {2, 3, 4})}),
                 "a is shard 1/2 of 3 traces and b is shard 2/2 of 4: no parts of one whole");
        CHECK_NE(refusal({part_of("a", {1, 2}, 3, {1, 2}), part_of("b", {2, 2}, 3, {2})})
                     .find("different corpora"),
                 std::string::npos);
    }
}
