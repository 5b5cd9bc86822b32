// SPDX-License-Identifier: GPL-2.0-or-later
// Handing a mapping on to the driver of another file: what stacked file systems and wrapping
// drivers do. Rule 6.7, DELTA 3.2.
#pragma once

#include "base/result.h"
#include "mm/driver.h"
#include "mm/vm_area_desc.h"

namespace mmsim {

// From an old `.mmap` hook. An inner driver with `.mmap_prepare` is served through the
// compatibility layer: description made from the VMA, hook, action and `mapped` at once, results
// written back. Errors are the inner driver's own; nothing is unmapped here. ENODEV when the inner
// file cannot be mapped.
// Linux: include/linux/fs.h:vfs_mmap(), mm/util.c:compat_vma_mmap().
Result<> vfs_mmap(HookCall& outer, FileId inner, HalfBuiltVma& vma);

// From a `.mmap_prepare` hook, which has no VMA that an old hook could work on: ENODEV for those.
Result<> vfs_mmap_prepare(HookCall& outer, FileId inner, VmAreaDesc& desc);

// Whether one of the two mmap hooks, and only one, is set. Linux: can_mmap_file().
bool can_mmap_file(const World& world, FileId file);

// What an old hook does that asks a part of its own driver which has been converted: a description
// made from the VMA, and, once that part has filled it, action, results and `mapped`.
// Linux: compat_set_desc_from_vma(), __compat_vma_mmap().
VmAreaDesc compat_set_desc_from_vma(const HookCall& call, const HalfBuiltVma& vma);
Result<> compat_vma_mmap(HookCall& call, VmAreaDesc& desc, HalfBuiltVma& vma);

}  // namespace mmsim
