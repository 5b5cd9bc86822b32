// SPDX-License-Identifier: GPL-2.0-or-later
// A call whose line the traced program wrote into: strace waits for the result behind the
// arguments, and with both on one terminal or in one file that is where other text ends up.
#pragma once

#include "trace/strace_calls.h"

namespace mmsim {

// Fills `args` and `result` from `line`. False: it is not one whole call.
bool split_call(StraceCall& call);

// Cuts foreign text in front of the result out of `line`, as little of it as makes a call that can
// be read, and splits that. False: nothing helps, and `line` is as it was.
bool mend_call(StraceCall& call, const StraceCallKind& kind);

}  // namespace mmsim
