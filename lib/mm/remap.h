// SPDX-License-Identifier: GPL-2.0-or-later
// The helpers by which an old `.mmap` hook fills the page tables of the VMA it is handed.
// Linux: mm/memory.c. Rules 3.4, 6.5.
//
// `start` is an absolute address, sizes are bytes. Whatever a helper did before it failed is undone
// by the pipeline when the hook passes the error on: pages_mapped says that there is something.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "mm/vm_area_desc.h"

namespace mmsim {

// EINVAL for a start inside a page, and for a part of a copy-on-write mapping. The VMA becomes
// special, and the offset of a copy-on-write mapping the frame number. Does not ask whether
// [start, start + size) lies in the VMA.
Result<> remap_pfn_range(HalfBuiltVma& vma, std::uint64_t start, Pfn pfn, std::uint64_t size);

// The whole VMA, at its offset, from `size` bytes of device memory at `phys`; EINVAL when that is
// too short.
Result<> vm_iomap_memory(HalfBuiltVma& vma, std::uint64_t phys, std::uint64_t size);

// Ordinary kernel pages; EFAULT outside the VMA.
Result<> vm_insert_pages(HalfBuiltVma& vma, std::uint64_t start, std::uint64_t pages);
inline Result<> vm_insert_page(HalfBuiltVma& vma, std::uint64_t start) {
    return vm_insert_pages(vma, start, 1);
}

}  // namespace mmsim
