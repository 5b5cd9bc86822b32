// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay_options.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/input_error.h"
#include "base/shell_words.h"
#include "fault/fail_point.h"
#include "trace/limits_reader.h"

namespace mmsim {

namespace {

template <typename T, std::size_t N>
T choose(const std::string& option, const std::string& word,
         const std::array<std::pair<std::string_view, T>, N>& choices) {
    std::string names;
    for (const auto& [name, value] : choices) {
        if (name == word) return value;
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    throw InputError(option + " " + word + ": there are " + names);
}

DriverBinding parse_binding(const std::string& text) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        throw InputError("--bind " + text + ": expected GLOB=DRIVER");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

constexpr std::array kFormats = {std::pair{std::string_view("json"), TraceFormat::json},
                                 std::pair{std::string_view("jsonl"), TraceFormat::jsonl},
                                 std::pair{std::string_view("strace"), TraceFormat::strace}};
constexpr std::array kHooks3 = {std::pair{std::string_view("declared"), HookChoice::declared},
                                std::pair{std::string_view("legacy"), HookChoice::legacy},
                                std::pair{std::string_view("prepare"), HookChoice::prepare}};
constexpr std::array kAddresses = {std::pair{std::string_view("recorded"), Addresses::recorded},
                                   std::pair{std::string_view("simulated"), Addresses::simulated}};
constexpr std::array kPageFaults = {std::pair{std::string_view("trace"), PageFaults::trace},
                                    std::pair{std::string_view("eager"), PageFaults::eager}};
constexpr std::array kLayouts = {std::pair{std::string_view("auto"), LayoutChoice::automatic},
                                 std::pair{std::string_view("top-down"), LayoutChoice::top_down},
                                 std::pair{std::string_view("bottom-up"), LayoutChoice::bottom_up}};

}  // namespace

ReplayArguments combined(const ReplayArguments& common, ReplayArguments own) {
    for (const auto text :
         {&ReplayArguments::input_format, &ReplayArguments::kernel, &ReplayArguments::hook,
          &ReplayArguments::initial_maps, &ReplayArguments::addresses,
          &ReplayArguments::page_faults, &ReplayArguments::layout, &ReplayArguments::limits}) {
        if ((own.*text).empty()) own.*text = common.*text;
    }
    for (const auto list :
         {&ReplayArguments::drivers, &ReplayArguments::bindings, &ReplayArguments::faults}) {
        (own.*list).insert((own.*list).begin(), (common.*list).begin(), (common.*list).end());
    }
    if (!own.max_map_count) own.max_map_count = common.max_map_count;
    if (!own.pid) own.pid = common.pid;
    own.fixed_accounting |= common.fixed_accounting;
    own.in_process |= common.in_process;
    own.verify |= common.verify;
    return own;
}

KernelVersion parse_kernel(const std::string& word) {
    if (const auto version = kernel_version_from_name(word)) return *version;
    std::string names;
    for (const Profile& profile : all_profiles()) {
        names += (names.empty() ? "" : ", ") + std::string(profile.name);
    }
    throw InputError("--kernel " + word + ": there are " + names);
}

void add_input_format(CLI::App& command, ReplayArguments& a) {
    command.add_option("--input-format", a.input_format, "json, jsonl or strace (told by content)");
}

void add_replay_options(CLI::App& command, ReplayArguments& a) {
    add_input_format(command, a);
    command.add_option(
        "--kernel", a.kernel,
        "rules to apply: 6.12, 6.16, 6.18, 7.0, 7.1, 7.2, 7.3 (what the trace names, "
        "else 7.3); replay takes several, separated by commas");
    command.add_flag("--fixed-accounting", a.fixed_accounting,
                     "give back what the real kernel leaks on error paths");
    command.add_option("--hook", a.hook,
                       "which form of a driver that has two: declared (default), legacy, prepare");
    command
        .add_option("--driver", a.drivers,
                    "load drivers: a JSON file or a shared object (repeatable)")
        ->type_name("FILE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    command.add_flag("--in-process", a.in_process,
                     "run plug-in drivers in this process, for debuggers");
    command.add_option("--bind", a.bindings, "serve files by a driver, by path (repeatable)")
        ->type_name("GLOB=DRIVER")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    command
        .add_option("--initial-maps", a.initial_maps,
                    "layout before the first event: /proc/PID/maps or smaps text")
        ->type_name("FILE");
    command.add_option("--addresses", a.addresses,
                       "recorded (default where the trace has them) or simulated");
    command.add_option("--page-faults", a.page_faults,
                       "trace (default where it has touch events) or eager");
    command.add_option("--layout", a.layout, "auto (default), top-down or bottom-up");
    command.add_option("--max-map-count", a.max_map_count, "VMAs that a process may have");
    command.add_option("--limits", a.limits, "limits as the JSON object of a trace")
        ->type_name("FILE");
    command
        .add_option("--fail", a.faults,
                    "make the N-th passing of a failure point fail; + and "
                    "all later ones (repeatable)")
        ->type_name("POINT[@N[+]][=ERRNO]")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    command.add_option("--pid", a.pid, "only this process of the trace");
    command.add_flag("--verify", a.verify, "check every invariant after every event");
}

FaultSpec parse_fault(const std::string& text) {
    const auto refuse = [&](const std::string& what) -> InputError {
        return InputError("--fail " + text + ": " + what);
    };
    FaultSpec spec;
    std::string_view rest = text;
    if (const auto equals = rest.find('='); equals != std::string_view::npos) {
        const auto error = errno_from_name(rest.substr(equals + 1));
        if (!error) throw refuse("'" + std::string(rest.substr(equals + 1)) + "' is no errno");
        spec.error = *error;
        rest = rest.substr(0, equals);
    }
    if (const auto at = rest.find('@'); at != std::string_view::npos) {
        auto count = rest.substr(at + 1);
        spec.persistent = count.ends_with('+');
        if (spec.persistent) count.remove_suffix(1);
        const auto [end, error] =
            std::from_chars(count.data(), count.data() + count.size(), spec.n);
        if (error != std::errc() || end != count.data() + count.size() || spec.n == 0) {
            throw refuse("expected a number from 1 after '@'");
        }
        rest = rest.substr(0, at);
    }
    const auto point = fail_point_from_name(rest);
    if (!point) {
        std::string names;
        for (std::size_t i = 0; i < kFailPoints; ++i) {
            names += " " + std::string(fail_point_name(static_cast<FailPoint>(i)));
        }
        throw refuse("'" + std::string(rest) + "' is no failure point; there are" + names);
    }
    spec.point = *point;
    return spec;
}

ReplayOptions replay_options(const ReplayArguments& a) {
    ReplayOptions options;
    if (!a.kernel.empty()) options.kernel = parse_kernel(a.kernel);
    if (!a.hook.empty()) options.hook = choose("--hook", a.hook, kHooks3);
    options.fixed_accounting = a.fixed_accounting;
    options.initial_maps = a.initial_maps;
    if (!a.addresses.empty()) options.addresses = choose("--addresses", a.addresses, kAddresses);
    if (!a.page_faults.empty()) {
        options.page_faults = choose("--page-faults", a.page_faults, kPageFaults);
    }
    if (!a.layout.empty()) options.layout = choose("--layout", a.layout, kLayouts);
    options.max_map_count = a.max_map_count;
    if (!a.limits.empty()) options.limits = read_limits_file(a.limits);
    for (const std::string& fault : a.faults) options.faults.push_back(parse_fault(fault));
    for (const std::string& binding : a.bindings) {
        options.bindings.push_back(parse_binding(binding));
    }
    options.driver_files = a.drivers;
    options.in_process = a.in_process;
    options.pid = a.pid;
    options.verify = a.verify;
    return options;
}

std::vector<ReplayOptions> replay_options_by_kernel(const ReplayArguments& a) {
    std::vector<ReplayOptions> list;
    ReplayArguments one = a;
    for (std::size_t from = 0; from != std::string::npos;) {
        const auto comma = a.kernel.find(',', from);
        one.kernel = a.kernel.substr(from, comma - from);
        if (one.kernel.empty() && !a.kernel.empty()) {
            throw InputError("--kernel " + a.kernel + ": no version beside a comma");
        }
        list.push_back(replay_options(one));
        from = comma == std::string::npos ? comma : comma + 1;
    }
    return list;
}

std::string replay_options_text(const ReplayArguments& a) {
    std::string text;
    const auto add = [&](std::string_view option, const std::string& value) {
        if (value.empty()) return;
        text.append(" ").append(option).append(" ").append(shell_word(value));
    };
    const auto add_all = [&](std::string_view option, const std::vector<std::string>& values) {
        for (const std::string& value : values) add(option, value);
    };
    add("--input-format", a.input_format);
    add("--kernel", a.kernel);
    if (a.fixed_accounting) text += " --fixed-accounting";
    add("--hook", a.hook);
    add_all("--driver", a.drivers);
    if (a.in_process) text += " --in-process";
    add_all("--bind", a.bindings);
    add("--initial-maps", a.initial_maps);
    add("--addresses", a.addresses);
    add("--page-faults", a.page_faults);
    add("--layout", a.layout);
    add("--max-map-count", a.max_map_count ? std::to_string(*a.max_map_count) : "");
    add("--limits", a.limits);
    add_all("--fail", a.faults);
    add("--pid", a.pid ? std::to_string(*a.pid) : "");
    return text;
}

std::optional<TraceFormat> input_format(const ReplayArguments& a) {
    if (a.input_format.empty()) return std::nullopt;
    return choose("--input-format", a.input_format, kFormats);
}

}  // namespace mmsim
