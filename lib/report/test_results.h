// SPDX-License-Identifier: GPL-2.0-or-later
// Results of tests in the forms that test runners and CI read. What they hold is written as it is,
// whatever bytes it has; there are no times, so that the same results give the same text.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

enum class TestOutcome : unsigned char { ok, not_ok, skipped };

struct TestResult {
    std::string name;  // unique in its suite
    TestOutcome outcome{};
    std::string message;               // in a line why it is not ok, or skipped
    std::vector<std::string> details;  // more lines on that
    std::string file;                  // that it is about; empty: none
    std::uint64_t line = 0;            // in the file, from 1; 0: of no line
};

struct TestResults {
    std::string suite;
    std::vector<TestResult> results;  // in the order in which they are written
    // Why it ended early, and how many tests there were to be; empty: it did not.
    std::string stopped = {};
    std::uint64_t planned = 0;

    std::uint64_t count(TestOutcome outcome) const;
};

// TAP 14. Also KTAP as the kernel's kunit.py reads it: details are never taken for results.
void write_tap(std::ostream& out, const TestResults& results);

// JUnit XML, one suite. A run that stopped early has one more test case, with an error.
void write_junit(std::ostream& out, const TestResults& results);

// Workflow commands of GitHub Actions: an error for each test that is not ok, a notice for each
// that was skipped, and the counts in a plain line.
void write_github(std::ostream& out, const TestResults& results);

// "3 ok, 1 not ok, 2 skipped"; what there is none of is left out, but for ok.
std::string counts_text(const TestResults& results);

// `text` as UTF-8 that XML and YAML allow: each byte or character that they do not becomes U+FFFD.
// New lines and tabs stay.
std::string printable(std::string_view text);
// The same in one line: each run of white space becomes a blank.
std::string one_line(std::string_view text);

}  // namespace mmsim
