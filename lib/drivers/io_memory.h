// SPDX-License-Identifier: GPL-2.0-or-later
// What both forms of a hook ask of device memory, under one name.
#pragma once

#include "mm/mmap_action.h"
#include "mm/remap.h"

namespace mmsim {

// The whole mapping from `size` bytes of device memory at `phys`. EINVAL where it does not fit:
// at once from an old hook, when the action is prepared (F5) from the other.
inline Result<> map_io_memory(HalfBuiltVma& vma, std::uint64_t phys, std::uint64_t size) {
    return vm_iomap_memory(vma, phys, size);
}
inline Result<> map_io_memory(VmAreaDesc& desc, std::uint64_t phys, std::uint64_t size) {
    mmap_action_simple_ioremap(desc, phys, size);
    return {};
}

// The whole mapping from the frames that begin with `pfn`.
inline Result<> map_frames(HalfBuiltVma& vma, Pfn pfn) {
    return remap_pfn_range(vma, vma.range.start().bytes(), pfn, vma.range.pages().bytes());
}
inline Result<> map_frames(VmAreaDesc& desc, Pfn pfn) {
    mmap_action_remap_full(desc, pfn);
    return {};
}

}  // namespace mmsim
