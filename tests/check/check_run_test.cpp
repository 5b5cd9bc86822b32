// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check_run.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// Thirty traces, of which every fifth fails; in folders that settings can be put in.
void write_corpus(const TemporaryFolder& folder) {
    for (unsigned i = 0; i < 30; ++i) {
        const std::string name = "f" + std::to_string(i % 3) + "/t" + std::to_string(i) + ".json";
        folder.write(name, json_trace(map_event("0x20000", i + 1)));
        folder.write(name + ".expected", i % 5 == 0 ? R"({"maps": []})" : "{}");
    }
}

std::string text_of(const CheckReport& report) {
    std::string text;
    for (const CheckResult& result : report.results) {
        text += std::to_string(result.number) + " " + result_text(result);
    }
    return text + (report.interrupted ? "interrupted\n" : "");
}

CheckReport run_over(const TemporaryFolder& folder, CheckRunOptions options = {}) {
    if (!options.result) options.result = [](const CheckResult&) {};
    return run_check(find_traces({folder.path("")}), options);
}

// The status of the trace `t` under settings, and what is wrong with it.
std::string under(const std::string& settings, const std::string& trace,
                  const std::string& expected, bool update = false) {
    const TemporaryFolder folder;
    folder.write("mmsim-check.json", settings);
    folder.write("below/t.json", trace);
    if (!expected.empty()) folder.write("below/t.json.expected", expected);
    CheckRunOptions options;
    options.update = update;
    const CheckResult result = run_over(folder, options).results.at(0);
    std::string text(check_status_name(result.status));
    for (const std::string& problem : result.problems) text += "\n" + problem;
    if (update) text += "\n" + folder.read("below/t.json.expected");
    return text;
}

std::string settings_refusal(const std::string& json) {
    try {
        parse_check_settings(json, "s.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

// Four VMAs: every other page of eight.
std::string four_vmas() {
    return json_trace(map_event("0x20000", 1) + "," + map_event("0x22000", 1) + "," +
                      map_event("0x24000", 1) + "," + map_event("0x26000", 1));
}
constexpr const char* kThreeVmas = R"({"report": {"fragmentation": {"vmas": 3}}})";

}  // namespace

TEST_SUITE("check/run") {
    TEST_CASE("results come in the order of the traces, for any number of jobs") {
        const TemporaryFolder folder;
        write_corpus(folder);
        const std::string one = text_of(run_over(folder));
        CHECK_NE(one.find("fail "), std::string::npos);
        for (const unsigned jobs : {2U, 7U, 100U}) {
            CheckRunOptions options;
            options.jobs = jobs;
            std::string told;
            options.result = [&](const CheckResult& result) {
                told += std::to_string(result.number) + " " + result_text(result);
            };
            CHECK_EQ(text_of(run_over(folder, options)), one);
            CHECK_EQ(told, one);
        }
    }

    TEST_CASE("once stopped, no more traces are checked, and what there is stays") {
        const TemporaryFolder folder;
        write_corpus(folder);
        std::atomic<bool> stop = true;
        for (const unsigned jobs : {1U, 3U}) {
            CheckRunOptions options;
            options.jobs = jobs;
            options.stop = &stop;
            CHECK_EQ(text_of(run_over(folder, options)), "interrupted\n");
        }
        stop = false;
        CheckRunOptions options;
        options.stop = &stop;
        options.result = [&](const CheckResult& result) { stop = result.number == 4; };
        const CheckReport report = run_over(folder, options);
        CHECK(report.interrupted);
        CHECK_EQ(report.results.size(), 4);
    }

    TEST_CASE("an error while a result is passed on ends the run, whatever is still going on") {
        const TemporaryFolder folder;
        write_corpus(folder);
        CheckRunOptions options;
        options.jobs = 3;
        options.result = [](const CheckResult&) { throw InputError("cannot write"); };
        CHECK_THROWS_WITH_AS(run_over(folder, options), "cannot write", InputError);
    }

    TEST_CASE("many updates at once leave every expectation whole, and nothing beside them") {
        const TemporaryFolder folder;
        write_corpus(folder);
        CheckRunOptions options;
        options.jobs = 4;
        options.update = true;
        CHECK_EQ(run_over(folder, options).count(CheckStatus::updated), 6);
        CHECK_EQ(run_over(folder).count(CheckStatus::pass), 30);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path(""))) {
            CHECK_EQ(entry.path().string().find(".mmsim-tmp"), std::string::npos);
        }
    }
}

TEST_SUITE("check/settings") {
    TEST_CASE("a threshold of the folder holds for the traces below it") {
        CHECK_EQ(under(R"({"fail_on": ["vmas>4"]})", four_vmas(), "{}"), "pass");
        CHECK_EQ(under(R"({"fail_on": ["vmas>3"]})", four_vmas(), "{}"), "fail\nvmas>3: it is 4");
    }

    TEST_CASE("a relative threshold is held against the expectation, which then may differ") {
        CHECK_EQ(under(R"({"fail_on": ["vmas>+50%"]})", four_vmas(), kThreeVmas), "pass");
        CHECK_EQ(under(R"({"fail_on": ["vmas>+20%"]})", four_vmas(), kThreeVmas),
                 "fail\nvmas>+20%: it is 4, and was 3");
        CHECK_EQ(under("{}", four_vmas(), kThreeVmas),
                 "fail\nreport.fragmentation.vmas: expected 3, got 4");
    }

    TEST_CASE("without a number to compare with, a relative threshold fails and says so") {
        CHECK_NE(
            under(R"({"fail_on": ["peak>+1"]})", four_vmas(), "{}").find("nothing to compare with"),
            std::string::npos);
    }

    TEST_CASE("update writes the numbers that relative thresholds need") {
        const std::string text = under(R"({"fail_on": ["peak>+1"]})", four_vmas(), "{}", true);
        CHECK(text.starts_with("updated\n"));
        CHECK_NE(text.find("\"peak\": 4"), std::string::npos);
        CHECK_EQ(text.find("\"maps\""), std::string::npos);
    }

    TEST_CASE("update cannot meet a threshold without sign") {
        const std::string text = under(R"({"fail_on": ["vmas>3"]})", four_vmas(), "{}", true);
        CHECK(text.starts_with("fail\n"));
        CHECK_NE(text.find("not updated: with any expectation, vmas>3: it is 4"),
                 std::string::npos);
        CHECK(text.ends_with("\n{}"));
    }

    TEST_CASE("the kernel of the folder is that of traces that name none") {
        // Guard pages came between 6.12 and 6.16.
        const std::string guard = map_event("0x20000", 4) +
                                  R"(, {"op": "madvise", "addr": "0x20000", "length": 4096, )"
                                  R"("advice": "MADV_GUARD_INSTALL"})";
        const std::string one_fails = R"({"report": {"events": {"failed": 1}}})";
        CHECK_EQ(under(R"({"kernel": "6.12"})", json_trace(guard), one_fails), "pass");
        CHECK_NE(under(R"({"kernel": "6.16"})", json_trace(guard), one_fails), "pass");
        CHECK_EQ(
            under(R"({"kernel": "6.16"})", json_trace(guard, R"("kernel": "6.12", )"), one_fails),
            "pass");
    }

    TEST_CASE("a folder that has settings of its own does not take those above") {
        const TemporaryFolder folder;
        folder.write("mmsim-check.json", R"({"fail_on": ["vmas>3"]})");
        folder.write("a/t.json", four_vmas());
        folder.write("a/t.json.expected", "{}");
        folder.write("b/t.json", four_vmas());
        folder.write("b/t.json.expected", "{}");
        folder.write("b/mmsim-check.json", "{}");
        const CheckReport report = run_over(folder);
        REQUIRE_EQ(report.results.size(), 2);
        CHECK_EQ(report.results[0].status, CheckStatus::fail);
        CHECK_EQ(report.results[1].status, CheckStatus::pass);
    }

    TEST_CASE("settings that make no sense are refused by name, before anything is checked") {
        CHECK_EQ(settings_refusal("{"), "s.json: not well-formed JSON");
        CHECK_EQ(settings_refusal("[]"), "s.json: expected an object");
        CHECK_EQ(settings_refusal(R"({"fail_no": []})"),
                 "s.json: unknown key 'fail_no'; there are kernel and fail_on");
        CHECK_EQ(settings_refusal(R"({"kernel": "5.10"})"), "s.json: there is no kernel '5.10'");
        CHECK_EQ(settings_refusal(R"({"fail_on": ["vmas"]})"),
                 "s.json: --fail-on 'vmas': column 5: expected one of > >= < <= == !=");
        CHECK_NE(settings_refusal(R"({"fail_on": ["vmsa>1"]})").find("no number 'vmsa'"),
                 std::string::npos);
    }
}
