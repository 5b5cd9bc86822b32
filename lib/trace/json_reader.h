// SPDX-License-Identifier: GPL-2.0-or-later
// Readers of JSON documents and JSON Lines. Events pass one at a time, in constant memory.
#pragma once

#include <memory>

#include "trace/line_source.h"
#include "trace/trace_reader.h"

namespace mmsim {

// A document. Keys come in any order, and what stands behind "events" belongs to the header too: so
// the events are passed over once at first, and a pipe is copied to a temporary file on the way.
std::unique_ptr<TraceReader> make_json_reader(std::unique_ptr<LineSource> source);

// The first line holds the document without its events, each further line an event.
std::unique_ptr<TraceReader> make_json_lines_reader(std::unique_ptr<LineSource> source);

}  // namespace mmsim
