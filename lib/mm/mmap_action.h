// SPDX-License-Identifier: GPL-2.0-or-later
// Actions: what a `.mmap_prepare` hook asks the core to do on the finished VMA, from the helper
// that asks for it to the page tables. Rule 6.5, DELTA 2.
//
// Pure functions of the values they are given: no World, no failure points.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mm/profile.h"
#include "mm/vm_area_desc.h"

namespace mmsim {

// The helpers a hook calls. None of them fails; a second one replaces the first. `start` is an
// absolute address, sizes are bytes. The page protection is taken as the desc has it now.
// What else the desc's action holds (overrides, simulated failures) stays.
void mmap_action_remap(VmAreaDesc& desc, std::uint64_t start, Pfn pfn, std::uint64_t size);
void mmap_action_remap_full(VmAreaDesc& desc, Pfn pfn);
void mmap_action_ioremap(VmAreaDesc& desc, std::uint64_t start, Pfn pfn, std::uint64_t size);
void mmap_action_ioremap_full(VmAreaDesc& desc, Pfn pfn);
void mmap_action_simple_ioremap(VmAreaDesc& desc, std::uint64_t phys, std::uint64_t size);
void mmap_action_map_kernel_pages(VmAreaDesc& desc, std::uint64_t start, std::uint64_t pages);
void mmap_action_map_kernel_pages_full(VmAreaDesc& desc);

// Whether kernels of that version know the action; `nothing` is known to all.
bool mmap_action_exists(const Profile& profile, ActionType type);

// After the hook, before the merge: checks the action and gives the desc the flags and the offset
// that the VMA will need. Where it fails mmap fails with F5; before 7.1 it cannot fail.
// Linux: mm/util.c:mmap_action_prepare().
Result<> mmap_action_prepare(const Profile& profile, VmAreaDesc& desc);

// Fills the page tables of a VMA that is in the tree. `action` is the desc's after prepare.
// Linux: mm/util.c:mmap_action_complete(), without what it does around the action.
Result<> mmap_action_complete(const Profile& profile, const MmapAction& action, const Vma& vma);

// Ids of the diagnostics that the kernel's warnings about the action amount to, for the desc as
// the hook left it: to be called before mmap_action_prepare(). Mostly empty.
std::vector<std::string_view> mmap_action_warnings(const Profile& profile, const VmAreaDesc& desc);

// The frames that a simple ioremap or vm_iomap_memory() arrives at.
struct IoMemoryWindow {
    Pfn pfn;  // of the mapping's first page
};
// Places a mapping of `vm_pages` at `pgoff` into `size` bytes of device memory at `phys`; EINVAL
// when it does not fit. Every sum wraps as the kernel's does.
Result<IoMemoryWindow> io_memory_window(std::uint64_t phys, std::uint64_t size, Pgoff pgoff,
                                        Pages vm_pages);

}  // namespace mmsim
