// SPDX-License-Identifier: GPL-2.0-or-later
// Rule 5.6.
#include <algorithm>

#include "base/linux_abi.h"
#include "mm/accounting.h"
#include "mm/fault.h"
#include "mm/merge.h"
#include "mm/partial.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

// Such a VMA is left as it is: neither locked nor, where its driver locked it, unlocked or cut.
bool mlock_passes_over(const Current& current, const Vma& vma) {
    if (!can_merge(vma.flags) || vma.flags.any(kVmHugetlb | kVmDroppable)) return true;
    const DriverEntry* entry = current.world.driver_of(vma.file);
    return entry != nullptr && (entry->driver->dax() || entry->driver->secret());
}

Result<> mlock_fixup(Current& current, const Vma& vma, VmRange range, VmFlags flags) {
    if (flags == vma.flags || mlock_passes_over(current, vma)) return {};
    TRY(vma_modify(current, vma, range, {.flags = flags, .attr = vma.attr()}));
    const bool was = vma.flags.any(kVmLocked);
    const bool is = flags.any(kVmLocked);
    if (is && !was) current.mm.locked_vm += range.pages();
    if (was && !is) current.mm.locked_vm -= range.pages();
    return {};
}

Result<> apply_vma_lock_flags(Current& current, Vpn start, Vpn end, VmFlags lock) {
    while (start < end) {
        const Vma* found = current.mm.vmas.find_vma(start);
        if (found == nullptr || found->start > start) {
            return current.refuse(Errno::enomem, Check::hole, start.bytes());
        }
        const Vma vma = *found;
        const Vpn stop = std::min(end, vma.end);
        TRY(mlock_fixup(current, vma, VmRange{start, stop},
                        vma.flags.without(kVmLockedMask) | lock));
        start = stop;
    }
    return {};
}

Pages locked_inside(const Mm& mm, Vpn start, Vpn end) {
    Pages locked;
    for (auto vma = mm.vmas.find(start); vma && vma->start < end; vma.next()) {
        if (vma->flags.any(kVmLocked)) {
            locked += std::min(end, vma->end) - std::max(start, vma->start);
        }
    }
    return locked;
}

// [start, end) of an mlock: start rounded down, the length then up.
struct LockRange {
    Vpn start;
    Vpn end;
    bool wraps;
};
LockRange lock_range(std::uint64_t addr, std::uint64_t length) {
    const Pages pages = pages_round_up(length + (addr & kPageMask));
    const std::uint64_t start = addr & ~kPageMask;
    const std::uint64_t end = start + pages.bytes();
    return {vpn_of(start), vpn_of(end), end < start};
}

// RLIMIT_MEMLOCK leaves room for `more` besides those that are locked and count.
Result<> check_lock_limit(Current& current, Pages locked, Pages more) {
    const ProcessLimits& limits = current.mm.limits;
    if (limits.memlock == kUnlimited || limits.capable(Capability::ipc_lock)) return {};
    if (!current.refuses((locked + more).count > limits.memlock >> kPageShift)) return {};
    return current.refuse(Errno::enomem, Check::lock_limit, locked.count, more.count);
}

void lock_every_vma(Current& current, VmFlags lock) {
    Vpn at;
    while (const Vma* found = current.mm.vmas.find_vma(at)) {
        const Vma vma = *found;
        static_cast<void>(
            mlock_fixup(current, vma, vma.range(), vma.flags.without(kVmLockedMask) | lock));
        at = vma.end;
    }
}

}  // namespace

Result<> sys_mlock(Current& current, std::uint64_t addr, std::uint64_t length,
                   std::uint64_t flags) {
    current.op = MmOp::mlock;
    const std::uint64_t unknown = flags & ~kMlockOnFault;
    if (unknown != 0) return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    TRY(can_do_mlock(current));
    const LockRange range = lock_range(addr, length);
    const Pages pages = pages_round_up(length + (addr & kPageMask));
    const Pages already = range.wraps ? Pages{} : locked_inside(current.mm, range.start, range.end);
    TRY(check_lock_limit(current, current.mm.locked_vm, pages - already));
    if (range.wraps) return current.refuse(Errno::einval, Check::end_wraps);
    if (range.start == range.end) return {};
    const VmFlags lock = (flags & kMlockOnFault) != 0 ? kVmLockedMask : kVmLocked;
    TRY(tell_partial(current, apply_vma_lock_flags(current, range.start, range.end, lock)));
    const auto populated =
        mm_populate(current, VmRange{range.start, range.end}, PopulateErrors::stop);
    // EFAULT from the pages is reported as ENOMEM.
    return tell_partial(current, populated ? populated : Result<>{Errno::enomem});
}

Result<> sys_munlock(Current& current, std::uint64_t addr, std::uint64_t length) {
    current.op = MmOp::mlock;
    const LockRange range = lock_range(addr, length);
    if (range.wraps) return current.refuse(Errno::einval, Check::end_wraps);
    return tell_partial(current, apply_vma_lock_flags(current, range.start, range.end, {}));
}

Result<> sys_mlockall(Current& current, std::uint64_t flags) {
    current.op = MmOp::mlock;
    const std::uint64_t unknown = flags & ~(kMclCurrent | kMclFuture | kMclOnFault);
    if (flags == 0) return current.refuse(Errno::einval, Check::no_flags);
    if (unknown != 0) return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    if (flags == kMclOnFault) return current.refuse(Errno::einval, Check::on_fault_alone);
    TRY(can_do_mlock(current));
    const bool current_too = (flags & kMclCurrent) != 0;
    if (current_too) TRY(check_lock_limit(current, {}, current.mm.total_vm));
    const VmFlags lock = (flags & kMclOnFault) != 0 ? kVmLockedMask : kVmLocked;
    current.mm.def_flags = current.mm.def_flags.without(kVmLockedMask);
    if ((flags & kMclFuture) != 0) current.mm.def_flags = current.mm.def_flags | lock;
    if (!current_too) return {};
    lock_every_vma(current, lock);
    const VmRange everything{Vpn{}, current.mm.layout.task_size};
    static_cast<void>(mm_populate(current, everything, PopulateErrors::ignore));
    return {};
}

Result<> sys_munlockall(Current& current) {
    current.op = MmOp::mlock;
    current.mm.def_flags = current.mm.def_flags.without(kVmLockedMask);
    lock_every_vma(current, {});
    return {};
}

}  // namespace mmsim
