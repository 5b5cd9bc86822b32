// SPDX-License-Identifier: GPL-2.0-or-later
// Which check of a call it was that said no, for people. The core answers with an errno alone; here
// the checks that can give it are asked again, in the order of their rule, with what they saw.
#pragma once

#include <string>

#include "base/errno.h"
#include "mm/world.h"
#include "trace/trace_record.h"

namespace mmsim {

// "nothing is mapped at 7f0000002000". `mm`: as it was before the call. Empty where none of the
// checks that are known here objects: a hook, a failure point or something that a trace cannot show
// did.
std::string failed_check(const World& world, const Mm& mm, const TraceCall& call, Errno error);

}  // namespace mmsim
