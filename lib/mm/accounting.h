// SPDX-License-Identifier: GPL-2.0-or-later
// Counters: address space limits, commit charge, file references of VMAs. Rules 1, 2.4.
#pragma once

#include <cstddef>

#include "mm/current.h"

namespace mmsim {

// Pages count against overcommit, and the VMA will carry ACCOUNT.
bool accountable_mapping(const World& world, FileId file, VmFlags flags);

// RLIMIT_AS and RLIMIT_DATA leave room for `pages` more with these flags, or ENOMEM.
Result<> ask_space_limits(Current& current, VmFlags flags, Pages pages);
inline Result<> may_expand_vm(Current& current, VmFlags flags, Pages pages) {
    const ProcessLimits& limits = current.mm.limits;
    if (limits.as == kUnlimited && limits.data == kUnlimited) return {};
    return ask_space_limits(current, flags, pages);
}

// The commit check: overcommit leaves room for `pages` more.
bool enough_memory(const Current& current, Pages pages);
// Counts the pages, or leaves the counter and returns ENOMEM.
inline Result<> charge(Current& current, Pages pages) {
    if (current.refuses(!enough_memory(current, pages))) {
        return current.refuse(Errno::enomem, Check::commit_limit, current.world.committed.count,
                              pages.count);
    }
    current.world.committed += pages;
    current.mm.committed += pages;
    return {};
}
inline void uncharge(Current& current, Pages pages) {
    current.world.committed -= pages;
    current.mm.committed -= pages;
}
// Room for the object behind shared memory, or ENOMEM: its pages are charged to it and are not in
// the counter. Rules 2.4, 3.3 F9. Linux: mm/shmem.c:shmem_acct_size()
Result<> ask_shmem_room(Current& current, VmFlags flags, Pages pages);
// Pages that an error path of this kernel never gives back.
void leak_charge(Current& current, Pages pages);

// Of exec_vm, stack_vm and data_vm the one that pages with these flags are counted in, or null.
template <typename Counters>
Pages* class_counter(Counters& counters, VmFlags flags) {
    constexpr Pages Counters::*kByClass[] = {nullptr, &Counters::exec_vm, &Counters::stack_vm,
                                             &Counters::data_vm};
    const auto counter = kByClass[static_cast<std::size_t>(vm_class(flags))];
    return counter == nullptr ? nullptr : &(counters.*counter);
}

// total_vm and the class counter of the flags.
inline void vm_stat_add(Mm& mm, VmFlags flags, Pages pages) {
    mm.total_vm += pages;
    if (Pages* counter = class_counter(mm, flags)) *counter += pages;
}
inline void vm_stat_sub(Mm& mm, VmFlags flags, Pages pages) {
    mm.total_vm -= pages;
    if (Pages* counter = class_counter(mm, flags)) *counter -= pages;
}

// locked_vm and what is to come stay below RLIMIT_MEMLOCK, or EAGAIN; ok where flags have no
// LOCKED.
Result<> mlock_future_ok(Current& current, VmFlags flags, Pages pages);
// Locking is allowed at all, or EPERM.
Result<> can_do_mlock(Current& current);

// One more, or one less, VMA holds the file: its reference, its rmap link, its writable count.
void link_file(World& world, const Vma& vma);
void unlink_file(World& world, const Vma& vma);
// The same where the reference is there already, and is the VMA's from now on.
void hand_over_file(World& world, const Vma& vma);

// The checks of max_map_count: it leaves room for `more` VMAs than there are, or ENOMEM. Rule 2.6
inline Result<> room_for_vmas(Current& current, std::uint64_t more) {
    Mm& mm = current.mm;
    const std::uint64_t needed = mm.map_count + more;
    if (needed > mm.map_limit_needed) mm.map_limit_needed = needed;
    if (!current.refuses(needed > current.world.system.max_map_count)) return {};
    const Check check = more == 0 ? Check::too_many_vmas : Check::no_spare_vmas;
    return current.refuse(Errno::enomem, check, mm.map_count, more);
}

// Runs a vm_ops hook that cannot fail, when the table has it.
void run_open(Current& current, const Vma& vma);
void run_close(Current& current, const Vma& vma);

}  // namespace mmsim
