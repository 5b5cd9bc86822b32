// SPDX-License-Identifier: GPL-2.0-or-later
// What an event of the core says, for people, with the rule beside it.
#pragma once

#include <string>
#include <string_view>

#include "mm/event.h"
#include "mm/world.h"

namespace mmsim {

// "7f0000000000-7f0000002000"
std::string addresses_of(VmRange range);

// What was done on the left, its rule on the right.
std::string explain_line(const std::string& text, std::string_view rule);

// One line or more, each begun with two blanks. `world`: where the names are.
std::string event_text(const World& world, const Event& event);

}  // namespace mmsim
