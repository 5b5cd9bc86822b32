// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/accounting.h"

#include <algorithm>

#include "mm/driver_rules.h"
#include "mm/ledger.h"

namespace mmsim {
namespace {

constexpr Pages kAdminReserve{(std::uint64_t{8} << 20) >> kPageShift};
constexpr Pages kUserReserve{(std::uint64_t{128} << 20) >> kPageShift};
constexpr Pages kHugePage{512};

// vm.overcommit_ratio is 50 unless somebody changed it.
std::uint64_t commit_limit(const Current& current) {
    const SystemLimits& system = current.world.system;
    const std::uint64_t ram = system.ram_bytes >> kPageShift;
    const std::uint64_t huge = system.hugepages * kHugePage.count;
    std::uint64_t allowed = (ram - std::min(ram, huge)) / 2 + (system.swap_bytes >> kPageShift);
    std::uint64_t reserve = std::min(current.mm.total_vm.count / 32, kUserReserve.count);
    if (!current.mm.limits.capable(Capability::sys_admin)) reserve += kAdminReserve.count;
    return allowed - std::min(allowed, reserve);
}

bool shared_maywrite(const Vma& vma) { return vma.flags.all(kVmShared | kVmMayWrite); }

}  // namespace

bool enough_memory(const Current& current, Pages pages) {
    const SystemLimits& system = current.world.system;
    switch (system.overcommit) {
        case Overcommit::always:
            return true;
        case Overcommit::heuristic:
            return pages.count <=
                   (system.ram_bytes >> kPageShift) + (system.swap_bytes >> kPageShift);
        case Overcommit::never:
            break;
    }
    return (current.world.committed + pages).count < commit_limit(current);
}

bool accountable_mapping(const World& world, FileId file, VmFlags flags) {
    if (file && world.files[file.index].type == FileType::hugetlbfs) return false;
    return flags.only(kVmNoReserve | kVmShared | kVmWrite) == kVmWrite;
}

Result<> ask_space_limits(Current& current, VmFlags flags, Pages pages) {
    const Mm& mm = current.mm;
    const bool in_space =
        mm.limits.as == kUnlimited || (mm.total_vm + pages).count <= mm.limits.as >> kPageShift;
    if (current.refuses(!in_space)) {
        return current.refuse(Errno::enomem, Check::space_limit, mm.total_vm.count, pages.count);
    }
    // A soft limit of zero is let pass up to the hard one, which traces don't show.
    const bool limited = mm.limits.data != kUnlimited && mm.limits.data != 0;
    const bool too_much = limited && vm_class(flags) == VmClass::data &&
                          (mm.data_vm + pages).count > mm.limits.data >> kPageShift;
    if (current.refuses(too_much)) {
        return current.refuse(Errno::enomem, Check::data_limit, mm.data_vm.count, pages.count);
    }
    return {};
}

Result<> ask_shmem_room(Current& current, VmFlags flags, Pages pages) {
    if (flags.any(kVmNoReserve) || enough_memory(current, pages)) return {};
    if (!current.refuses(true)) return {};
    return current.refuse(Errno::enomem, Check::commit_limit, current.world.committed.count,
                          pages.count);
}

void leak_charge(Current& current, Pages pages) {
    if (!pages) return;
    current.mm.commit_leaked += pages;
}

Result<> mlock_future_ok(Current& current, VmFlags flags, Pages pages) {
    const ProcessLimits& limits = current.mm.limits;
    if (flags.none(kVmLocked) || limits.capable(Capability::ipc_lock)) return {};
    if (limits.memlock == kUnlimited) return {};
    const Pages locked = current.mm.locked_vm;
    if (!current.refuses((locked + pages).count > limits.memlock >> kPageShift)) return {};
    return current.refuse(Errno::eagain, Check::lock_limit, locked.count, pages.count);
}

Result<> can_do_mlock(Current& current) {
    const ProcessLimits& limits = current.mm.limits;
    const bool forbidden = limits.memlock == 0 && !limits.capable(Capability::ipc_lock);
    if (current.refuses(forbidden)) return current.refuse(Errno::eperm, Check::lock_forbidden);
    return {};
}

void hand_over_file(World& world, const Vma& vma) {
    if (!vma.file) return;
    File& file = world.files.edit(vma.file.index);
    ++file.vmas;
    if (shared_maywrite(vma)) ++file.writable_vmas;
}

void link_file(World& world, const Vma& vma) {
    if (!vma.file) return;
    world.get_file(vma.file);
    hand_over_file(world, vma);
}

void unlink_file(World& world, const Vma& vma) {
    if (!vma.file) return;
    File& file = world.files.edit(vma.file.index);
    --file.vmas;
    if (shared_maywrite(vma)) --file.writable_vmas;
    world.put_file(vma.file);
}

void run_open(Current& current, const Vma& vma) {
    const DriverEntry* entry = current.world.ops_of(vma.ops);
    if (entry == nullptr || !entry->hooks.has(Hook::open)) return;
    const auto driver = entry->driver;
    HookCall call(current, vma.ops.driver(), Hook::open, vma.file);
    driver->open(call, vma);
    count_known(current.world, vma.ops, 1);
    tell_hook_ran(current, vma.ops.driver(), Hook::open, Errno::ok, vma.id);
}

void run_close(Current& current, const Vma& vma) {
    const DriverEntry* entry = current.world.ops_of(vma.ops);
    if (entry == nullptr || !entry->hooks.has(Hook::close)) return;
    const auto driver = entry->driver;
    HookCall call(current, vma.ops.driver(), Hook::close, vma.file);
    driver->close(call, vma);
    count_known(current.world, vma.ops, -1);
    tell_hook_ran(current, vma.ops.driver(), Hook::close, Errno::ok, vma.id);
}

}  // namespace mmsim
