// SPDX-License-Identifier: GPL-2.0-or-later
// What a call answers when something in it fails: the errno of the failure, but for a few that are
// documented to answer otherwise.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fault/fail_point.h"
#include "mm/event.h"
#include "mm/profile.h"

namespace mmsim {

struct FaultAnswer {
    enum class Instead : std::uint8_t {
        eagain,       // EAGAIN for ENOMEM
        old_break,    // no errno: brk returns the break that holds
        drivers_own,  // the errno that the driver chose for its action
        goes_on,      // none: the call does without
        leaves_it,    // none, or its own: what was to be unmapped stays
    };
    MmOp op;
    std::optional<FailPoint> point;  // nothing: all points of the call
    Instead instead;
    std::string_view rule;
};

std::span<const FaultAnswer> fault_answers();

// Whether a call of that kind, made to fail with `failure` at that point, may answer so. ok: it
// succeeded.
bool answer_is_documented(MmOp op, FailPoint point, Errno failure, Errno answer);
// Whether it may go on and leave mapped what was to go.
bool may_leave_mapped(MmOp op, FailPoint point);

}  // namespace mmsim
