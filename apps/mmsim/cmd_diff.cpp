// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "base/input_error.h"
#include "check/diff_report.h"
#include "check/run_diff.h"
#include "check/saved_diff.h"
#include "check/threshold.h"
#include "commands.h"
#include "diff_sides.h"
#include "input_warnings.h"
#include "outputs.h"
#include "progress.h"
#include "replay_options.h"

namespace mmsim {

namespace {

struct DiffCommand {
    std::vector<std::string> inputs;
    std::vector<std::string> old_options, new_options;  // of the old ones, one at most
    ReplayArguments replay;                             // of all sides
    std::vector<std::string> outputs, fail_on;
    bool all = false;
};

constexpr std::array kDiffKinds = {OutputKind::text, OutputKind::json, OutputKind::csv,
                                   OutputKind::markdown, OutputKind::html};

struct Compared {
    std::vector<Diff> diffs;
    bool array = false;  // reports of several kernels
    std::vector<std::string> broken;
    // What they were made of: runs of a trace, or two files.
    std::unique_ptr<TraceReader> reader;
    std::unique_ptr<RunDiff> runs;
    std::array<SavedReports, 2> saved;

    // Of each comparison, the runs of its sides.
    std::vector<std::vector<HtmlRun>> html_runs() const {
        std::vector<std::vector<HtmlRun>> all(diffs.size());
        for (std::size_t d = 0; d < diffs.size(); ++d) {
            for (std::size_t i = 0; i <= diffs[d].news.size(); ++i) {
                if (runs == nullptr) {
                    all[d].push_back({{}, nullptr, nullptr, saved[i].reports[d].json});
                } else {
                    all[d].push_back({{}, &runs->report(i), &runs->film(i), {}});
                }
            }
        }
        return all;
    }
};

Compared replay_sides(const DiffCommand& command, bool film) {
    replay_options(command.replay);  // refuses what is wrong on all sides as such
    const auto side = [&](const char* option, const std::string& text) {
        return parse_side(option, text, command.replay);
    };
    const bool old_given = !command.old_options.empty();
    std::vector<DiffSetting> settings = {
        side("--old", old_given ? command.old_options[0] : "--hook legacy")};
    for (const std::string& text : command.new_options) settings.push_back(side("--new", text));
    if (settings.size() == 1) settings.push_back(side("--new", "--hook prepare"));
    const std::string& trace = command.inputs[0];
    Compared compared;
    compared.reader = open_trace(trace, input_format(command.replay));
    compared.runs = std::make_unique<RunDiff>(trace, *compared.reader, settings,
                                              DiffWants{command.all ? kNoCap : kListCap, film});
    RunDiff& runs = *compared.runs;
    {
        Progress progress;
        while (runs.step()) progress.at(runs.events());
    }
    warn_about_input(*compared.reader, trace);
    compared.broken = runs.broken();
    compared.diffs.push_back(runs.finish());
    return compared;
}

Compared read_sides(const DiffCommand& command) {
    const std::string& old = command.inputs[0];
    const std::string& now = command.inputs[1];
    if (!command.old_options.empty() || !command.new_options.empty() ||
        command.replay != ReplayArguments{}) {
        throw InputError("diff " + old + " " + now +
                         ": two saved reports are compared as they are; --old, --new and the "
                         "options of replay go with one trace");
    }
    Compared compared;
    compared.saved = {read_saved_reports(old), read_saved_reports(now)};
    const auto& [before, after] = compared.saved;
    compared.diffs = compare_saved(old, before, now, after);
    compared.array = before.array || after.array;
    return compared;
}

bool thresholds_hold(const Diff& diff, const std::vector<Threshold>& thresholds) {
    bool hold = true;
    for (const DiffAgainst& now : diff.news) {
        for (const std::string& crossed :
             crossed_thresholds(now.side.numbers, &diff.old.numbers, thresholds)) {
            spdlog::error("--fail-on {} ({})", crossed, now.side.name);
            hold = false;
        }
    }
    return hold;
}

void write_diff(std::ostream& out, const Output& output, const Compared& compared, bool all) {
    if (output.kind == OutputKind::json) {
        return write_diff_json(out, compared.diffs, compared.array, all);
    }
    if (output.kind == OutputKind::html) {
        return write_diff_html(out, compared.diffs, compared.html_runs(), all);
    }
    for (std::size_t i = 0; i < compared.diffs.size(); ++i) {
        const Diff& diff = compared.diffs[i];
        if (i != 0) out << '\n';
        if (output.kind == OutputKind::csv) {
            out << diff_csv(diff, all);
        } else if (output.kind == OutputKind::markdown) {
            out << diff_markdown(diff, all);
        } else {
            out << diff_text(diff, {all, output.file.empty() && colour_wanted()});
        }
    }
}

ExitStatus run_diff(const DiffCommand& command) {
    const auto outputs = parse_outputs(command.outputs, kDiffKinds);
    std::vector<Threshold> thresholds;
    for (const std::string& text : command.fail_on) thresholds.push_back(parse_threshold(text));
    require_usable(thresholds, Baseline::old_side);
    const bool html = std::ranges::count(outputs, OutputKind::html, &Output::kind) != 0;
    const Compared compared =
        command.inputs.size() == 1 ? replay_sides(command, html) : read_sides(command);
    bool hold = compared.broken.empty();
    for (const std::string& broken : compared.broken) spdlog::error("--verify: {}", broken);
    for (const Diff& diff : compared.diffs) hold &= thresholds_hold(diff, thresholds);
    write_outputs(outputs, [&](std::ostream& out, const Output& output) {
        write_diff(out, output, compared, command.all);
    });
    return hold ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

void add_diff_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<DiffCommand>();
    CLI::App* cmd = app.add_subcommand(
        "diff", "Run a trace under two settings and compare, or compare two saved reports");
    cmd->add_option("input", command->inputs,
                    "a trace, as for replay, - for standard input; or two reports written with -o "
                    "json")
        ->type_name("TRACE | A.json B.json")
        ->expected(1, 2)
        ->required();
    cmd->add_option("--old", command->old_options,
                    "options of replay for the side to compare with (--hook legacy)")
        ->type_name("'OPTS'")
        ->expected(1);
    cmd->add_option("--new", command->new_options,
                    "options of replay for the other side (--hook prepare); repeatable: a column "
                    "each")
        ->type_name("'OPTS'")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    cmd->add_option("-o,--output", command->outputs,
                    "text (default), json, csv, markdown or html (repeatable)")
        ->type_name("KIND[:FILE]")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    cmd->add_option("--fail-on", command->fail_on,
                    "fail when a number of a new side is out of bounds: 'failed>0', or when it "
                    "changes: 'vmas>+2%' (repeatable)")
        ->type_name("EXPR")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    cmd->add_flag("--all", command->all, "also numbers that are the same, and whole lists");
    CLI::App* both = cmd->add_option_group("Replay", "for all sides; what a side says wins");
    add_replay_options(*both, command->replay);
    cmd->callback([command, &status] { status = run_diff(*command); });
}

}  // namespace mmsim
