// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel and its own drivers are known to do wrong, so that a sweep can tell it from news.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mm/profile.h"
#include "sweep/fault_report.h"

namespace mmsim {

struct KnownFault {
    FaultKind kind{};
    std::string_view what;
    std::string_view owner;
    KernelVersion since{};
    std::optional<KernelVersion> fixed;      // the first version without it; nothing: none yet
    std::string_view rule;                   // of docs/rules.md
    std::span<const FailPoint> points = {};  // where it shows; none: anywhere
};

std::span<const KnownFault> known_faults();

// Null where it is news under one of its kernels, or about a driver that is not the kernel's.
const KnownFault* known_fault(const FaultCase& found);

// "upstream, not fixed yet (rule 7)", "upstream, fixed in 7.1 (rule 7)".
std::string known_fault_text(const KnownFault& known);

}  // namespace mmsim
