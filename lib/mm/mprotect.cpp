// SPDX-License-Identifier: GPL-2.0-or-later
// Rule 5.2.
#include <algorithm>

#include "base/linux_abi.h"
#include "mm/accounting.h"
#include "mm/driver_rules.h"
#include "mm/fault.h"
#include "mm/merge.h"
#include "mm/mmap_flags.h"
#include "mm/partial.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

// Step 7: the driver may refuse.
Result<> ask_driver(Current& current, const Vma& vma, VmFlags flags) {
    const DriverEntry* entry = current.world.ops_of(vma.ops);
    if (entry == nullptr || !entry->hooks.has(Hook::mprotect)) return {};
    const auto driver = entry->driver;
    HookCall call(current, vma.ops.driver(), Hook::mprotect, vma.file);
    const Result<> allowed = driver->mprotect(call, vma, flags);
    tell_hook_ran(current, vma.ops.driver(), Hook::mprotect, allowed.error());
    if (!allowed) return current.refuse(allowed.error(), Check::mprotect_hook, vma.range());
    return {};
}

// Step 8d: what was over a limit before may stay so.
Result<> check_limits(Current& current, VmFlags before, VmFlags flags, Pages pages) {
    const Result<> fits = may_expand_vm(current, flags, pages);
    if (fits || !may_expand_vm(current, before, pages)) return {};
    return fits;
}

// Steps 8a to 8g, on a VMA of the tree.
Result<> mprotect_fixup(Current& current, const Vma& vma, VmRange range, VmFlags flags) {
    const VmFlags before = vma.flags;
    if (current.refuses(before.any(kVmSealed))) {
        return current.refuse(Errno::eperm, Check::sealed, vma.range());
    }
    if (flags == before) return {};
    const Pages pages = range.pages();
    Pages charged;
    if (flags.any(kVmWrite)) {
        TRY(check_limits(current, before, flags, pages));
        if (before.none(kVmAccount | kVmWrite | kVmHugetlb | kVmShared | kVmNoReserve)) {
            if (auto fault = current.faults.pass(FailPoint::mprotect_charge, Errno::enomem)) {
                return *fault;
            }
            TRY(charge(current, pages));
            charged = pages;
            flags = flags | kVmAccount;
        }
    } else if (before.any(kVmAccount) && vma.anonymous() && !vma.anon_vma) {
        flags = flags.without(kVmAccount);
    }
    const Result<> changed = vma_modify(current, vma, range, {.flags = flags, .attr = vma.attr()});
    if (!changed) {
        uncharge(current, charged);
        return changed.error();
    }
    if (before.any(kVmAccount) && flags.none(kVmAccount)) uncharge(current, pages);
    vm_stat_sub(current.mm, before, pages);
    vm_stat_add(current.mm, flags, pages);
    // Private locked pages that become writable are copied now and not on access. Rule E3
    const bool was_locked_readonly = before.only(kVmWrite | kVmShared | kVmLocked) == kVmLocked;
    if (was_locked_readonly && flags.any(kVmWrite)) {
        static_cast<void>(mm_populate(current, range, PopulateErrors::ignore));
    }
    return {};
}

Result<> protect_vma(Current& current, const Vma& vma, VmRange range, VmFlags wanted) {
    const bool exec_too = current.mm.read_implies_exec && wanted.any(kVmRead);
    if (exec_too && vma.flags.any(kVmMayExec)) wanted = wanted | kVmExec;
    const VmFlags flags = wanted | vma.flags.without(kVmAccess | kVmPkeys);
    const VmFlags gained_beyond{flags.bits & ~(flags.bits >> 4) & kVmAccess.bits};
    if (current.refuses(!gained_beyond.empty())) {
        return current.refuse(Errno::eacces, Check::may_never, vma.range());
    }
    if (current.mm.mdwe && flags.any(kVmExec)) {
        const bool violates = flags.any(kVmWrite) || vma.flags.none(kVmExec);
        if (current.refuses(violates)) {
            return current.refuse(Errno::eacces, Check::write_exec, vma.range());
        }
    }
    if (current.world.ops_have(vma.ops, Hook::mprotect)) {
        TRY(ask_driver(current, vma, flags));
    }
    return mprotect_fixup(current, vma, range, flags);
}

// The VMAs in ascending order, from the `first` on, which has the start; what was done before an
// error stays.
Result<> protect_range(Current& current, const Vma* first, Vpn start, Vpn end, VmFlags wanted) {
    for (;;) {
        const Vpn stop = std::min(end, first->end);
        TRY(protect_vma(current, *first, VmRange{start, stop}, wanted));
        if (stop == end) return {};
        start = stop;
        first = current.mm.vmas.find_vma(start);
        if (first == nullptr || first->start > start) {
            return current.refuse(Errno::enomem, Check::hole, start.bytes());
        }
    }
}

// The VMA to begin with. A stack is changed from its own start on.
Result<const Vma*> find_first(Current& current, Vpn& start, Vpn end, std::uint64_t grows) {
    const Vma* first = current.mm.vmas.find_vma(start);
    const bool downwards = (grows & kProtGrowsDown) != 0;
    if (first == nullptr || (downwards ? first->start >= end : first->start > start)) {
        return current.refuse(Errno::enomem, Check::hole, start.bytes());
    }
    if (downwards) {
        if (first->flags.none(kVmGrowsDown)) {
            return current.refuse(Errno::einval, Check::no_stack, first->range());
        }
        start = first->start;
    }
    if ((grows & kProtGrowsUp) != 0) return current.refuse(Errno::einval, Check::grows_up);
    return first;
}

}  // namespace

Result<> sys_mprotect(Current& current, std::uint64_t addr, std::uint64_t length,
                      std::uint64_t prot, std::int64_t pkey) {
    current.op = MmOp::mprotect;
    const std::uint64_t grows = prot & (kProtGrowsDown | kProtGrowsUp);
    prot &= ~(kProtGrowsDown | kProtGrowsUp);
    if (grows == (kProtGrowsDown | kProtGrowsUp)) {
        return current.refuse(Errno::einval, Check::grows_both_ways);
    }
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    if (length == 0) return {};
    const Pages pages = pages_round_up(length);
    const Vpn end = vpn_of(addr + pages.bytes());
    Vpn start = vpn_of(addr);
    if (end <= start) return current.refuse(Errno::enomem, Check::end_wraps);
    const std::uint64_t unknown = prot & ~(kProtRead | kProtWrite | kProtExec | kProtSem);
    if (unknown != 0) return current.refuse(Errno::einval, Check::unknown_prot, unknown);
    // No key is ever allocated here but the default one, which is given or left out.
    if (current.refuses(pkey != -1 && pkey != 0)) {
        return current.refuse(Errno::einval, Check::no_such_key);
    }
    const Vma* const first = TRY(find_first(current, start, end, grows));
    return tell_partial(current,
                        protect_range(current, first, start, end, calc_vm_prot_bits(prot)));
}

}  // namespace mmsim
