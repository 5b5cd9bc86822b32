// SPDX-License-Identifier: GPL-2.0-or-later
// A reader together with the input it reads: what only both of them know.
#pragma once

#include <memory>

#include "trace/line_source.h"
#include "trace/trace_reader.h"

namespace mmsim {

// Adds has_touch() and place() to a reader. REQUIRES: the reader owns `source`
std::unique_ptr<TraceReader> with_input(std::unique_ptr<TraceReader> reader, LineSource& source);

}  // namespace mmsim
