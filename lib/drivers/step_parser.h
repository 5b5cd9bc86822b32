// SPDX-License-Identifier: GPL-2.0-or-later
// Makes steps of a hook's JSON list, and says where a list is wrong.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "drivers/json_value.h"
#include "drivers/steps.h"
#include "mm/profile.h"

namespace mmsim {

class StepParser {
public:
    StepParser(const JsonText& text, std::string driver, std::span<const ParamSpec> params)
        : text_(text), driver_(std::move(driver)), params_(params) {}

    // The steps of one hook. Throws InputError, "widget.json:4:7: driver 'widget', mmap_prepare
    // step 3: ...", for anything that this hook cannot mean.
    Steps parse(const JsonValue& list, Hook hook);

    // What the last action of the lists parsed so far wants done when it succeeded.
    std::optional<Steps> take_success_hook() { return std::move(success_hook_); }

private:
    const JsonText& text_;
    std::string driver_;
    std::span<const ParamSpec> params_;
    std::optional<Steps> success_hook_;
};

// Throws InputError where a step needs what kernels of that version do not have.
void check_steps(const Steps& steps, const Profile& profile);
// "7.1 7.2 7.3": the versions in which a row of the profile holds.
std::string versions_with(bool Profile::*row);

}  // namespace mmsim
