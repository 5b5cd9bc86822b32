// SPDX-License-Identifier: GPL-2.0-or-later
// Cases that carry a whole trace as JSON and the outcome as a list of VMAs and counters.
#pragma once

#include <string>

#include "case_store.h"

namespace mmsim::cases {

// Replays the case. Empty when the outcome is the recorded one, else the first difference.
std::string run_pipeline_case(const Case& input);

}  // namespace mmsim::cases
