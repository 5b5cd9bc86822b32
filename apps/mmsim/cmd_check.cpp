// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "check/corpus.h"
#include "commands.h"
#include "outputs.h"

namespace mmsim {

namespace {

struct CheckCommand {
    std::vector<std::string> paths;
    bool update = false;
};

// Long problems of a trace are set in under its line.
std::string text_of(const CheckResult& result) {
    std::string text = fmt::format("{:<8}{}", check_status_name(result.status), result.path);
    if (result.status == CheckStatus::pass) text += fmt::format(" ({} events)", result.events);
    text += '\n';
    for (const std::string& problem : result.problems) {
        text += "        ";
        for (std::size_t i = 0; i < problem.size(); ++i) {
            text += problem[i];
            if (problem[i] == '\n' && i + 1 != problem.size()) text += "        ";
        }
        if (!problem.ends_with('\n')) text += '\n';
    }
    if (result.status == CheckStatus::fail) {
        text += fmt::format("        look closer: mmsim replay {}\n", result.path);
    }
    return text;
}

ExitStatus run_check(const CheckCommand& command) {
    const auto traces = find_traces(command.paths);
    if (traces.empty()) throw InputError("no trace under " + command.paths.front());
    std::size_t failed = 0;
    std::size_t updated = 0;
    for (const std::string& trace : traces) {
        const CheckResult result = check_trace(trace, command.update);
        if (result.failed()) ++failed;
        if (result.status == CheckStatus::updated) ++updated;
        print(text_of(result));
    }
    std::string summary =
        fmt::format("{} of {} traces pass", traces.size() - failed - updated, traces.size());
    if (updated != 0) summary += fmt::format(", {} expectations written", updated);
    if (failed != 0) summary += fmt::format(", {} fail", failed);
    print(summary + "\n");
    return failed == 0 ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace

void add_check_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<CheckCommand>();
    CLI::App* cmd =
        app.add_subcommand("check", "Replay a corpus and compare with its expectations");
    cmd->add_option("path", command->paths, "traces, and folders in which to look for traces")
        ->type_name("PATH")
        ->required();
    cmd->add_flag("--update", command->update,
                  "write expectations that are missing or not met anew");
    cmd->callback([command, &status] { status = run_check(*command); });
}

}  // namespace mmsim
