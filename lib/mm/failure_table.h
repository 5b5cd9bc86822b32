// SPDX-License-Identifier: GPL-2.0-or-later
// What each failure of the mmap pipeline leaves behind, point by point and version by version.
// Rules 3.3, DELTA 1.2, 1.3. The pipeline unwinds by this table, tests and documents quote it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/errno.h"
#include "fault/fail_point.h"
#include "mm/profile.h"

namespace mmsim {

// The mappings that MAP_FIXED was to replace.
enum class OldMappings : std::uint8_t { kept, lost, replaced };

// What the commit counter keeps of an accountable request, for ever.
enum class ChargeLeft : std::uint8_t {
    nothing,   // nothing was charged yet, or all is given back
    gathered,  // the accounted pages of the old mappings that are gone
    pages,     // the whole request: its charge and those pages
};

// A file that the hook stored in place of the one it was called for.
enum class ReplacedFile : std::uint8_t { none, leaks, put, put_twice, by_unmap };

enum class FileReference : std::uint8_t { none_taken, put, by_unmap, kept };

struct FailureRow {
    FailPoint point;
    std::string_view stage;  // F1 to F11
    KernelVersion since, until;
    Errno usual;  // ok: the hook's own
    OldMappings old_mappings;
    ChargeLeft charge;
    FileReference file;
    ReplacedFile replaced;
    bool closes_new_vma;  // vm_ops->close runs on the VMA that was to be
    std::string_view source;
};

std::span<const FailureRow> failure_table();

// The row that holds. REQUIRES: `point` is one of the mmap pipeline's
const FailureRow& failure_row(FailPoint point, const Profile& profile);

}  // namespace mmsim
