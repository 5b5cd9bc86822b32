// SPDX-License-Identifier: GPL-2.0-or-later
// A check that refused a call, in words and with its rule.
#pragma once

#include <string>
#include <string_view>

#include "mm/check.h"
#include "mm/world.h"

namespace mmsim {

// "nothing is mapped at 7f0000002000", with the limits of that address space.
std::string refusal_text(const World& world, const Mm& mm, const Refusal& refusal);

// The id of a rule in docs/rules.md; empty where it is the one in which the call's checks stand.
std::string_view refusal_rule(Check check);

}  // namespace mmsim
