// SPDX-License-Identifier: GPL-2.0-or-later
// One event of a trace step by step, and why there is a boundary at an address.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "replay/engine.h"

namespace mmsim {

struct ExplainQuestion {
    std::optional<std::uint64_t> event;  // from 1; with an address: the last to be replayed
    std::optional<std::uint64_t> addr;   // bytes
};

// Replays as far as it must. Throws InputError as Engine does, and where there is nothing to
// explain: no such event, an address where nothing ever was.
// REQUIRES: one of the two is asked
std::string explain_trace(TraceReader& reader, const ReplayOptions& options,
                          const ExplainQuestion& question);

}  // namespace mmsim
