// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "base/input_error.h"
#include "check/check_report.h"
#include "check/check_run.h"
#include "commands.h"
#include "interrupt.h"
#include "outputs.h"
#include "trace/line_source.h"

namespace mmsim {

namespace {

constexpr std::array kCheckKinds = {OutputKind::text, OutputKind::tap, OutputKind::junit,
                                    OutputKind::github, OutputKind::json};

struct CheckCommand {
    std::vector<std::string> paths, outputs, merge;
    std::string shard;
    unsigned jobs = 1;
    bool update = false;
};

bool prints_text(const Output& output) {
    return output.kind == OutputKind::text && output.file.empty();
}

void write_check(std::ostream& out, OutputKind kind, const CheckReport& report) {
    if (kind == OutputKind::json) {
        write_check_json(out, report);
    } else if (kind == OutputKind::text) {
        for (const CheckResult& result : report.results) out << result_text(result);
        out << summary_text(report);
    } else {
        write_test_results(out, kind, test_results(report));
    }
}

// A check that was interrupted has said so, and its outputs are as whole as they can be.
ExitStatus status_of(const CheckReport& report) {
    if (report.interrupted) return ExitStatus::interrupted;
    return report.failed() ? ExitStatus::failed : ExitStatus::ok;
}

ExitStatus check_corpus(const CheckCommand& command, const std::vector<Output>& outputs) {
    const Shard shard = command.shard.empty() ? Shard{} : parse_shard(command.shard);
    const auto corpus = find_traces(command.paths);
    if (corpus.empty()) throw InputError("no trace under " + command.paths.front());
    const auto traces = traces_of_shard(corpus, shard);
    // Text on standard output comes as the check goes on; all else when it is over.
    const bool at_once = std::ranges::any_of(outputs, prints_text);
    CheckRunOptions options;
    options.jobs = command.jobs != 0 ? command.jobs : std::thread::hardware_concurrency();
    options.jobs = std::max(options.jobs, 1U);
    options.update = command.update;
    options.stop = &stop_when_interrupted();
    options.result = [&](const CheckResult& result) {
        if (at_once) print(result_text(result));
    };
    CheckReport report = run_check(traces, options);
    report.corpus = corpus.size();
    report.shard = shard;
    report.planned = traces.size();
    if (report.interrupted) spdlog::error("{}", interruption_text(report));
    write_outputs(outputs, [&](std::ostream& out, const Output& output) {
        if (prints_text(output)) {
            out << summary_text(report);
        } else {
            write_check(out, output.kind, report);
        }
    });
    return status_of(report);
}

// Of reports that were written elsewhere. One that was interrupted is not whole, so it fails.
ExitStatus merge_reports(const CheckCommand& command, const std::vector<Output>& outputs) {
    std::vector<NamedCheckReport> parts;
    for (const std::string& path : command.merge) {
        parts.push_back({path, parse_check_json(read_whole(path), path)});
    }
    const CheckReport report = merge_check_reports(std::move(parts));
    if (report.interrupted) spdlog::error("{}", interruption_text(report));
    write_outputs(outputs, [&](std::ostream& out, const Output& output) {
        write_check(out, output.kind, report);
    });
    return report.interrupted ? ExitStatus::failed : status_of(report);
}

ExitStatus run_check_command(const CheckCommand& command) {
    const auto outputs = parse_outputs(command.outputs, kCheckKinds);
    if (command.merge.empty()) {
        if (command.paths.empty()) throw InputError("check: name a trace or a folder of traces");
        return check_corpus(command, outputs);
    }
    if (!command.paths.empty() || command.update || !command.shard.empty()) {
        throw InputError("--merge takes reports only: no paths, no --update, no --shard");
    }
    return merge_reports(command, outputs);
}

}  // namespace

void add_check_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<CheckCommand>();
    CLI::App* cmd =
        app.add_subcommand("check", "Replay a corpus and compare with its expectations");
    cmd->add_option("path", command->paths, "traces, and folders in which to look for traces")
        ->type_name("PATH");
    cmd->add_flag("--update", command->update,
                  "write expectations that are missing or not met anew");
    cmd->add_option("-j,--jobs", command->jobs,
                    "traces to check at a time (1); 0: one for each processor")
        ->type_name("N");
    cmd->add_option("--shard", command->shard, "only part K of N, for N machines that share")
        ->type_name("K/N");
    cmd->add_option("--merge", command->merge,
                    "join JSON reports, of all shards or of several runs, instead of checking")
        ->type_name("REPORT...");
    cmd->add_option("-o,--output", command->outputs,
                    "text (default), tap, junit, github, json (repeatable)")
        ->type_name("KIND[:FILE]")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    cmd->callback([command, &status] { status = run_check_command(*command); });
}

}  // namespace mmsim
