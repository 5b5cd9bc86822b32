// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/diagnostics.h"

#include <algorithm>
#include <iterator>

namespace mmsim {

std::string_view severity_name(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

namespace {

constexpr DiagnosticText kDiagnostics[] = {
    {"ref-in-prepare", Severity::error,
     "Take the reference in vm_ops->mapped: mmap_prepare also runs for mappings that merge or fail "
     "later, and those never reach close."},
    {"private-data-clobbered", Severity::error,
     "Keep one private_data per file, or set a flag that forbids merging: a merge writes the new "
     "mapping's private_data over the neighbour's."},
    {"close-without-mapped", Severity::error,
     "Let close cope with a mapping whose mapped hook did not succeed: it runs on that one too "
     "when the action or the hook fails."},
    {"action-range", Severity::error,
     "Keep the action's start and size page aligned and inside the mapping that was asked for."},
    {"pfn-expandable", Severity::warning,
     "Set VMA_DONTEXPAND_BIT on mappings of page frames, or mremap may grow them beyond what the "
     "driver mapped."},
    {"mprotect-writable", Severity::warning,
     "Clear VMA_MAYWRITE_BIT as well: a read-only mapping that keeps it becomes writable by "
     "mprotect."},
    {"late-hook-error", Severity::error,
     "Make the check in mmap_prepare: an error after the mapping is in place unmaps it again, or "
     "in 7.0 leaves it there."},
    {"both-hooks", Severity::error,
     "Set either mmap or mmap_prepare: with both every mmap of the file is ENODEV."},
    {"deprecated-hook", Severity::warning,
     "Move from mmap to mmap_prepare: the old hook runs after the merge attempt, so flags that it "
     "sets keep mappings apart."},
    {"file-replaced", Severity::error,
     "Store only a newly made file in vm_file: the reference is consumed, and lost when the "
     "mapping merges."},
    {"late-enodev", Severity::warning,
     "Leave the hooks unset to refuse every mmap: an ENODEV from the hook comes after MAP_FIXED "
     "has destroyed what was there."},
    {"stacked-differs", Severity::warning,
     "Set vm_ops, and rely neither on a stored file nor on error_override or hide_from_rmap: where "
     "a stacked file system calls the hook they work otherwise."},
    {"action-by-hand", Severity::error,
     "Fill the action through the mmap_action helpers, with 0 or a negative errno as "
     "error_override."},
    {"self-deadlock", Severity::error,
     "Do not hide a mapping from the rmap when its action can fail: unwinding takes the lock that "
     "is already held."},
    {"driver-crashed", Severity::error,
     "From here on the driver's hooks are not called, and its mmaps fail with EIO; --in-process "
     "runs the plug-in where a debugger sees it.",
     true},
    {"driver-warned", Severity::warning, "Look into what the driver itself takes for impossible.",
     true},
    {"const-field-written", Severity::error,
     "Leave to the kernel what the hook is only shown: what is written there is lost.", true},
};

}  // namespace

std::span<const DiagnosticText> all_diagnostics() { return kDiagnostics; }

const DiagnosticText* find_diagnostic(std::string_view id) {
    const auto* found = std::ranges::find(kDiagnostics, id, &DiagnosticText::id);
    return found == std::end(kDiagnostics) ? nullptr : found;
}

}  // namespace mmsim
