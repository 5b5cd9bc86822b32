// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/input_error.h"
#include "base/shell_words.h"
#include "commands.h"
#include "input_warnings.h"
#include "outputs.h"
#include "progress.h"
#include "replay_options.h"
#include "report/output_file.h"
#include "sweep/driver_faults.h"
#include "sweep/fault_results.h"
#include "sweep/fault_text.h"
#include "sweep/trace_faults.h"
#include "trace_input.h"

namespace mmsim {

namespace {

struct FaultsCommand {
    std::string trace, driver;
    ReplayArguments replay;
    std::vector<std::string> outputs;
    std::string only, save_trace;
    bool pairs = false;
    bool list = false;
};

constexpr std::array kOutputsOfFaults = {OutputKind::text,  OutputKind::json,   OutputKind::tap,
                                         OutputKind::junit, OutputKind::github, OutputKind::html};

FaultReport sweep_trace(const FaultsCommand& command) {
    const std::vector<ReplayOptions> kernels = replay_options_by_kernel(command.replay);
    const TraceInput trace(command.trace, kernels.size());
    FaultReport report;
    report.subject = command.trace;
    for (const ReplayOptions& options : kernels) {
        ReplayArguments arguments = command.replay;
        if (options.kernel) arguments.kernel = profile_of(*options.kernel).name;
        const auto reader = trace.open(input_format(command.replay));
        const bool first = report.kernels.empty();
        TraceFaults faults(std::move(report), *reader, options,
                           {.modes = {.persistent = true, .pairs = command.pairs},
                            .list = command.list,
                            .command = "mmsim replay " + shell_word(command.trace) +
                                       replay_options_text(arguments)});
        {
            Progress progress;
            while (faults.step()) progress.at(faults.events());
        }
        if (first) warn_about_input(*reader, command.trace);
        report = faults.report();
    }
    return report;
}

FaultReport sweep_one_driver(const FaultsCommand& command) {
    DriverFaultOptions options;
    options.driver = command.driver;
    ReplayArguments arguments = command.replay;
    for (const ReplayOptions& one : replay_options_by_kernel(arguments)) {
        if (one.kernel) options.kernels.push_back(*one.kernel);
    }
    arguments.kernel.clear();
    options.replay = replay_options(arguments);
    options.modes = {.persistent = true, .pairs = command.pairs};
    options.list = command.list;
    options.only = command.only;
    options.command = "mmsim faults --sweep " + shell_word(command.driver) +
                      replay_options_text(arguments) + (command.pairs ? " --pairs" : "");
    options.traces = !command.save_trace.empty();
    return sweep_driver(options);
}

// FILE for the first finding; FILE-2, FILE-3 ... before its suffix for the others.
std::string numbered(const std::string& file, std::size_t number) {
    if (number == 1) return file;
    const auto slash = file.rfind('/');
    const auto dot = file.rfind('.');
    const bool suffix = dot != std::string::npos && (slash == std::string::npos || dot > slash);
    const auto at = suffix ? dot : file.size();
    return file.substr(0, at) + "-" + std::to_string(number) + file.substr(at);
}

void save_traces(const FaultsCommand& command, const FaultReport& report) {
    std::size_t number = 0;
    for (const FaultCase& found : report.cases) {
        if (found.trace.empty()) continue;
        OutputFile file(numbered(command.save_trace, ++number));
        file.stream() << found.trace;
        file.commit();
    }
}

void write_faults(std::ostream& out, OutputKind kind, const FaultReport& report, bool list) {
    switch (kind) {
        case OutputKind::json:
            return write_fault_json(out, report);
        case OutputKind::html:
            return write_fault_html(out, report);
        case OutputKind::tap:
            return write_tap(out, fault_results(report));
        case OutputKind::junit:
            return write_junit(out, fault_results(report));
        case OutputKind::github:
            return write_github(out, fault_results(report));
        default:
            out << (list ? pass_list_text(report) : fault_text(report));
    }
}

ExitStatus run_faults(const FaultsCommand& command) {
    const auto outputs = parse_outputs(command.outputs, kOutputsOfFaults);
    if (command.trace.empty() == command.driver.empty()) {
        throw InputError("faults: give either a trace or --sweep DRIVER");
    }
    if (command.driver.empty() && !(command.only.empty() && command.save_trace.empty())) {
        throw InputError("faults: --only and --save-trace go with --sweep DRIVER");
    }
    const FaultReport report =
        command.driver.empty() ? sweep_trace(command) : sweep_one_driver(command);
    save_traces(command, report);
    write_outputs(outputs, [&](std::ostream& out, const Output& output) {
        write_faults(out, output.kind, report, command.list);
    });
    return report.cases.empty() ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

void add_faults_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<FaultsCommand>();
    CLI::App* cmd = app.add_subcommand(
        "faults", "Fail every step of a trace's calls or of a driver's, and judge what is left");
    cmd->add_option("trace", command->trace, "a trace, as for replay, - for standard input")
        ->type_name("TRACE");
    cmd->add_option("--sweep", command->driver,
                    "instead of a trace: mappings of this driver in every context, under all "
                    "kernels or those of --kernel")
        ->type_name("DRIVER");
    cmd->add_flag("--pairs", command->pairs, "also fail two steps: one, and each later one");
    cmd->add_flag("--list", command->list, "only list the failure points that each call passes");
    cmd->add_option("--only", command->only,
                    "of a sweep one context, and behind a ':' what is to fail in it")
        ->type_name("CONTEXT[:POINT@N,...]");
    cmd->add_option("--save-trace", command->save_trace,
                    "of a sweep the smallest context that shows a finding; of several findings "
                    "FILE, FILE-2 ...")
        ->type_name("FILE");
    cmd->add_option("-o,--output", command->outputs,
                    "text (default), json, html, tap, junit or github (repeatable)")
        ->type_name("KIND[:FILE]")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    add_replay_options(*cmd, command->replay);
    cmd->callback([command, &status] { status = run_faults(*command); });
}

}  // namespace mmsim
