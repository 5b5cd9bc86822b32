// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/shell_words.h"
#include "check/fault_text.h"
#include "check/trace_faults.h"
#include "commands.h"
#include "input_warnings.h"
#include "outputs.h"
#include "progress.h"
#include "replay_options.h"

namespace mmsim {

namespace {

struct FaultsCommand {
    std::string trace;
    ReplayArguments replay;
    std::vector<std::string> outputs;
    bool pairs = false;
    bool list = false;
};

constexpr std::array kFaultKindsOfOutput = {OutputKind::text};

FaultReport sweep_trace(const FaultsCommand& command) {
    const auto reader = open_trace(command.trace, input_format(command.replay));
    TraceFaults faults(command.trace, *reader, replay_options(command.replay),
                       {.modes = {.persistent = true, .pairs = command.pairs},
                        .list = command.list,
                        .command = "mmsim replay " + shell_word(command.trace) +
                                   replay_options_text(command.replay)});
    {
        Progress progress;
        while (faults.step()) progress.at(faults.events());
    }
    warn_about_input(*reader, command.trace);
    return faults.report();
}

ExitStatus run_faults(const FaultsCommand& command) {
    const auto outputs = parse_outputs(command.outputs, kFaultKindsOfOutput);
    const FaultReport report = sweep_trace(command);
    write_outputs(outputs, [&](std::ostream& out, const Output&) {
        if (command.list) {
            out << pass_list_text(report);
        } else {
            out << fault_text(report);
        }
    });
    return report.cases.empty() ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

void add_faults_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<FaultsCommand>();
    CLI::App* cmd = app.add_subcommand(
        "faults", "Fail every step of a trace's calls, and judge what is left each time");
    cmd->add_option("trace", command->trace, "a trace, as for replay, - for standard input")
        ->type_name("TRACE")
        ->required();
    cmd->add_flag("--pairs", command->pairs, "also fail two steps: one, and each later one");
    cmd->add_flag("--list", command->list, "only list the failure points that each call passes");
    cmd->add_option("-o,--output", command->outputs, "text (default)")
        ->type_name("KIND[:FILE]")
        ->expected(1)
        ->take_all();
    add_replay_options(*cmd, command->replay);
    cmd->callback([command, &status] { status = run_faults(*command); });
}

}  // namespace mmsim
