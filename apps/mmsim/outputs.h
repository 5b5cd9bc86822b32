// SPDX-License-Identifier: GPL-2.0-or-later
// -o KIND[:FILE]: what a run is to leave behind, and where.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/run.h"
#include "report/test_results.h"
#include "report/text_report.h"

namespace mmsim {

enum class OutputKind : unsigned char {
    text,
    json,
    maps,
    smaps,
    delta,
    csv,
    markdown,
    folded,
    html,
    tap,
    junit,
    github
};

struct Output {
    OutputKind kind{};
    std::string file;  // empty: standard output
};

// Throws InputError for a kind that is not in `kinds`, two outputs to standard output, and a file
// that cannot be written. No specification at all stands for text.
std::vector<Output> parse_outputs(const std::vector<std::string>& specifications,
                                  std::span<const OutputKind> kinds);

// Writes them all with `write`; files first, each whole or not at all. Throws InputError.
using OutputWriter = std::function<void(std::ostream&, const Output&)>;
void write_outputs(const std::vector<Output>& outputs, const OutputWriter& write);

// The forms that test runners and CI read. REQUIRES: kind is tap, junit or github
void write_test_results(std::ostream& out, OutputKind kind, const TestResults& results);

// Whether text may be coloured: standard output is a terminal, and the user has nothing against it
// (NO_COLOR).
bool colour_wanted();

// Of mmsim replay: the kinds there are, what a run has to keep for them, and their writing.
std::span<const OutputKind> replay_output_kinds();
RunWants wants_of(const std::vector<Output>& outputs);

// Throws InputError for a kind that shows one run, where a trace is run by several kernels.
void require_several_runs(const std::vector<Output>& outputs);

// A trace run by one kernel or by several.
struct ReplayOutcome {
    Run& run;  // the last one
    std::span<const Report> reports;
    std::span<const Film> films;  // of the same runs, where the outputs want them
};

// Several reports become a JSON array, text one after the other, or a page with a choice.
// REQUIRES: there is one report, or the outputs show several. Text that goes to a terminal gets
// bars and, if wanted, colours.
void write_outputs(const std::vector<Output>& outputs, const ReplayOutcome& outcome,
                   TextStyle style = {});

// Writes to standard output. Throws InputError when it cannot be written.
void print(std::string_view text);

}  // namespace mmsim
