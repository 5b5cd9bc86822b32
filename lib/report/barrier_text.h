// SPDX-License-Identifier: GPL-2.0-or-later
// Why two neighbours are not one VMA, for people: the reason, its rule and the cure.
#pragma once

#include <string>

#include "mm/merge_barriers.h"
#include "mm/vm_flags.h"

namespace mmsim {

// A line for each barrier, begun with `indent`; with `cures` a second one on what would remove it.
std::string barriers_text(MergeBarriers barriers, VmFlags differing, const std::string& indent,
                          bool cures);

// What would remove them all, in one line: "give both sides the same flags; ...". For no barrier,
// what makes two merge that may.
std::string cures_text(MergeBarriers barriers);

}  // namespace mmsim
