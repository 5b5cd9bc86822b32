// SPDX-License-Identifier: GPL-2.0-or-later
// --keep CONDITION: what a trace must still show when events are taken away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/errno.h"
#include "check/threshold.h"
#include "report/report.h"
#include "trace/trace_reader.h"

namespace mmsim {

struct ReplayOptions;

struct KeepCondition {
    enum class What : unsigned char { diagnostic, leak, divergence, error, threshold };

    What what{};
    std::string text;  // as the user wrote it
    // The id of a diagnostic, the kind of a leak or a divergence, the op of a call. Empty: any.
    std::string kind;
    std::string name;  // of what leaks; empty: any
    Errno error{};
    std::optional<Threshold> threshold;
};

// ID, leak[:KIND[/NAME]], divergence[:KIND], [OP:]ERRNO, or a threshold without sign and '%'.
// Throws InputError for anything else.
KeepCondition parse_keep_condition(std::string_view text);

// Replays the trace to its end. Throws InputError where it cannot be replayed, and for a threshold
// on a number that its report does not have.
bool shows(const KeepCondition& condition, TraceReader& reader, const ReplayOptions& options);

// What the trace shows that conditions can ask for, for people: "diagnostics late-enodev; ENOMEM
// of mmap".
std::string what_is_shown(TraceReader& reader, const ReplayOptions& options);

}  // namespace mmsim
