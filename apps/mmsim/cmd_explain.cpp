// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/input_error.h"
#include "commands.h"
#include "outputs.h"
#include "replay_options.h"
#include "report/kernel_changes.h"
#include "report/rules_doc.h"

namespace mmsim {

namespace {

struct ExplainCommand {
    std::string rule, kernels;
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

ExitStatus run_explain(const ExplainCommand& command) {
    if (command.rule.empty() && command.kernels.empty()) {
        throw InputError("explain what? --rule ID or --kernel A..B");
    }
    std::string text;
    if (!command.rule.empty()) text += explain_rule(command.rule);
    if (!command.kernels.empty()) {
        text += (text.empty() ? "" : "\n") + explain_kernels(command.kernels);
    }
    print(text);
    return ExitStatus::ok;
}

}  // namespace

void add_explain_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<ExplainCommand>();
    CLI::App* cmd = app.add_subcommand("explain", "Show a rule in words, or what versions changed");
    cmd->add_option("--rule", command->rule, "a rule of docs/rules.md: 3.3, E5, 'DELTA 1.2', T3")
        ->type_name("ID");
    cmd->add_option("--kernel", command->kernels, "what changed between two versions: 6.12..7.3")
        ->type_name("A..B");
    cmd->callback([command, &status] { status = run_explain(*command); });
}

}  // namespace mmsim
