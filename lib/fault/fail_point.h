// SPDX-License-Identifier: GPL-2.0-or-later
// The places where the simulated kernel can be made to fail, under the names users type.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mmsim {

// The mmap pipeline in the kernel's order (docs/rules.md 3.1), then the other calls.
enum class FailPoint : std::uint8_t {
    mdwe,
    arch_flags,
    map_writable,
    gather_sealed,
    gather_limit,
    split_may_split,
    split_alloc,
    split_prealloc,
    may_expand,
    charge,
    mmap_prepare,
    action_prepare,
    merge_prealloc,
    merge_anon_clone,
    vma_alloc,
    vma_prealloc,
    mmap,
    shmem_setup,
    action_complete,
    mapped,
    kmalloc,  // in any hook of a plug-in
    munmap_prealloc,
    mprotect_charge,
    mprotect_split,
    mremap_charge,
    mremap_copy,
    mremap_move_ptes,
    mremap_unmap,
    brk_charge,
    brk_alloc,
    madvise_split,
    mlock_split,
    fork_charge,
    fork_alloc,
    fork_anon_clone,
};

inline constexpr std::size_t kFailPoints = static_cast<std::size_t>(FailPoint::fork_anon_clone) + 1;

// "vma_alloc", as in --fail, traces and reports.
std::string_view fail_point_name(FailPoint point);
std::optional<FailPoint> fail_point_from_name(std::string_view name);

}  // namespace mmsim
