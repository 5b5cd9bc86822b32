// SPDX-License-Identifier: GPL-2.0-or-later
// A child's address space, and the end of one. Rules 5.9, 5.10.
#include "mm/accounting.h"
#include "mm/ledger.h"
#include "mm/process_switch.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

// The child's copy of one VMA. Adjacent copies are not merged.
Vma copy_for_child(Current& child, const Vma& parent) {
    World& world = child.world;
    Vma copy = parent;
    copy.id = {world.next_vma_id++};
    copy.flags = parent.flags.without(kVmLockedMask);
    uffd_fork(world, child.mm_id, copy);
    // Huge pages that are reserved stay the parent's. Linux: hugetlb_dup_vma_private()
    if (parent.flags.any(kVmHugetlb) && parent.flags.none(kVmMayShare)) copy.private_data = 0;
    if (parent.flags.any(kVmWipeOnFork)) {
        copy.anon_vma = {};
        copy.chain = {};
    } else {
        world.anon_vmas.fork(copy, parent);
    }
    link_file(world, copy);
    return copy;
}

// Page tables are copied of memory that was written and, where guards leave a mark, of what has it.
bool keeps_guards(const World& world, const Vma& copy) {
    if (copy.flags.any(kVmWipeOnFork)) return false;
    if (copy.anon_vma || copy.flags.any(kVmUffdWp)) return true;
    return world.profile->guard_flag && copy.flags.any(kVmMaybeGuard);
}

Result<> fork_faults(Current& current) {
    for (const FailPoint point : {FailPoint::fork_alloc, FailPoint::fork_anon_clone}) {
        if (auto fault = current.faults.pass(point, Errno::enomem)) return *fault;
    }
    return {};
}

// ACCOUNT pages of one VMA against overcommit, in the child's name.
Result<> charge_child(Current& child, const Vma& vma) {
    if (vma.flags.none(kVmAccount)) return {};
    if (auto fault = child.faults.pass(FailPoint::fork_charge, Errno::enomem)) return *fault;
    return charge(child, vma.pages());
}

Result<> copy_vma_to(Current& child, const Vma& parent, const GuardPages& guards) {
    TRY(charge_child(child, parent));
    if (auto made = fork_faults(child); !made) {
        if (parent.flags.any(kVmAccount)) uncharge(child, parent.pages());
        return made;
    }
    const Vma copy = copy_for_child(child, parent);
    child.mm.vmas.insert(copy);
    if (keeps_guards(child.world, copy)) child.mm.guards.copy(guards, copy.range());
    ++child.mm.map_count;
    child.tell(VmaCreated{copy});
    run_open(child, copy);
    return {};
}

}  // namespace

Result<MmId> do_fork(Current& current) {
    World& world = current.world;
    Mm fresh;
    fresh.layout = current.mm.layout;
    fresh.limits = current.mm.limits;
    fresh.brk = current.mm.brk;
    keep_switches(fresh, current.mm);
    fresh.read_implies_exec = current.mm.read_implies_exec;
    fresh.account_lost = current.mm.account_lost;
    fresh.def_flags = current.mm.def_flags.only(kVmNoHugePage);
    fresh.total_vm = current.mm.total_vm;
    fresh.data_vm = current.mm.data_vm;
    fresh.exec_vm = current.mm.exec_vm;
    fresh.stack_vm = current.mm.stack_vm;
    fresh.alive = true;
    const VmaTree parents = current.mm.vmas;  // snapshots: cost a pointer each
    const GuardPages guards = current.mm.guards;
    const MmId child_id{world.mms.add(std::move(fresh))};
    Current child(world, child_id, current.sink, current.faults);
    child.op = MmOp::fork;
    child.forced = current.forced;
    for (auto vma = parents.first(); vma; vma.next()) {
        if (vma->flags.any(kVmDontCopy)) {
            vm_stat_sub(child.mm, vma->flags, vma->pages());
            continue;
        }
        if (auto copied = copy_vma_to(child, *vma, guards); !copied) {
            exit_mmap(child);
            world.mms.remove(child_id.index);
            return copied.error();
        }
    }
    return child_id;
}

void exit_mmap(Current& current) {
    World& world = current.world;
    Mm& mm = current.mm;
    DepartingVmas departing;
    for (auto vma = mm.vmas.first(); vma; vma.next()) {
        run_close(current, *vma);
        departing.add(world, *vma);
        Vma going = *vma;
        world.anon_vmas.unlink(going);
        unlink_file(world, *vma);
        if (vma->flags.any(kVmAccount)) uncharge(current, vma->pages());
        current.tell(VmaRemoved{.id = vma->id, .range = vma->range(), .driver = {}});
    }
    mm.vmas.clear();
    mm.guards = {};
    departing.tell_unbalanced(current);
    uffd_exit(world, current.mm_id);
    mm.map_count = 0;
    mm.total_vm = mm.data_vm = mm.exec_vm = mm.stack_vm = mm.locked_vm = {};
    mm.locked_leaked = {};
    mm.def_flags = {};
    mm.alive = false;
}

}  // namespace mmsim
