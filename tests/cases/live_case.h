// SPDX-License-Identifier: GPL-2.0-or-later
// Cases recorded on a live kernel: a trace as strace text, and the layout after each call.
#pragma once

#include <memory>
#include <string>

#include "case_store.h"
#include "replay/engine.h"

namespace mmsim::cases {

// What the case is to be replayed with, invariants checked.
ReplayOptions live_options(const Case& input, Addresses addresses);
std::unique_ptr<TraceReader> open_live_trace(const Case& input);

// Replays the case. Empty when all layouts are the recorded ones, else the first difference.
std::string run_live_case(const Case& input, Addresses addresses);

}  // namespace mmsim::cases
