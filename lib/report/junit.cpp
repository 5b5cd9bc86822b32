// SPDX-License-Identifier: GPL-2.0-or-later
#include <ostream>

#include <spdlog/fmt/fmt.h>

#include "report/test_results.h"

namespace mmsim {

namespace {

std::string xml_text(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

// In quotes, and in one line: readers turn white space into blanks.
std::string xml_attribute(std::string_view name, std::string_view text) {
    std::string value;
    for (const char c : xml_text(one_line(text))) {
        if (c == '"') {
            value += "&quot;";
        } else {
            value += c;
        }
    }
    return fmt::format(" {}=\"{}\"", name, value);
}

void write_case(std::ostream& out, const TestResults& results, const TestResult& result) {
    out << "    <testcase" << xml_attribute("name", result.name)
        << xml_attribute("classname", results.suite);
    if (!result.file.empty()) out << xml_attribute("file", result.file);
    if (result.line != 0) out << fmt::format(" line=\"{}\"", result.line);
    if (result.outcome == TestOutcome::ok) {
        out << "/>\n";
        return;
    }
    const bool skipped = result.outcome == TestOutcome::skipped;
    out << ">\n      <" << (skipped ? "skipped" : "failure")
        << xml_attribute("message", result.message);
    if (skipped) {
        out << "/>\n";
    } else {
        // The message again: some readers show only what is inside.
        out << " type=\"not ok\">" << xml_text(result.message);
        for (const std::string& line : result.details) out << '\n' << xml_text(line);
        out << "</failure>\n";
    }
    out << "    </testcase>\n";
}

}  // namespace

void write_junit(std::ostream& out, const TestResults& results) {
    const bool stopped = !results.stopped.empty();
    const auto counts =
        fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
                    results.results.size() + (stopped ? 1 : 0), results.count(TestOutcome::not_ok),
                    stopped ? 1 : 0, results.count(TestOutcome::skipped));
    const std::string name = xml_attribute("name", results.suite);
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        << "<testsuites" << name << counts << ">\n"
        << "  <testsuite" << name << counts << ">\n";
    for (const TestResult& result : results.results) write_case(out, results, result);
    if (stopped) {
        out << "    <testcase name=\"the run goes to its end\""
            << xml_attribute("classname", results.suite) << ">\n      <error"
            << xml_attribute("message", results.stopped) << " type=\"stopped\"/>\n"
            << "    </testcase>\n";
    }
    out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace mmsim
