// SPDX-License-Identifier: GPL-2.0-or-later
// Limits for traces that cannot carry them: the object "limits" of a JSON trace in a file.
#pragma once

#include <string>

#include "trace/trace_header.h"

namespace mmsim {

// Throws InputError "path:line:column: what is wrong".
TraceLimits read_limits_file(const std::string& path);

// The same for text; `name` stands in messages.
TraceLimits parse_limits(std::string text, const std::string& name);

}  // namespace mmsim
