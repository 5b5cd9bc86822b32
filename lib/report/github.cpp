// SPDX-License-Identifier: GPL-2.0-or-later
#include <ostream>

#include <spdlog/fmt/fmt.h>

#include "report/test_results.h"

namespace mmsim {

namespace {

enum class Part : bool { message, property };

// A command is one line; in its properties ':' and ',' mean something too.
std::string command_text(std::string_view text, Part part) {
    std::string escaped;
    for (const char c : printable(text)) {
        const bool special =
            c == '%' || c == '\n' || (part == Part::property && (c == ':' || c == ','));
        if (special) {
            escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        } else {
            escaped += c;
        }
    }
    return escaped;
}

void write_annotation(std::ostream& out, const TestResult& result) {
    out << (result.outcome == TestOutcome::skipped ? "::notice " : "::error ");
    if (!result.file.empty()) {
        out << "file=" << command_text(result.file, Part::property);
        if (result.line != 0) out << ",line=" << result.line;
        out << ',';
    }
    out << "title=" << command_text(one_line(result.name), Part::property)
        << "::" << command_text(result.message, Part::message);
    for (const std::string& line : result.details) {
        out << "%0A" << command_text(line, Part::message);
    }
    out << '\n';
}

}  // namespace

void write_github(std::ostream& out, const TestResults& results) {
    for (const TestResult& result : results.results) {
        if (result.outcome != TestOutcome::ok) write_annotation(out, result);
    }
    if (!results.stopped.empty()) {
        out << "::error title=" << command_text(one_line(results.suite), Part::property)
            << "::" << command_text(results.stopped, Part::message) << '\n';
    }
    out << one_line(results.suite) << ": " << counts_text(results) << '\n';
}

}  // namespace mmsim
