// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "trace/trace_reader.h"

namespace mmsim {

// Says on standard error what the reader passed over: the first few, and how many more.
void warn_about_input(const TraceReader& reader, const std::string& trace);

}  // namespace mmsim
