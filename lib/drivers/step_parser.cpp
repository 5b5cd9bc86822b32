// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/step_parser.h"

#include <utility>

#include "base/input_error.h"
#include "drivers/step_reader.h"
#include "mm/mmap_action.h"

namespace mmsim {
namespace {

using Kind = JsonValue::Kind;

[[noreturn]] void refuse(const HookStep& step, const Profile& profile, const std::string& what,
                         bool Profile::*row) {
    throw InputError(step.place + ": " + what + " is not in kernel " + std::string(profile.name) +
                     ", only in " + versions_with(row));
}

void check_action(const HookStep& step, const ActionStep& action, const Profile& profile) {
    if (!mmap_action_exists(profile, action.type)) {
        const bool new_kind = action.type == ActionType::simple_ioremap ||
                              action.type == ActionType::map_kernel_pages;
        refuse(step, profile, "this action",
               new_kind ? &Profile::kernel_page_actions : &Profile::actions);
    }
    if (action.error_override && !profile.error_override) {
        refuse(step, profile, "'error_override'", &Profile::error_override);
    }
    if (profile.success_and_error_hooks) return;
    if (action.success_hook) {
        refuse(step, profile, "'success_hook'", &Profile::success_and_error_hooks);
    }
    if (action.error_hook) {
        refuse(step, profile, "'error_hook'", &Profile::success_and_error_hooks);
    }
}

}  // namespace

std::string versions_with(bool Profile::*row) {
    std::string versions;
    for (const Profile& profile : all_profiles()) {
        if (!(profile.*row)) continue;
        if (!versions.empty()) versions += ' ';
        versions += profile.name;
    }
    return versions;
}

void check_steps(const Steps& steps, const Profile& profile) {
    for (const HookStep& step : steps) {
        if (const auto* action = std::get_if<ActionStep>(&step.what)) {
            check_action(step, *action, profile);
        }
    }
}

Steps StepParser::parse(const JsonValue& list, Hook hook) {
    const std::string where = "driver '" + driver_ + "', " + std::string(hook_name(hook));
    if (list.kind != Kind::array) text_.fail(list.offset, where + ": expected a list of steps");
    Steps steps;
    for (const JsonValue& object : list.items) {
        std::string place = where + " step " + std::to_string(steps.size() + 1);
        if (object.kind != Kind::object) text_.fail(object.offset, place + ": expected an object");
        StepReader reader(text_, object, params_, hook, std::move(place));
        steps.push_back(reader.read(*this, success_hook_));
    }
    return steps;
}

}  // namespace mmsim
