// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/ledger.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mmsim {
namespace {

Leaked leaked_reference(const ReferenceChange& taken, LeakCause cause) {
    return {.kind = taken.memory ? LeakKind::memory : LeakKind::reference,
            .driver = taken.driver,
            .file = {},
            .count = taken.net,
            .cause = cause,
            .point = {},
            .reference = taken.reference};
}

// Memory that was there before may be given back at any time.
bool balanced(const ReferenceChange& taken) {
    return taken.net == 0 || (taken.memory && taken.net < 0);
}

// From here on the reference is no news.
void note_leaked(World& world, const Leaked& leak) {
    DriverState& state = world.drivers.edit(leak.driver.index).state;
    if (leak.kind == LeakKind::memory) {
        state.allocated_leaked += leak.count;
        return;
    }
    auto& leaked = state.leaked;
    const auto known =
        std::ranges::find(leaked, leak.reference, &std::pair<std::string, std::int64_t>::first);
    if (known == leaked.end()) {
        leaked.emplace_back(leak.reference, leak.count);
    } else {
        known->second += leak.count;
    }
}

void tell_leak(Current& current, const Leaked& leak) {
    note_leaked(current.world, leak);
    current.tell(leak);
}

std::int64_t leaked_before(const DriverState& state, const std::string& reference) {
    for (const auto& [name, count] : state.leaked) {
        if (name == reference) return count;
    }
    return 0;
}

// What it counts beyond what was told.
std::vector<ReferenceChange> untold(const World& world, DriverId driver) {
    std::vector<ReferenceChange> changes;
    const DriverState& state = world.drivers[driver.index].state;
    for (const auto& [reference, count] : state.references) {
        const std::int64_t kept = count - leaked_before(state, reference);
        if (kept != 0) changes.push_back({driver, reference, kept});
    }
    const std::int64_t pieces = state.allocated - state.allocated_leaked;
    if (pieces > 0) {
        const std::string name(fail_point_name(FailPoint::kmalloc));
        changes.push_back({driver, name, pieces, true});
    }
    return changes;
}

// Of one of its files, or with its vm_ops on another's.
bool has_vmas(const World& world, DriverId driver) {
    for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
        if (world.files[i].driver == driver && world.files[i].vmas != 0) return true;
    }
    for (std::uint32_t i = 1; i < world.mms.bound(); ++i) {
        for (auto vma = world.mms[i].vmas.first(); vma; vma.next()) {
            if (vma->ops.driver() == driver) return true;
        }
    }
    return false;
}

}  // namespace

void DepartingVmas::add(const World& world, DriverId driver) {
    if (!driver) return;
    const DriverState& state = world.drivers[driver.index].state;
    if (state.references.empty() && state.allocated == 0) return;
    if (std::ranges::find(drivers_, driver) == drivers_.end()) drivers_.push_back(driver);
}

void DepartingVmas::add(const World& world, const Vma& vma) {
    if (!vma.file) return;
    const DriverId driver = world.files[vma.file.index].driver;
    add(world, driver);
    if (vma.ops.driver() != driver) add(world, vma.ops.driver());
}

void DepartingVmas::tell_unbalanced(Current& current) const {
    if (current.unmapping_failed) return;
    for (const DriverId driver : drivers_) {
        for (const ReferenceChange& kept : untold(current.world, driver)) {
            if (kept.net < 0) {
                tell_leak(current, leaked_reference(kept, LeakCause::close));
            } else if (!has_vmas(current.world, driver)) {
                tell_leak(current, leaked_reference(kept, LeakCause::unmap));
            }
        }
    }
}

std::vector<ReferenceChange> unreturned(const World& world, DriverId driver) {
    auto kept = untold(world, driver);
    if (kept.empty() || has_vmas(world, driver)) return {};
    return kept;
}

void open_books(World& world) { world.reference_changes.clear(); }

void tell_references_merged(Current& current) {
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (!balanced(taken)) tell_leak(current, leaked_reference(taken, LeakCause::merge));
    }
}

void tell_references_stacked(Current& current, const Vma& vma) {
    const DriverId driver = current.world.file_driver(vma.file);
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (taken.driver == driver || taken.driver == vma.ops.driver()) continue;
        if (taken.net != 0) tell_leak(current, leaked_reference(taken, LeakCause::stacked));
    }
}

void tell_references_failed(Current& current, CallUnwound& report) {
    // A count too low is what a close without mapped is about.
    const bool told = std::ranges::find(report.not_undone, UnwindStep::close_without_mapped) !=
                      report.not_undone.end();
    bool any = false;
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (balanced(taken)) continue;
        Leaked leak = leaked_reference(taken, LeakCause::point);
        leak.point = report.point;
        if (taken.net < 0 && told) {
            note_leaked(current.world, leak);
        } else {
            tell_leak(current, leak);
        }
        any |= taken.net > 0;
    }
    if (any) report.not_undone.push_back(UnwindStep::reference_leaked);
}

void tell_file_leaked(Current& current, Leaked leak) {
    leak.kind = LeakKind::file;
    // What is given back once too often is only told: a count too low would end in a file that is
    // used after it is gone.
    if (leak.count > 0) current.world.files.edit(leak.file.index).leaked += leak.count;
    current.tell(leak);
}

void count_known(World& world, VmOps ops, std::int64_t by) {
    const DriverEntry* entry = world.ops_of(ops);
    if (entry == nullptr || !entry->hooks.has(Hook::open) || !entry->hooks.has(Hook::close)) return;
    world.drivers.edit(ops.driver().index).state.known_vmas += by;
}

void move_known(World& world, VmOps from, VmOps to) {
    if (from == to) return;
    count_known(world, from, -1);
    count_known(world, to, 1);
}

}  // namespace mmsim
