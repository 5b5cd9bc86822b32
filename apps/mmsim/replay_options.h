// SPDX-License-Identifier: GPL-2.0-or-later
// The options that say how a trace is replayed, shared by the subcommands that replay one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/engine.h"
#include "trace/trace_reader.h"

namespace CLI {
class App;
}

namespace mmsim {

// As typed.
struct ReplayArguments {
    std::string input_format, kernel, hook, initial_maps, addresses, page_faults, layout, limits;
    std::vector<std::string> drivers, bindings, faults;
    std::optional<std::uint64_t> max_map_count;
    std::optional<std::int64_t> pid;
    bool fixed_accounting = false;
    bool in_process = false;
    bool verify = false;

    friend bool operator==(const ReplayArguments&, const ReplayArguments&) = default;
};

// `own` where it says something, else `common`; lists are those of both, the common ones first.
ReplayArguments combined(const ReplayArguments& common, ReplayArguments own);

// REQUIRES: arguments outlive the parsing of `command`
void add_input_format(CLI::App& command, ReplayArguments& arguments);
void add_replay_options(CLI::App& command, ReplayArguments& arguments);

// What the arguments mean. Throws InputError with the option in front.
ReplayOptions replay_options(const ReplayArguments& arguments);
// The same where --kernel may name several, separated by commas: one for each, in that order.
std::vector<ReplayOptions> replay_options_by_kernel(const ReplayArguments& arguments);
std::optional<TraceFormat> input_format(const ReplayArguments& arguments);

// The arguments as they have to be typed, each behind a blank: " --kernel 7.1 --bind '/dev/x*=y'".
std::string replay_options_text(const ReplayArguments& arguments);

// "7.1", as --kernel takes it.
KernelVersion parse_kernel(const std::string& word);

// "POINT[@N[+]][=ERRNO]"
FaultSpec parse_fault(const std::string& text);

}  // namespace mmsim
