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

bool shared_maywrite(const Vma& vma) { return vma.flags.all(kVmShared | kVmMayWrite); }

}  // namespace

bool accountable_mapping(const World& world, FileId file, VmFlags flags) {
    if (file && world.files[file.index].type == FileType::hugetlbfs) return false;
    return flags.only(kVmNoReserve | kVmShared | kVmWrite) == kVmWrite;
}

bool may_expand_vm(Current& current, VmFlags flags, Pages pages) {
    const Mm& mm = current.mm;
    if (mm.limits.as != kUnlimited && (mm.total_vm + pages).count > mm.limits.as >> kPageShift) {
        return !current.refuses(true);
    }
    // A soft limit of zero is let pass up to the hard one, which traces don't show.
    const bool limited = mm.limits.data != kUnlimited && mm.limits.data != 0;
    if (limited && vm_class(flags) == VmClass::data &&
        (mm.data_vm + pages).count > mm.limits.data >> kPageShift) {
        return !current.refuses(true);
    }
    return true;
}

Result<> charge(Current& current, Pages pages) {
    if (current.refuses(!enough_memory(current, pages))) return Errno::enomem;
    current.world.committed += pages;
    current.mm.committed += pages;
    return {};
}

void uncharge(Current& current, Pages pages) {
    current.world.committed -= pages;
    current.mm.committed -= pages;
}

void leak_charge(Current& current, Pages pages) {
    if (!pages) return;
    current.mm.commit_leaked += pages;
}

void vm_stat_add(Mm& mm, VmFlags flags, Pages pages) {
    mm.total_vm += pages;
    if (Pages* counter = class_counter(mm, flags)) *counter += pages;
}

void vm_stat_sub(Mm& mm, VmFlags flags, Pages pages) {
    mm.total_vm -= pages;
    if (Pages* counter = class_counter(mm, flags)) *counter -= pages;
}

bool mlock_future_ok(Current& current, VmFlags flags, Pages pages) {
    const ProcessLimits& limits = current.mm.limits;
    if (flags.none(kVmLocked) || limits.capable(Capability::ipc_lock)) return true;
    if (limits.memlock == kUnlimited) return true;
    const bool fits = (current.mm.locked_vm + pages).count <= limits.memlock >> kPageShift;
    return !current.refuses(!fits);
}

bool can_do_mlock(Current& current) {
    const ProcessLimits& limits = current.mm.limits;
    return !current.refuses(limits.memlock == 0 && !limits.capable(Capability::ipc_lock));
}

void link_file(World& world, const Vma& vma) {
    if (!vma.file) return;
    File& file = world.files.edit(vma.file.index);
    ++file.refs;
    ++file.vmas;
    if (shared_maywrite(vma)) ++file.writable_vmas;
}

void unlink_file(World& world, const Vma& vma) {
    if (!vma.file) return;
    File& file = world.files.edit(vma.file.index);
    --file.vmas;
    if (shared_maywrite(vma)) --file.writable_vmas;
    world.put_file(vma.file);
}

bool beyond_map_limit(Current& current, std::uint64_t needed) {
    current.mm.map_limit_needed = std::max(current.mm.map_limit_needed, needed);
    return current.refuses(needed > current.world.system.max_map_count);
}

bool at_map_limit(Current& current) { return beyond_map_limit(current, current.mm.map_count + 1); }

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
