// SPDX-License-Identifier: GPL-2.0-or-later
// Records from what strace prints, with any of its usual switches.
//
// A call makes its record on the line on which it finishes. What is not understood is counted and
// passed over, never an error: strace text comes with all kinds of damage.
#pragma once

#include <memory>

#include "trace/line_source.h"
#include "trace/trace_reader.h"

namespace mmsim {

std::unique_ptr<TraceReader> make_strace_reader(std::unique_ptr<LineSource> source);

}  // namespace mmsim
