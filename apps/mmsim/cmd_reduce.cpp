// SPDX-License-Identifier: GPL-2.0-or-later
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "base/input_error.h"
#include "base/shell_words.h"
#include "check/reduce.h"
#include "commands.h"
#include "input_warnings.h"
#include "interrupt.h"
#include "outputs.h"
#include "replay_options.h"
#include "report/output_file.h"
#include "report/text_report.h"
#include "trace/line_source.h"
#include "trace/trace_writer.h"

namespace mmsim {

namespace {

struct ReduceCommand {
    std::string trace, keep, out;
    ReplayArguments replay;
};

// Options that a trace can carry become part of it, so that what comes out shows it by itself.
void move_into_header(ReplayOptions& options, TraceHeader& header) {
    if (options.kernel) header.kernel = profile_of(*options.kernel).name;
    options.kernel.reset();
    if (options.max_map_count) header.limits.max_map_count = options.max_map_count;
    options.max_map_count.reset();
    if (options.initial_maps.empty()) return;
    LineSource lines(open_bytes(options.initial_maps), options.initial_maps);
    header.maps.clear();
    for (std::string_view line; lines.next(line);) header.maps.emplace_back(line);
    options.initial_maps.clear();
}

// To standard output where there is no path.
void write_trace(const std::string& path, const EventList& trace) {
    const TraceFormat format = trace_format_of(path);
    if (path.empty()) {
        write_event_list(std::cout, trace, format);
        print("");
        return;
    }
    OutputFile file(path);
    write_event_list(file.stream(), trace, format);
    const InterruptsWait wait;
    file.commit();
}

ExitStatus run_reduce(const ReduceCommand& command) {
    const KeepCondition condition = parse_keep_condition(command.keep);
    if (!command.out.empty()) OutputFile::require_possible(command.out);
    ReduceOptions options;
    options.replay = replay_options(command.replay);
    options.progress = [](const std::string& stage, const ReduceProgress& now) {
        spdlog::info("{} events: {} ({} replays)", with_commas(now.events), stage,
                     with_commas(now.replays));
    };
    const auto reader = open_trace(command.trace, input_format(command.replay));
    EventList trace = read_event_list(
        *reader, [](const std::string& what) { spdlog::warn("left out: {}", what); });
    warn_about_input(*reader, command.trace);
    move_into_header(options.replay, trace.header);
    const std::uint64_t before = trace.size();
    options.stop = &stop_when_interrupted();
    const ReduceResult result = reduce_trace(trace, condition, options);
    trace.header.title =
        (result.stopped ? "reduced in part to keep " : "reduced to keep ") + condition.text;
    if (result.stopped) {
        spdlog::error(
            "interrupted after {} replays: of {} events {} are left, some of which could "
            "still go",
            with_commas(result.replays), with_commas(before), with_commas(trace.size()));
    } else {
        spdlog::info("from {} events to {}, in {} replays", with_commas(before),
                     with_commas(trace.size()), with_commas(result.replays));
    }
    write_trace(command.out, trace);
    return result.stopped ? ExitStatus::interrupted : ExitStatus::ok;
}

}  // namespace

void add_reduce_command(CLI::App& app, ExitStatus& status) {
    auto command = std::make_shared<ReduceCommand>();
    CLI::App* cmd =
        app.add_subcommand("reduce", "Find the fewest events that still show a finding");
    cmd->add_option("trace", command->trace,
                    "JSON, JSON Lines or strace text; - for standard input")
        ->type_name("TRACE")
        ->required();
    cmd->add_option("--keep", command->keep,
                    "what to keep: the id of a diagnostic, leak[:KIND[/NAME]], divergence[:KIND], "
                    "[CALL:]ERRNO, or a threshold like 'vmas>100'")
        ->type_name("CONDITION")
        ->required();
    cmd->add_option("-o,--output", command->out,
                    "JSON Lines for a name in .jsonl or .ndjson, else one JSON document (standard "
                    "output)")
        ->type_name("FILE");
    add_replay_options(*cmd, command->replay);
    cmd->callback([command, &status] { status = run_reduce(*command); });
}

}  // namespace mmsim
