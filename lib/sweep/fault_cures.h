// SPDX-License-Identifier: GPL-2.0-or-later
// What a finding is about and what to do about it, in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sweep/books.h"
#include "sweep/fault_finding.h"

namespace mmsim {

// "commit", "file", "locked", or the driver's name for a reference.
std::string unreturned_name(const Unreturned& what);
// "2 pages stay charged for ever".
std::string unreturned_text(const Unreturned& what, const World& world);
std::string_view unreturned_cure(const Unreturned& what, std::optional<FailPoint> point);

// The kernel's own fault, whatever the driver: commit charge, files and locked pages are its books.
bool is_kernels(LeakKind kind);

// Whether a broken rule is something to mend in that driver.
bool is_finding(std::string_view diagnostic, const Driver& driver);

}  // namespace mmsim
