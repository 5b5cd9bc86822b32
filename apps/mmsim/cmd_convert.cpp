// SPDX-License-Identifier: GPL-2.0-or-later
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "commands.h"
#include "interrupt.h"
#include "outputs.h"
#include "replay/convert.h"
#include "replay_options.h"
#include "report/output_file.h"
#include "trace/trace_writer.h"

namespace mmsim {

namespace {

struct ConvertCommand {
    std::string in, out;
    ReplayArguments replay;  // only the input format is asked for
};

ExitStatus run_convert(const ConvertCommand& command) {
    const bool to_standard_output = command.out == "-";
    if (!to_standard_output) OutputFile::require_possible(command.out);
    const auto reader = open_trace(command.in, input_format(command.replay));
    const TraceFormat format = trace_format_of(command.out);
    const NotCarried say = [](const std::string& what) { spdlog::warn("left out: {}", what); };
    if (to_standard_output) {
        convert_trace(*reader, std::cout, format, say);
        print("");
        return ExitStatus::ok;
    }
    OutputFile file(command.out);
    const RemovedWhenInterrupted half_written(file.temporary());
    convert_trace(*reader, file.stream(), format, say);
    const InterruptsWait wait;
    file.commit();
    return ExitStatus::ok;
}

}  // namespace

void add_convert_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<ConvertCommand>();
    CLI::App* cmd = app.add_subcommand("convert", "Rewrite any readable trace as JSON");
    cmd->add_option("in", command->in, "JSON, JSON Lines or strace text; - for standard input")
        ->type_name("IN")
        ->required();
    cmd->add_option("out", command->out,
                    "JSON Lines for a name in .jsonl or .ndjson, else one JSON document; - for "
                    "standard output")
        ->type_name("OUT")
        ->required();
    add_input_format(*cmd, command->replay);
    cmd->callback([command, &status] { status = run_convert(*command); });
}

}  // namespace mmsim
