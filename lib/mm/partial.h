// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that fail half-way and keep what they did: who made them learns of an error alone.
// Rules 5.2, 5.3, 5.5 to 5.7.
#pragma once

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

// Tells of an error after which earlier changes stay, or the first of two cuts.
void tell_kept(Current& current, Errno error);
// Hands on how a walk over VMAs ended, and tells of what stays.
inline Result<> tell_partial(Current& current, Result<> result) {
    if (!result && (current.effects.changed || current.effects.cut)) [[unlikely]]
        tell_kept(current, result.error());
    return result;
}

// The same of an mremap: what it undid, and the destination that it had cleared for nothing.
void tell_failed_move(Current& current, Errno error);

}  // namespace mmsim
