// SPDX-License-Identifier: GPL-2.0-or-later
// Which kernel and which limits a replay runs under: defaults, then the trace, then the options.
#pragma once

#include "mm/limits.h"
#include "mm/profile.h"
#include "replay/engine.h"
#include "trace/trace_reader.h"

namespace mmsim {

struct Settings {
    const Profile* profile = nullptr;
    SystemLimits system;
    ProcessLimits process;
};

// strace text can carry no limits, and its recorded results are the truth: it starts from a
// privileged process without limits, JSON from the defaults of its format.
// Throws InputError for names that do not exist and for --hook on a version without the hook.
Settings choose_settings(const TraceHeader& header, TraceFormat format,
                         const ReplayOptions& options);

}  // namespace mmsim
