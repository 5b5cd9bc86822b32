// SPDX-License-Identifier: GPL-2.0-or-later
// A call of a trace for people, much as strace would print it.
#pragma once

#include <string>

#include "trace/trace_record.h"

namespace mmsim {

// "mprotect(0x7f0000001000, 4096, PROT_READ)". A file stands for its descriptor.
std::string call_text(const TraceCall& call);

// Where it was and how much: "mprotect(0x7f0000001000, 4096)".
std::string brief_call_text(const TraceCall& call);

}  // namespace mmsim
