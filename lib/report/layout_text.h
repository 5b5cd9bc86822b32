// SPDX-License-Identifier: GPL-2.0-or-later
// A layout as /proc/PID/maps prints it, and with the VmFlags lines of smaps.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mm/world.h"
#include "replay/engine.h"

namespace mmsim {

enum class LayoutForm : unsigned char { maps, smaps };

using TextSink = std::function<void(std::string_view)>;

// Hands over one VMA's lines at a time, '\n' included, in address order.
// `extra` are the lines that are no VMAs.
void print_layout(const World& world, const Mm& mm, const std::vector<ExtraLine>& extra,
                  LayoutForm form, const TextSink& sink);

}  // namespace mmsim
