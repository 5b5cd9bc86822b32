// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/input_error.h"
#include "commands.h"
#include "outputs.h"
#include "replay_options.h"
#include "report/explain_trace.h"
#include "report/kernel_changes.h"
#include "report/rules_doc.h"
#include "trace/trace_reader.h"

namespace mmsim {

namespace {

struct ExplainCommand {
    std::string trace, rule;
    ExplainQuestion question;
    ReplayArguments replay;
};

std::string explain_kernels(const std::string& kernels) {
    const auto dots = kernels.find("..");
    if (dots == std::string::npos) {
        throw InputError("--kernel " + kernels + ": expected two versions, A..B");
    }
    const Profile& from = profile_of(parse_kernel(kernels.substr(0, dots)));
    const Profile& to = profile_of(parse_kernel(kernels.substr(dots + 2)));
    if (from.version >= to.version) {
        throw InputError("--kernel " + kernels + ": the older version comes first");
    }
    return kernel_changes_text(from, to);
}

std::string explain_in_trace(const ExplainCommand& command) {
    if (!command.question.event && !command.question.addr) {
        throw InputError("explain what of the trace? --at N or --addr A");
    }
    const ReplayOptions options = replay_options(command.replay);
    const auto reader = open_trace(command.trace, input_format(command.replay));
    return explain_trace(*reader, options, command.question);
}

ExitStatus run_explain(const ExplainCommand& command) {
    const bool with_trace = !command.trace.empty();
    const bool of_trace = command.question.event || command.question.addr;
    const std::string& kernel = command.replay.kernel;
    if (of_trace && !with_trace) throw InputError("--at and --addr need a trace");
    if (!with_trace && command.rule.empty() && kernel.empty()) {
        throw InputError("explain what? TRACE with --at or --addr, --rule ID or --kernel A..B");
    }
    std::string text;
    if (with_trace) text += explain_in_trace(command);
    if (!command.rule.empty()) text += (text.empty() ? "" : "\n") + explain_rule(command.rule);
    if (!with_trace && !kernel.empty()) {
        text += (text.empty() ? "" : "\n") + explain_kernels(kernel);
    }
    print(text);
    return ExitStatus::ok;
}

}  // namespace

void add_explain_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<ExplainCommand>();
    CLI::App* cmd = app.add_subcommand(
        "explain", "Show an event step by step, why a boundary exists, a rule in words");
    cmd->add_option("trace", command->trace, "as for replay")->type_name("TRACE");
    cmd->add_option("--at", command->question.event,
                    "the event to show, from 1; with --addr the last one to replay")
        ->type_name("N");
    cmd->add_option("--addr", command->question.addr,
                    "the mapping or boundary there, its history, why it is not merged")
        ->type_name("A");
    cmd->add_option("--rule", command->rule, "a rule of docs/rules.md: 3.3, E5, 'DELTA 1.2', T3")
        ->type_name("ID");
    add_replay_options(*cmd, command->replay);
    cmd->get_option("--kernel")
        ->description("with a trace: rules to apply; without: A..B, what changed between versions");
    cmd->callback([command, &status] { status = run_explain(*command); });
}

}  // namespace mmsim
