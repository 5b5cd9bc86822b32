// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <ostream>

#include <spdlog/fmt/fmt.h>

#include "report/test_results.h"

namespace mmsim {

namespace {

// Of a description or a directive: '#' begins the directive, '\' takes away a meaning.
std::string tap_text(std::string_view text) {
    std::string escaped;
    for (const char c : one_line(text)) {
        if (c == '#' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// A double-quoted scalar: the one form of YAML that holds any line, and that no reader of TAP can
// take for a line of TAP.
std::string yaml_text(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : printable(text)) {
        if (c == '\n' || c == '\t') {
            quoted += c == '\n' ? "\\n" : "\\t";
            continue;
        }
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

// Perl's reader takes an item whose first word has a colon for a key and its value, quotes or not.
std::string item_text(std::string_view text) {
    std::string quoted = yaml_text(text);
    const std::size_t word = std::min(quoted.find(' '), quoted.size());
    const std::size_t next = std::min(quoted.find_first_not_of(' ', word), quoted.size());
    std::string item;
    for (const char c : quoted.substr(0, next + 1)) {
        if (c == ':') {
            item += "\\x3a";
        } else {
            item += c;
        }
    }
    return next < quoted.size() ? item + quoted.substr(next + 1) : item;
}

void write_diagnostics(std::ostream& out, const TestResult& result) {
    if (result.message.empty() && result.details.empty() && result.file.empty()) return;
    out << "  ---\n";
    if (!result.message.empty()) out << "  message: " << yaml_text(result.message) << '\n';
    if (!result.file.empty()) {
        out << "  at:\n    file: " << yaml_text(result.file) << '\n';
        if (result.line != 0) out << "    line: " << result.line << '\n';
    }
    if (!result.details.empty()) {
        out << "  details:\n";
        for (const std::string& line : result.details) {
            out << "    - " << item_text(line) << '\n';
        }
    }
    out << "  ...\n";
}

}  // namespace

void write_tap(std::ostream& out, const TestResults& results) {
    const bool stopped = !results.stopped.empty();
    out << "TAP version 14\n"
        << "1.." << (stopped ? results.planned : results.results.size()) << '\n'
        << "# " << one_line(results.suite) << '\n';
    std::size_t number = 0;
    for (const TestResult& result : results.results) {
        out << (result.outcome == TestOutcome::not_ok ? "not ok " : "ok ") << ++number << " - "
            << tap_text(result.name);
        if (result.outcome == TestOutcome::skipped) {
            out << " # SKIP " << tap_text(result.message);
        }
        out << '\n';
        if (result.outcome == TestOutcome::not_ok) write_diagnostics(out, result);
    }
    out << "# " << counts_text(results) << '\n';
    if (stopped) out << "Bail out! " << one_line(results.stopped) << '\n';
}

}  // namespace mmsim
