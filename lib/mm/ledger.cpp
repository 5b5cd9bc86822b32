// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/ledger.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mmsim {
namespace {

Leaked leaked_reference(const ReferenceChange& taken) {
    return {.kind = LeakKind::reference,
            .driver = taken.driver,
            .file = {},
            .count = taken.net,
            .cause = LeakCause::merge,
            .point = {},
            .reference = taken.reference};
}

void tell_leak(Current& current, const Leaked& leak) {
    auto& leaked = current.world.drivers.edit(leak.driver.index).state.leaked;
    const auto known =
        std::ranges::find(leaked, leak.reference, &std::pair<std::string, std::int64_t>::first);
    if (known == leaked.end()) {
        leaked.emplace_back(leak.reference, leak.count);
    } else {
        known->second += leak.count;
    }
    current.tell(leak);
}

std::int64_t leaked_before(const DriverState& state, const std::string& reference) {
    for (const auto& [name, count] : state.leaked) {
        if (name == reference) return count;
    }
    return 0;
}

bool has_vmas(const World& world, DriverId driver) {
    for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
        if (world.files[i].driver == driver && world.files[i].vmas != 0) return true;
    }
    return false;
}

}  // namespace

void DepartingVmas::add(const World& world, const Vma& vma) {
    if (!vma.file) return;
    const DriverId driver = world.files[vma.file.index].driver;
    if (!driver || world.drivers[driver.index].state.references.empty()) return;
    if (std::ranges::find(drivers_, driver) == drivers_.end()) drivers_.push_back(driver);
}

void DepartingVmas::tell_unreturned(Current& current) const {
    for (const DriverId driver : drivers_) {
        if (has_vmas(current.world, driver)) continue;
        const DriverState state = current.world.drivers[driver.index].state;
        for (const auto& [reference, count] : state.references) {
            const std::int64_t kept = count - leaked_before(state, reference);
            if (kept <= 0) continue;
            tell_leak(current, {.kind = LeakKind::reference,
                                .driver = driver,
                                .file = {},
                                .count = kept,
                                .cause = LeakCause::unmap,
                                .point = {},
                                .reference = reference});
        }
    }
}

void open_books(World& world) { world.reference_changes.clear(); }

void tell_references_merged(Current& current) {
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (taken.net > 0) tell_leak(current, leaked_reference(taken));
    }
}

void tell_references_failed(Current& current, CallUnwound& report) {
    bool any = false;
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (taken.net <= 0) continue;
        any = true;
        Leaked leak = leaked_reference(taken);
        leak.cause = LeakCause::point;
        leak.point = report.point;
        tell_leak(current, leak);
    }
    if (any) report.not_undone.push_back(UnwindStep::reference_leaked);
}

}  // namespace mmsim
