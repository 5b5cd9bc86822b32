// SPDX-License-Identifier: GPL-2.0-or-later
// Where a recorded result and the simulation part, and what follows from it.
#pragma once

#include <optional>

#include "replay/engine.h"
#include "replay/step.h"
#include "trace/trace_record.h"

namespace mmsim {

// brk tells failure by its value alone: anything but the break that was asked for.
bool recorded_failure(const TraceRecord& record);
bool recorded_success(const TraceRecord& record);
bool simulated_failure(const TraceRecord& record, const Outcome& outcome);

// A failure for a reason that no trace shows: a descriptor, a permission, memory, a signal.
bool is_external(Errno error);

// How the two differ; nullopt when they agree or nothing was recorded. `forced` stands for every
// success that the simulation refuses, `not_applied` or `external` for every failure that it
// would allow.
std::optional<DivergenceKind> compare(const TraceRecord& record, const Outcome& simulated,
                                      Addresses addresses);

}  // namespace mmsim
