// SPDX-License-Identifier: GPL-2.0-or-later
// Rewrites a trace as JSON or JSON Lines.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "trace/trace_reader.h"

namespace mmsim {

// Hears of each call that JSON cannot carry: "trace.strace:12: why".
using NotCarried = std::function<void(const std::string&)>;

// JSON is passed on without loss. strace text becomes what a replay makes of it: processes instead
// of threads, files instead of descriptors (those that are mapped; the rest matters to nobody).
// Memory grows with the files that are mapped, not with the events.
// Throws InputError as the reader does, and where there can be no temporary file.
// REQUIRES: format is not strace; no record has been read
void convert_trace(TraceReader& reader, std::ostream& out, TraceFormat format,
                   const NotCarried& not_carried);

}  // namespace mmsim
