// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/ksm.h"

#include <vector>

#include "mm/syscalls.h"

namespace mmsim {

bool ksm_compatible(const World& world, VmFlags flags, FileId file) {
    if (flags.any(kVmShared | kVmMayShare | kVmSpecial | kVmHugetlb | kVmDroppable)) return false;
    const DriverEntry* entry = world.driver_of(file);
    return entry == nullptr || !entry->driver->dax();
}

VmFlags ksm_vma_flags(const Current& current, VmFlags flags, FileId file) {
    const bool marked = current.mm.ksm_for_all && ksm_compatible(current.world, flags, file);
    return marked ? flags | kVmMergeable : flags;
}

Result<> sys_set_memory_merge(Current& current, bool enable) {
    current.op = MmOp::prctl;
    if (current.mm.ksm_for_all == enable) return {};
    current.mm.ksm_for_all = enable;
    // What is there is marked as it is: nothing is cut, and nothing tries to merge.
    std::vector<Vma> changed;
    for (auto vma = current.mm.vmas.first(); vma; vma.next()) {
        Vma marked = *vma;
        marked.flags = enable ? ksm_vma_flags(current, vma->flags, vma->file)
                              : vma->flags.without(kVmMergeable);
        if (marked.flags != vma->flags) changed.push_back(marked);
    }
    for (const Vma& vma : changed) {
        current.mm.vmas.assign(vma.start, vma);
        current.tell(VmaChanged{.id = vma.id, .range = vma.range()});
    }
    return {};
}

}  // namespace mmsim
