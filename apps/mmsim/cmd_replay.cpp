// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "base/input_error.h"
#include "check/expectation.h"
#include "check/layout_diff.h"
#include "check/threshold.h"
#include "commands.h"
#include "input_warnings.h"
#include "outputs.h"
#include "progress.h"
#include "replay_options.h"
#include "report/run.h"
#include "trace/line_source.h"
#include "trace_input.h"

namespace mmsim {

namespace {

struct ReplayCommand {
    std::string trace;
    ReplayArguments replay;
    std::vector<std::string> outputs;
    std::vector<std::string> fail_on;
    std::string expect_maps;
    bool strict = false;
    bool all = false;
    bool verbose = false;
    std::string by;
};

// Says on standard error what was to hold and does not.
class Verdict {
public:
    // Which of several runs the complaints to come are about.
    void of(std::string run) { run_ = std::move(run); }
    void complain(const std::string& what) {
        spdlog::error("{}{}", run_, what);
        holds_ = false;
    }
    bool holds() const { return holds_; }

private:
    std::string run_;
    bool holds_ = true;
};

void judge_strictly(Verdict& verdict, const Report& report) {
    const auto complain = [&](std::uint64_t number, const char* what) {
        if (number != 0) verdict.complain(fmt::format("--strict: {} {}", number, what));
    };
    complain(report.events.diverged, "divergences");
    complain(report.leaks.total(), "leaks");
    complain(report.diagnostics.total(), "diagnostics");
}

void judge_layout(Verdict& verdict, const Run& run, const NamedLayout& expected,
                  const LayoutDiffOptions& options) {
    std::string layout;
    run.print_layouts(LayoutForm::maps, [&](std::string_view line) { layout += line; });
    if (const auto difference = compare_layouts(expected, {"", layout}, options)) {
        verdict.complain(*difference);
    }
}

void judge_expectation(Verdict& verdict, const Run& run, const Report& report,
                       const Expectation& whole) {
    const auto expectation = expectation_under(whole, run.engine().profile().version);
    if (!expectation) return;
    RunOutcome outcome{report, {}};
    run.print_layouts(LayoutForm::maps, [&](std::string_view line) { outcome.layout += line; });
    for (const Problem& problem : judge(*expectation, outcome, {})) {
        verdict.complain(expectation->name + ": " + problem.text);
    }
}

std::optional<GroupBy> group_by(const std::string& name) {
    if (name.empty()) return std::nullopt;
    const auto by = group_by_from_name(name);
    if (!by) {
        throw InputError("--by " + name + ": there are site, path, driver, prot, thread");
    }
    return by;
}

// What every run of a trace is held to.
struct Demands {
    const ReplayCommand& command;
    std::vector<Threshold> thresholds;
    std::string expected_maps;
    std::string expect;  // of the trace
};

void judge_run(Verdict& verdict, const Demands& demands, const TraceReader& reader, const Run& run,
               const Report& report) {
    const ReplayCommand& command = demands.command;
    for (const std::string& broken : report.broken) verdict.complain("--verify: " + broken);
    if (!command.expect_maps.empty()) {
        const bool no_paths =
            reader.format() == TraceFormat::strace && !reader.summary().saw_fd_paths;
        judge_layout(verdict, run, {command.expect_maps, demands.expected_maps},
                     {.paths_unknown = no_paths});
    }
    if (!demands.expect.empty()) {
        judge_expectation(verdict, run, report, {demands.expect, command.trace + ": expect"});
    }
    for (const std::string& crossed : crossed_thresholds(report, demands.thresholds)) {
        verdict.complain("--fail-on " + crossed);
    }
    if (command.strict) judge_strictly(verdict, report);
}

ExitStatus run_replay(const ReplayCommand& command) {
    const auto outputs = parse_outputs(command.outputs, replay_output_kinds());
    const std::vector<ReplayOptions> kernels = replay_options_by_kernel(command.replay);
    ReplayArguments shared = command.replay;
    if (kernels.size() > 1) shared.kernel.clear();
    const TextStyle style{.everything = command.verbose,
                          .terminal = false,
                          .colour = false,
                          .by = group_by(command.by),
                          .options = replay_options_text(shared)};
    if (kernels.size() > 1) require_several_runs(outputs);
    Demands demands{command, {}, {}, {}};
    for (const std::string& text : command.fail_on) {
        demands.thresholds.push_back(parse_threshold(text));
    }
    require_usable(demands.thresholds);
    if (!command.expect_maps.empty()) demands.expected_maps = read_whole(command.expect_maps);

    const TraceInput trace(command.trace, kernels.size());
    Verdict verdict;
    std::vector<Report> reports;
    std::vector<Film> films;
    std::unique_ptr<TraceReader> reader;
    std::optional<Run> run;
    for (const ReplayOptions& options : kernels) {
        run.reset();
        reader = trace.open(input_format(command.replay));
        demands.expect = reader->header().expect;
        RunWants wants = wants_of(outputs);
        wants.vmas |= !demands.expect.empty();
        wants.layouts |= !command.expect_maps.empty() || !demands.expect.empty();
        if (command.all) wants.cap = kNoCap;
        run.emplace(command.trace, *reader, options, wants);
        {
            Progress progress;
            while (run->step()) progress.at(run->events());
        }
        if (reports.empty()) warn_about_input(*reader, command.trace);
        if (command.strict && reader->summary().warnings != 0) {
            throw InputError(command.trace + ": --strict does not pass over malformed lines");
        }
        reports.push_back(run->report());
        if (wants.film) films.push_back(run->film());
        if (kernels.size() > 1) verdict.of("--kernel " + reports.back().kernel + ": ");
        judge_run(verdict, demands, *reader, *run, reports.back());
    }
    // Last: an expectation that is not well formed is bad input, which leaves no output behind.
    write_outputs(outputs, {*run, reports, films}, style);
    return verdict.holds() ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

void add_replay_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<ReplayCommand>();
    CLI::App* cmd = app.add_subcommand("replay", "Run a trace and report what the kernel did");
    cmd->add_option("trace", command->trace,
                    "JSON, JSON Lines or strace text, also packed with gzip or zstd; - for "
                    "standard input")
        ->type_name("TRACE")
        ->required();
    cmd->add_option(
           "-o,--output", command->outputs,
           "text (default), json, html, maps, smaps, delta, csv, markdown, folded (repeatable)")
        ->type_name("KIND[:FILE]")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    add_replay_options(*cmd, command->replay);
    cmd->add_option("--expect-maps", command->expect_maps,
                    "compare the final layout with this /proc/PID/maps text")
        ->type_name("FILE");
    cmd->add_option("--fail-on", command->fail_on,
                    "fail when a number of the report is out of bounds: 'failed>0' (repeatable)")
        ->type_name("EXPR")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    cmd->add_flag("--strict", command->strict,
                  "warnings, divergences, leaks and diagnostics are failures");
    cmd->add_flag("-v,--verbose", command->verbose, "the text report with whole lists and more");
    cmd->add_option("--by", command->by,
                    "the VMAs of the text report in groups: site, path, driver, prot or thread")
        ->type_name("KEY");
    cmd->add_flag("--all", command->all, "keep every entry of a list, not just 10,000");
    cmd->callback([command, &status] { status = run_replay(*command); });
}

}  // namespace mmsim
