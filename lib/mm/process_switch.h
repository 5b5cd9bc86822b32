// SPDX-License-Identifier: GPL-2.0-or-later
// What a new address space takes over from the one before. Rule 5.5
#pragma once

#include "mm/mm.h"

namespace mmsim {

// By fork and by exec.
inline void keep_switches(Mm& next, const Mm& before) {
    next.ksm_for_all = before.ksm_for_all;
    next.mdwe = before.mdwe && !before.mdwe_no_inherit;
    next.thp_disabled = before.thp_disabled;
}

}  // namespace mmsim
