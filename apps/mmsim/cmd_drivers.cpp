// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"
#include "base/errno.h"
#include "base/input_error.h"
#include "commands.h"
#include "drivers/built_in.h"
#include "drivers/params.h"
#include "drivers/registry.h"
#include "mm/profile.h"
#include "outputs.h"

namespace mmsim {

namespace {

std::string hooks_text(const Driver& driver, const Profile& profile) {
    const HookSet hooks = driver.hooks(profile, HookChoice::declared);
    std::string text;
    for (std::size_t i = 0; i < kHooks; ++i) {
        const auto hook = static_cast<Hook>(i);
        if (hooks.has(hook)) text += (text.empty() ? "" : " ") + std::string(hook_name(hook));
    }
    return text.empty() ? "none" : text;
}

void append_line(std::string& text, std::string_view what, std::string_view value) {
    text += fmt::format("{:<12}{}\n", what, value.empty() ? "none" : value);
}

std::string facts_text(const DriverFacts& facts) {
    std::string text = "\nchecks, in order\n";
    if (facts.checks.empty()) text += "  none\n";
    for (const DriverCheck& check : facts.checks) {
        // Some errors are handed on.
        const auto error = check.error == Errno::ok ? "its own" : errno_name(check.error);
        text += fmt::format("  {:<12}{}\n", error, check.what);
    }
    text += '\n';
    append_line(text, "flags", facts.flags);
    append_line(text, "page_prot", facts.page_prot);
    append_line(text, "action", facts.action);
    append_line(text, "vm_ops", facts.vm_ops);
    text += "\nparams of its files\n";
    if (facts.params.empty()) text += "  none\n";
    for (const ParamSpec& spec : facts.params) {
        text += fmt::format("  {:<14}{:<18}{} ({})\n", spec.name, spec.fallback, spec.what,
                            param_kind_name(spec));
    }
    text += "\nchanges\n";
    if (facts.changes.empty()) text += "  none\n";
    for (const DriverChange& change : facts.changes) {
        text += fmt::format("  {:<6}{}\n", change.version, change.what);
    }
    return text;
}

ExitStatus show_driver(const std::string& name) {
    const auto driver = make_driver(name);
    if (!driver) throw InputError("there is no driver '" + name + "'; `mmsim drivers` lists them");
    std::string text = fmt::format("{}: {}\n\nhooks\n", driver->name(), driver->summary());
    for (const Profile& profile : all_profiles()) {
        text += fmt::format("  {:<6}{}\n", profile.name, hooks_text(*driver, profile));
    }
    const auto* const built_in = dynamic_cast<const BuiltIn*>(driver.get());
    if (built_in != nullptr) text += facts_text(built_in->facts());
    print(text);
    return ExitStatus::ok;
}

ExitStatus list_drivers() {
    std::size_t width = 0;
    for (const auto& entry : built_in_drivers()) width = std::max(width, entry.name.size());
    std::string text;
    for (const auto& entry : built_in_drivers()) {
        text += fmt::format("{:<{}}  {}\n", entry.name, width, entry.make()->summary());
    }
    print(text);
    return ExitStatus::ok;
}

}  // namespace

void add_drivers_command(CLI::App& app, ExitStatus& status) {
    auto name = std::make_shared<std::string>();
    CLI::App* cmd = app.add_subcommand("drivers", "List the fake drivers, or show one");
    cmd->add_option("name", *name, "a driver of the list")->type_name("NAME");
    cmd->callback(
        [name, &status] { status = name->empty() ? list_drivers() : show_driver(*name); });
}

}  // namespace mmsim
