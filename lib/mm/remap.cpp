// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/remap.h"

#include "mm/mmap_action.h"

namespace mmsim {

Result<> remap_pfn_range(HalfBuiltVma& vma, std::uint64_t start, Pfn pfn, std::uint64_t size) {
    const std::uint64_t end = start + pages_round_up(size).bytes();
    if (!page_aligned(start)) return Errno::einval;
    if (is_cow_mapping(vma.flags)) {
        if (start != vma.range.start().bytes() || end != vma.range.end().bytes()) {
            return Errno::einval;
        }
        vma.pgoff = Pgoff{pfn.index};
    }
    vma.flags = vma.flags | kVmRemap;
    // The kernel stops the machine over an empty range; here the driver gets an error.
    if (end <= start) return Errno::einval;
    vma.pages_mapped = true;
    return {};
}

Result<> vm_iomap_memory(HalfBuiltVma& vma, std::uint64_t phys, std::uint64_t size) {
    const auto window = TRY(io_memory_window(phys, size, vma.pgoff, vma.range.pages()));
    return remap_pfn_range(vma, vma.range.start().bytes(), window.pfn, vma.range.pages().bytes());
}

Result<> vm_insert_pages(HalfBuiltVma& vma, std::uint64_t start, std::uint64_t pages) {
    const std::uint64_t begin = vma.range.start().bytes();
    const std::uint64_t end = vma.range.end().bytes();
    if (start < begin || start >= end) return Errno::efault;
    if (pages > (end - start) >> kPageShift) return Errno::efault;
    // The kernel stops the machine over a VMA of bare frames; here the driver gets an error.
    if (vma.flags.all(kVmPfnmap)) return Errno::einval;
    vma.flags = vma.flags | kVmMixedMap;
    if (pages != 0) vma.pages_mapped = true;
    return {};
}

}  // namespace mmsim
