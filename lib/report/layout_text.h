// SPDX-License-Identifier: GPL-2.0-or-later
// A layout as /proc/PID/maps prints it, and with the VmFlags lines of smaps.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mm/world.h"

namespace mmsim {

enum class LayoutForm : unsigned char { maps, smaps };

using TextSink = std::function<void(std::string_view)>;

// Hands over one VMA's lines at a time, '\n' included, in address order.
void print_layout(const World& world, const Mm& mm, LayoutForm form, const TextSink& sink);

std::string layout_text(const World& world, const Mm& mm, LayoutForm form);

}  // namespace mmsim
