// SPDX-License-Identifier: GPL-2.0-or-later
#include "outputs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

#include "base/input_error.h"
#include "interrupt.h"
#include "report/html_report.h"
#include "report/json_report.h"
#include "report/output_file.h"
#include "report/table_report.h"
#include "report/text_report.h"
#include "report/vma_table.h"

namespace mmsim {

namespace {

struct KindName {
    std::string_view name;
    OutputKind kind;
};
constexpr std::array kKinds = {
    KindName{"text", OutputKind::text},         KindName{"json", OutputKind::json},
    KindName{"maps", OutputKind::maps},         KindName{"smaps", OutputKind::smaps},
    KindName{"delta", OutputKind::delta},       KindName{"csv", OutputKind::csv},
    KindName{"markdown", OutputKind::markdown}, KindName{"folded", OutputKind::folded},
    KindName{"html", OutputKind::html},         KindName{"tap", OutputKind::tap},
    KindName{"junit", OutputKind::junit},       KindName{"github", OutputKind::github},
};
constexpr std::array kReplayKinds = {OutputKind::text,     OutputKind::json,   OutputKind::maps,
                                     OutputKind::smaps,    OutputKind::delta,  OutputKind::csv,
                                     OutputKind::markdown, OutputKind::folded, OutputKind::html};

std::string names_of(std::span<const OutputKind> kinds) {
    std::string names;
    for (const OutputKind kind : kinds) {
        names += (names.empty() ? "" : ", ") +
                 std::string(std::ranges::find(kKinds, kind, &KindName::kind)->name);
    }
    return names;
}

Output parse_output(const std::string& specification, std::span<const OutputKind> kinds) {
    const auto colon = specification.find(':');
    const std::string kind = specification.substr(0, colon);
    const auto* known = std::ranges::find(kKinds, kind, &KindName::name);
    if (known == kKinds.end() || std::ranges::count(kinds, known->kind) == 0) {
        throw InputError("-o " + specification + ": unknown kind '" + kind + "'; there are " +
                         names_of(kinds));
    }
    Output output{known->kind, {}};
    if (colon != std::string::npos) {
        output.file = specification.substr(colon + 1);
        if (output.file.empty()) throw InputError("-o " + specification + ": no file after ':'");
        OutputFile::require_possible(output.file);
    }
    return output;
}

void write_text(std::ostream& out, std::span<const Report> reports, const TextStyle& style) {
    for (const Report& report : reports) {
        if (&report != reports.data()) out << '\n';
        TextStyle here = style;
        if (reports.size() > 1) here.options += " --kernel " + report.kernel;
        out << text_report(report, here);
    }
}

void write_html(std::ostream& out, std::span<const Report> reports, std::span<const Film> films) {
    std::vector<HtmlReport> all;
    all.reserve(reports.size());
    for (std::size_t i = 0; i < reports.size(); ++i) {
        all.push_back({"Linux " + reports[i].kernel, {{{}, &reports[i], &films[i], {}}}});
    }
    write_html_report(out, all);
}

void write(std::ostream& out, OutputKind kind, const ReplayOutcome& outcome,
           const TextStyle& style) {
    auto& [run, reports, films] = outcome;
    const TextSink sink = [&](std::string_view text) { out << text; };
    switch (kind) {
        case OutputKind::text:
            write_text(out, reports, style);
            break;
        case OutputKind::json:
            if (reports.size() == 1) {
                write_json_report(out, reports.front());
            } else {
                write_json_reports(out, reports);
            }
            break;
        case OutputKind::maps:
            run.print_layouts(LayoutForm::maps, sink);
            break;
        case OutputKind::smaps:
            run.print_layouts(LayoutForm::smaps, sink);
            break;
        case OutputKind::delta:
            run.print_delta(sink);
            break;
        case OutputKind::html:
            write_html(out, reports, films);
            break;
        case OutputKind::csv:
            out << table_report(reports.front(), TableForm::csv);
            break;
        case OutputKind::markdown:
            out << table_report(reports.front(), TableForm::markdown);
            break;
        case OutputKind::folded:
            out << folded_stacks(reports.front());
            break;
        case OutputKind::tap:
        case OutputKind::junit:
        case OutputKind::github:
            break;  // no kinds of replay
    }
}

void flush_standard_output() {
    std::cout.flush();
    if (!std::cout) throw InputError("cannot write to standard output");
}

}  // namespace

std::vector<Output> parse_outputs(const std::vector<std::string>& specifications,
                                  std::span<const OutputKind> kinds) {
    if (specifications.empty()) return {Output{}};
    std::vector<Output> outputs;
    bool printed = false;
    for (const std::string& specification : specifications) {
        outputs.push_back(parse_output(specification, kinds));
        if (!outputs.back().file.empty()) continue;
        if (printed) {
            throw InputError("-o " + specification +
                             ": only one output can go to standard output; name a file");
        }
        printed = true;
    }
    return outputs;
}

RunWants wants_of(const std::vector<Output>& outputs) {
    RunWants wants;
    for (const Output& output : outputs) {
        wants.vmas |= output.kind == OutputKind::json;
        wants.layouts |= output.kind == OutputKind::maps || output.kind == OutputKind::smaps;
        wants.delta |= output.kind == OutputKind::delta;
        wants.film |= output.kind == OutputKind::html;
    }
    return wants;
}

void require_several_runs(const std::vector<Output>& outputs) {
    for (const Output& output : outputs) {
        if (output.kind == OutputKind::text || output.kind == OutputKind::json ||
            output.kind == OutputKind::html) {
            continue;
        }
        const auto* const known = std::ranges::find(kKinds, output.kind, &KindName::kind);
        throw InputError("-o " + std::string(known->name) +
                         ": shows one run, and --kernel names several; text, json and html show "
                         "all");
    }
}

void write_outputs(const std::vector<Output>& outputs, const OutputWriter& write) {
    for (const Output& output : outputs) {
        if (output.file.empty()) continue;
        const InterruptsWait wait;
        OutputFile file(output.file);
        write(file.stream(), output);
        file.commit();
    }
    for (const Output& output : outputs) {
        if (output.file.empty()) write(std::cout, output);
    }
    flush_standard_output();
}

void write_test_results(std::ostream& out, OutputKind kind, const TestResults& results) {
    if (kind == OutputKind::tap) write_tap(out, results);
    if (kind == OutputKind::junit) write_junit(out, results);
    if (kind == OutputKind::github) write_github(out, results);
}

bool colour_wanted() {
    const char* no_colour = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::span<const OutputKind> replay_output_kinds() { return kReplayKinds; }

void write_outputs(const std::vector<Output>& outputs, const ReplayOutcome& outcome,
                   TextStyle style) {
    write_outputs(outputs, [&](std::ostream& out, const Output& output) {
        TextStyle here = style;
        here.terminal = output.file.empty() && ::isatty(STDOUT_FILENO) == 1;
        here.colour = output.file.empty() && colour_wanted();
        write(out, output.kind, outcome, here);
    });
}

void print(std::string_view text) {
    std::cout << text;
    flush_standard_output();
}

}  // namespace mmsim
