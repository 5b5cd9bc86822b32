// SPDX-License-Identifier: GPL-2.0-or-later
// Whether two address spaces have the same mapped, however it is cut into VMAs.
#pragma once

#include <span>

#include "mm/world.h"

namespace mmsim {

// Every page has the same flags, file, offset, hooks, policy and name in both, once the pages in
// `without` (ascending, apart) are left out of the second. What a fault gives a VMA, and what a
// driver keeps in one, is not compared, nor are the flags `but_for`. Files that `before` does not
// have count as one.
bool same_mappings(const World& before, const VmaTree& a, const VmaTree& b,
                   std::span<const VmRange> without = {}, VmFlags but_for = {});

}  // namespace mmsim
