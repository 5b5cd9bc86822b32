// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault/fail_point.h"

#include <array>
#include <cstddef>

namespace mmsim {
namespace {

constexpr std::array<std::string_view, kFailPoints> kNames = {
    "mdwe",           "arch_flags",       "map_writable",     "gather_sealed",
    "gather_limit",   "split_may_split",  "split_alloc",      "split_prealloc",
    "may_expand",     "charge",           "mmap_prepare",     "action_prepare",
    "merge_prealloc", "merge_anon_clone", "vma_alloc",        "vma_prealloc",
    "mmap",           "shmem_setup",      "action_complete",  "mapped",
    "kmalloc",        "munmap_prealloc",  "mprotect_charge",  "mprotect_split",
    "mremap_charge",  "mremap_copy",      "mremap_move_ptes", "mremap_unmap",
    "brk_charge",     "brk_alloc",        "madvise_split",    "mlock_split",
    "fork_charge",    "fork_alloc",       "fork_anon_clone",
};

}  // namespace

std::string_view fail_point_name(FailPoint point) {
    return kNames[static_cast<std::size_t>(point)];
}

std::optional<FailPoint> fail_point_from_name(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) return static_cast<FailPoint>(i);
    }
    return std::nullopt;
}

}  // namespace mmsim
