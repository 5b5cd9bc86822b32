// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/expectation.h"

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// Two mappings; and, on the second, a hook that refuses. `recorded`: what the trace says it did.
RunOutcome outcome_with_failure(const std::string& recorded = "") {
    const Replayed replayed(
        json_trace(map_event("0x20000", 2) +
                       R"(, {"op": "mmap", "addr": "0x40000", "length": 4096, "prot": "PROT_READ",
                  "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0)" +
                       recorded + "}",
                   R"("files": [{"id": "dev", "path": "/dev/x", "driver": "x", "type": "char"}],
           "drivers": [{"name": "x", "mmap_prepare": [{"fail": "EIO"}]}], )"));
    return outcome_of(replayed.run);
}

RunOutcome plain_outcome(const std::string& more = "") {
    const Replayed replayed(json_trace(map_event("0x20000", 2) + more));
    return outcome_of(replayed.run);
}

std::string judged(const std::string& expectation, const RunOutcome& outcome) {
    std::string text;
    const Demands demands{.no_divergences = true, .thresholds = {}};
    for (const Problem& problem : judge({expectation, "x.expected"}, outcome, demands)) {
        text += problem.text + (problem.text.ends_with('\n') ? "" : "\n");
    }
    return text;
}

constexpr const char* kMaps = R"("maps": ["00020000-00022000 rw-p 00000000 00:00 0"])";

}  // namespace

TEST_SUITE("check/expectation") {
    TEST_CASE("an empty expectation holds for a run without findings") {
        CHECK_EQ(judged("{}", plain_outcome()), "");
    }

    TEST_CASE("maps are compared as layouts") {
        CHECK_EQ(judged("{" + std::string(kMaps) + "}", plain_outcome()), "");
        CHECK_NE(judged(R"({"maps": []})", plain_outcome()), "");
    }

    TEST_CASE("objects of the report compare as subsets, arrays whole") {
        const RunOutcome outcome = plain_outcome();
        CHECK_EQ(judged(R"({"report": {"events": {"ok": 1}}})", outcome), "");
        CHECK_EQ(judged(R"({"report": {"events": {"ok": 2}}})", outcome),
                 "report.events.ok: expected 2, got 1\n");
        CHECK_EQ(judged(R"({"report": {"events": {"fine": 2}}})", outcome),
                 "report.events.fine: expected 2, got nothing\n");
        CHECK_EQ(judged(R"({"report": {"processes": [{"map_count": 1}]}})", outcome), "");
        CHECK_NE(judged(R"({"report": {"processes": []}})", outcome), "");
    }

    TEST_CASE("a failure that nobody expects is a problem") {
        CHECK_NE(judged("{}", outcome_with_failure()), "");
        CHECK_EQ(judged(R"({"failures": [{"stage": "mmap_prepare", "errno": "EIO"}]})",
                        outcome_with_failure()),
                 "");
        CHECK_EQ(judged(R"({"failures": [{"stage": "mmap_prepare", "errno": "ENOMEM"}]})",
                        outcome_with_failure()),
                 "failures[0].errno: expected \"ENOMEM\", got \"EIO\"\n");
    }

    TEST_CASE("a failure that the trace recorded need not be listed, but may be") {
        const RunOutcome outcome = outcome_with_failure(R"(, "result": "EIO")");
        CHECK_EQ(judged("{}", outcome), "");
        CHECK_EQ(judged(R"({"failures": [{"stage": "mmap_prepare"}]})", outcome), "");
        CHECK_NE(judged(R"({"failures": [{"stage": "charge"}]})", outcome), "");
    }

    TEST_CASE("an expected failure that does not come is a problem") {
        CHECK_NE(judged(R"({"failures": [{"stage": "charge"}]})", plain_outcome()), "");
    }

    TEST_CASE("divergences count unless the expectation speaks of them") {
        const RunOutcome outcome =
            plain_outcome(R"(, {"op": "munmap", "addr": "0x20001", "length": 4096, "result": 0})");
        CHECK_NE(judged("{}", outcome), "");
        CHECK(judge({"{}", "x"}, outcome, {}).empty());
        CHECK_EQ(judged(R"({"report": {"events": {"diverged": 1}}})", outcome), "");
        CHECK_NE(judged(R"({"report": {"events": {"diverged": 2}}})", outcome), "");
    }

    TEST_CASE("an expectation that is not well formed is refused by name") {
        const RunOutcome outcome = plain_outcome();
        CHECK_THROWS_WITH_AS(judged("{", outcome), "x.expected: not well-formed JSON", InputError);
        CHECK_THROWS_AS(judged("[]", outcome), InputError);
        CHECK_THROWS_AS(judged(R"({"mops": []})", outcome), InputError);
        CHECK_THROWS_AS(judged(R"({"failures": {}})", outcome), InputError);
        CHECK_THROWS_AS(judged(R"({"maps": [1]})", outcome), InputError);
    }

    TEST_CASE("what is written down as the expectation holds, and fails for another outcome") {
        for (const RunOutcome& outcome :
             {plain_outcome(), outcome_with_failure(),
              plain_outcome(R"(, {"op": "munmap", "addr": "1", "length": 4096, "result": 0})")}) {
            CHECK_EQ(judged(make_expectation(outcome, ""), outcome), "");
        }
        CHECK_NE(judged(make_expectation(plain_outcome(), ""), outcome_with_failure()), "");
        CHECK_NE(judged(make_expectation(outcome_with_failure(), ""), plain_outcome()), "");
    }

    TEST_CASE("a new expectation asks of the report what the old one asked") {
        const std::string made =
            make_expectation(plain_outcome(), R"({"report": {"events": {"ok": 99}}})");
        CHECK_NE(made.find(R"("ok": 1)"), std::string::npos);
        CHECK_EQ(made.find(R"("total")"), std::string::npos);
    }

    TEST_CASE("an expectation without kernels is one for the kernel of the trace") {
        const auto parts = by_kernel({R"({"leaks": []})", "x.expected"});
        REQUIRE_EQ(parts.size(), 1);
        CHECK_FALSE(parts[0].kernel);
        CHECK_EQ(parts[0].expectation.json, R"({"leaks": []})");
    }

    TEST_CASE("an expectation of kernels falls into one for each, in its order") {
        const auto parts =
            by_kernel({R"({"kernels": {"7.1": {"leaks": []}, "6.18": {}}})", "x.expected"});
        REQUIRE_EQ(parts.size(), 2);
        CHECK_EQ(parts[0].kernel, KernelVersion::v7_1);
        CHECK_EQ(parts[0].expectation.json, R"({"leaks":[]})");
        CHECK_EQ(parts[0].expectation.name, "x.expected of 7.1");
        CHECK_EQ(parts[1].kernel, KernelVersion::v6_18);
        CHECK_EQ(by_kernel({join_by_kernel(parts), "x"})[0].expectation.json, R"({"leaks":[]})");
    }

    TEST_CASE("a kernel that the expectation leaves out may do what it likes") {
        const Expectation some{R"({"kernels": {"7.1": {}, "6.18": {"leaks": []}}})", "x.expected"};
        CHECK_EQ(expectation_under(some, KernelVersion::v6_18)->name, "x.expected of 6.18");
        CHECK_FALSE(expectation_under(some, KernelVersion::v7_3));
        CHECK(expectation_under({"{}", "x.expected"}, KernelVersion::v7_3));
    }

    TEST_CASE("kernels that make no sense are refused by name") {
        const auto refuse = [](const char* json) { return by_kernel({json, "x.expected"}); };
        CHECK_THROWS_WITH_AS(refuse(R"({"kernels": {"6.13": {}}})"),
                             "x.expected: there is no kernel '6.13' to expect of", InputError);
        CHECK_THROWS_WITH_AS(refuse(R"({"kernels": {"7.1": {}}, "leaks": []})"),
                             "x.expected: beside 'kernels' there can be no other key", InputError);
        CHECK_THROWS_AS(refuse(R"({"kernels": {}})"), InputError);
        CHECK_THROWS_AS(refuse(R"({"kernels": ["7.1"]})"), InputError);
    }
}
