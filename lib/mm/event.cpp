// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/event.h"

#include <array>

namespace mmsim {

std::string_view mm_op_name(MmOp op) {
    static constexpr std::array<std::string_view, kMmOps> kNames = {
        "mmap",        "munmap", "mprotect", "mremap", "brk",  "madvise",
        "mlock",       "mseal",  "prctl",    "mbind",  "shm",  "remap_file_pages",
        "userfaultfd", "fork",   "exec",     "exit",   "fault"};
    return kNames[static_cast<std::size_t>(op)];
}

std::string_view hook_name(Hook hook) {
    static constexpr std::array<std::string_view, kHooks> kNames = {
        "mmap_prepare", "mmap",     "mapped", "open",        "close",
        "may_split",    "mprotect", "mremap", "success_hook"};
    return kNames[static_cast<std::size_t>(hook)];
}

std::string_view unwind_step_name(UnwindStep step) {
    static constexpr std::array<std::string_view, kUnwindSteps> kNames = {
        "reattach_old_mappings", "uncharge",         "put_file",
        "put_replaced_file",     "free_vma",         "unmap_new_vma",
        "close_new_vma",         "zap_ptes",         "unmap_writable",
        "old_mappings_lost",     "edge_splits_left", "charge_leaked",
        "file_leaked",           "mapping_left",     "earlier_changes_kept",
        "destination_lost",      "reference_leaked", "close_without_mapped"};
    return kNames[static_cast<std::size_t>(step)];
}

}  // namespace mmsim
