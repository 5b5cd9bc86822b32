// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/diagnostics.h"

#include <algorithm>
#include <array>

namespace mmsim {

std::string_view severity_name(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

namespace {

constexpr std::array kDiagnostics = {
    DiagnosticText{"ref-in-prepare", Severity::error,
                   "Take the reference in vm_ops->mapped: mmap_prepare also runs for mappings that "
                   "merge or fail later, and those never reach close."},
    DiagnosticText{"private-data-clobbered", Severity::error,
                   "Keep one private_data per file, or set a flag that forbids merging: a merge "
                   "writes the new mapping's private_data over the neighbour's."},
    DiagnosticText{"close-without-mapped", Severity::error,
                   "Let close cope with a mapping whose mapped hook failed: it runs although that "
                   "hook never finished."},
    DiagnosticText{"action-range", Severity::error,
                   "Keep the action's start and size inside the mapping that was asked for."},
    DiagnosticText{"pfn-expandable", Severity::warning,
                   "Set VMA_DONTEXPAND_BIT on mappings of page frames, or mremap grows them beyond "
                   "what the driver mapped."},
    DiagnosticText{"mprotect-writable", Severity::warning,
                   "Clear VMA_MAYWRITE_BIT as well: a read-only mapping that keeps it becomes "
                   "writable by mprotect."},
    DiagnosticText{"late-hook-error", Severity::error,
                   "Make the check in mmap_prepare: an error after the mapping is in place leaves "
                   "it there, or leaves a hole."},
    DiagnosticText{"both-hooks", Severity::error,
                   "Set either mmap or mmap_prepare: with both every mmap of the file is ENODEV."},
    DiagnosticText{"deprecated-hook", Severity::warning,
                   "Move from mmap to mmap_prepare: the old hook runs after the merge attempt, so "
                   "flags that it sets keep mappings apart."},
    DiagnosticText{"file-replaced", Severity::error,
                   "Store only a newly made file in vm_file: the reference is consumed, and lost "
                   "when the mapping merges."},
    DiagnosticText{
        "late-enodev", Severity::warning,
        "Leave the hooks unset to refuse every mmap: an ENODEV from the hook comes after "
        "MAP_FIXED has destroyed what was there."},
    DiagnosticText{"stacked-differs", Severity::warning,
                   "Expect another file than vm_file when a stacked file system calls the hook."},
    DiagnosticText{"action-by-hand", Severity::error,
                   "Describe the remap with an mmap_action helper: mmap_prepare has no mapping yet "
                   "that it could fill."},
    DiagnosticText{"self-deadlock", Severity::error,
                   "Do not hide a mapping from the rmap when its action can fail: unwinding takes "
                   "the lock that is already held."},
};

}  // namespace

std::span<const DiagnosticText> all_diagnostics() { return kDiagnostics; }

const DiagnosticText* find_diagnostic(std::string_view id) {
    const auto* found = std::ranges::find(kDiagnostics, id, &DiagnosticText::id);
    return found == kDiagnostics.end() ? nullptr : found;
}

}  // namespace mmsim
