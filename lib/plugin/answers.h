// SPDX-License-Identifier: GPL-2.0-or-later
// mmsim's side of what hooks of a plug-in ask for.
#pragma once

#include <atomic>
#include <string>

#include "mm/driver.h"
#include "plugin/message.h"
#include "plugin/plugin_set.h"

namespace mmsim {

// Whose hook it is that asks.
struct Asking {
    HookCall& call;
    const PluginSet& drivers;
    VmRange range;
    std::atomic<bool>* hands_on;  // becomes true where the hook asks for another file
};

// The answer takes the place of the question. False for a question that makes no sense: what the
// plug-in shares with mmsim is no longer as mmsim left it.
bool answer(const Asking& asking, Message& message, std::string& text);

// Between the core's values and what goes over. The second kind checks what comes back: false
// where it cannot be.
Area area_of(const VmAreaDesc& desc);
Area area_of(const HalfBuiltVma& vma);
Area area_of(const Vma& vma, MmId mm);
bool take_over(const World& world, const Area& area, VmAreaDesc& desc);
bool take_over(const World& world, const Area& area, HalfBuiltVma& vma);

}  // namespace mmsim
