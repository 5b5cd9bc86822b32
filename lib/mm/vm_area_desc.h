// SPDX-License-Identifier: GPL-2.0-or-later
// What a driver's mmap hook is handed. Linux: struct vm_area_desc, struct mmap_action, and for the
// old hook the half-built struct vm_area_struct.
#pragma once

#include <cstdint>
#include <optional>

#include "base/errno.h"
#include "mm/vma.h"

namespace mmsim {

enum class ActionType : std::uint8_t {
    nothing,
    remap,             // MMAP_REMAP_PFN
    ioremap,           // MMAP_IO_REMAP_PFN
    simple_ioremap,    // MMAP_SIMPLE_IO_REMAP
    map_kernel_pages,  // MMAP_MAP_KERNEL_PAGES
};

// Work the hook asks the core to do on the finished VMA. Rule 6.5, DELTA 2.
struct MmapAction {
    ActionType type = ActionType::nothing;
    std::uint64_t start = 0;                // bytes, absolute address
    Pfn pfn;                                // remap, ioremap
    std::uint64_t size = 0;                 // bytes; map_kernel_pages: pages times 4096
    std::uint64_t phys = 0;                 // simple_ioremap: physical address, bytes
    PageProt page_prot = PageProt::normal;  // as the desc had it when the helper was called

    // How the simulated hardware and the hook's own callbacks behave.
    Errno fail = Errno::ok;                  // the completion fails
    std::optional<std::uint64_t> fail_page;  // after so many pages were mapped
    bool success_hook = false;               // 7.0, 7.1: Driver::success_hook() runs
    Errno error_hook = Errno::ok;            // 7.0, 7.1: what the error hook turns an error into
    std::int64_t error_override = 0;         // 7.2+: negative errno, 0: none
    bool hide_from_rmap = false;
};

// The description of a mapping that does not exist yet. Rule 6.1.
struct VmAreaDesc {
    // Immutable: what was asked for.
    const VmRange range;
    const FileId file;  // of a stacked mapping the inner file

    // Mutable: filled with the initial state, the hook may change it.
    Pgoff pgoff;
    FileId vm_file;
    VmFlags flags;
    PageProt page_prot = PageProt::normal;

    // Chosen by the hook.
    VmOps ops = kVmOpsAnonymous;  // what the field starts as depends on the version
    std::uint64_t private_data = 0;
    MmapAction action = {};

    const MmId mm = {};  // immutable as well: the address space
};

// The VMA an old `.mmap` hook works on: not in the tree yet. Rule 3.4.
struct HalfBuiltVma {
    const VmRange range;
    FileId file;
    Pgoff pgoff;
    VmFlags flags;
    PageProt page_prot = PageProt::normal;
    VmOps ops = kVmOpsDummy;
    std::uint64_t private_data = 0;
    bool pages_mapped = false;    // a helper filled page tables; undone when the hook fails
    bool unmapped_early = false;  // 7.0: a stacked file's failing action had it unmapped. Rule 6.7
    const MmId mm = {};
};

}  // namespace mmsim
