// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/driver_rules.h"

#include <algorithm>
#include <utility>

#include "mm/ledger.h"
#include "mm/mmap_action.h"

namespace mmsim {
namespace {

// What the hook would say to the same request with WRITE. Asked of a copy of the world, as the
// same call of the hook by count, so that nothing comes of it.
bool refuses_write(const Current& current, const HookAnswer& answer, Hook hook) {
    World other = current.world;
    --other.drivers.edit(answer.driver.index).state.calls[static_cast<std::size_t>(hook)];
    const auto driver = other.drivers[answer.driver.index].driver;
    HookCall call(other, answer.driver, hook, answer.file);
    const VmFlags flags = answer.asked | kVmWrite;
    if (hook == Hook::mmap_prepare) {
        VmAreaDesc desc{.range = answer.range,
                        .file = answer.file,
                        .pgoff = answer.pgoff,
                        .vm_file = answer.file,
                        .flags = flags,
                        .mm = current.mm_id};
        return !driver->mmap_prepare(call, desc);
    }
    HalfBuiltVma vma{.range = answer.range,
                     .file = answer.file,
                     .pgoff = answer.pgoff,
                     .flags = flags,
                     .mm = current.mm_id};
    return !driver->mmap(call, vma);
}

// A shared mapping that the driver wants read-only, but for mprotect.
void check_read_only(Current& current, const HookAnswer& answer, Hook hook, VmFlags flags,
                     VmOps ops) {
    const bool may_become_writable =
        flags.any(kVmShared) && flags.any(kVmMayWrite) && flags.none(kVmWrite);
    if (!may_become_writable || current.world.ops_have(ops, Hook::mprotect)) return;
    const bool taken_away = answer.asked.any(kVmWrite);
    if (!taken_away) {
        DriverState& state = current.world.drivers.edit(answer.driver.index).state;
        if (std::exchange(state.asked_to_write, true)) return;
        if (!refuses_write(current, answer, hook)) return;
    }
    diagnose(current, "mprotect-writable", answer.driver, answer.range);
}

void check_enodev(Current& current, const HookAnswer& answer) {
    if (answer.error != Errno::enodev) return;
    const bool advice = current.world.drivers[answer.driver.index].driver->takes_advice();
    if (!answer.destroyed && !advice) return;
    diagnose(current, "late-enodev", answer.driver, answer.range);
}

void check_frames(Current& current, const HookAnswer& answer, VmFlags flags, bool frames) {
    if ((frames || flags.any(kVmPfnmap)) && flags.none(kVmDontExpand)) {
        diagnose(current, "pfn-expandable", answer.driver, answer.range);
    }
}

}  // namespace

void diagnose(Current& current, std::string_view id, DriverId driver, VmRange range,
              Telling telling) {
    if (telling == Telling::once_per_driver) {
        auto& told = current.world.drivers.edit(driver.index).state.told;
        if (std::find(told.begin(), told.end(), id) != told.end()) return;
        told.push_back(id);
    }
    current.tell(Diagnosed{.id = id, .driver = driver, .range = range});
}

void tell_hook_ran(Current& current, DriverId driver, Hook hook, Errno error, VmaId vma) {
    current.tell(HookRan{.driver = driver, .hook = hook, .error = error, .vma = vma});
    if (current.world.driver_remarks.empty()) return;
    for (DriverRemark& remark : std::exchange(current.world.driver_remarks, {})) {
        current.tell(Diagnosed{.id = remark.diagnostic,
                               .driver = remark.driver,
                               .range = remark.range,
                               .detail = std::move(remark.detail)});
    }
}

void check_mmap_prepare(Current& current, const HookAnswer& answer, const VmAreaDesc& desc) {
    for (const ReferenceChange& taken : current.world.reference_changes) {
        if (taken.net > 0) diagnose(current, "ref-in-prepare", taken.driver, answer.range);
    }
    check_enodev(current, answer);
    // A file made for this mapping has no holder besides.
    if (desc.vm_file != answer.file && current.world.files[desc.vm_file.index].refs > 1) {
        diagnose(current, "file-replaced", answer.driver, answer.range);
    }
    if (answer.error != Errno::ok) return;
    for (const std::string_view warning : mmap_action_warnings(current.profile(), desc)) {
        diagnose(current, warning, answer.driver, answer.range);
    }
    // An action brings DONTEXPAND along.
    if (desc.action.type == ActionType::nothing) {
        check_frames(current, answer, desc.flags, false);
    }
    check_read_only(current, answer, Hook::mmap_prepare, desc.flags, desc.ops);
}

void check_mmap(Current& current, const HookAnswer& answer, const HalfBuiltVma& vma) {
    const auto& driver = *current.world.drivers[answer.driver.index].driver;
    if (current.profile().mmap_prepare && driver.mmap_is_deprecated()) {
        diagnose(current, "deprecated-hook", answer.driver, answer.range);
    }
    for (const StackedRemark& remark : std::exchange(current.world.stacked_remarks, {})) {
        if (remark.differs) diagnose(current, "stacked-differs", remark.inner, answer.range);
        if (!remark.leaked) continue;
        if (answer.error != Errno::ok && current.world.fixed_accounting) {
            current.world.put_file(remark.leaked);
            continue;
        }
        tell_file_leaked(current, {.kind = LeakKind::file,
                                   .driver = remark.inner,
                                   .file = remark.leaked,
                                   .count = 1,
                                   .point = FailPoint::mmap});
    }
    check_enodev(current, answer);
    if (answer.error != Errno::ok) return;
    const bool frames = vma.pages_mapped && vma.flags.none(kVmMixedMap);
    check_frames(current, answer, vma.flags, frames);
    check_read_only(current, answer, Hook::mmap, vma.flags, vma.ops);
}

bool check_close_of_failed(Current& current, VmOps ops, VmRange range) {
    if (!current.world.ops_have(ops, Hook::close) || !current.world.ops_have(ops, Hook::mapped)) {
        return false;
    }
    // A close that dropped no more than was taken has coped.
    bool counts = false;
    bool below = false;
    for (const ReferenceChange& change : current.world.reference_changes) {
        if (change.driver != ops.driver() || change.memory) continue;
        counts = true;
        below |= change.net < 0;
    }
    const bool real = current.world.ops_of(ops)->driver->real();
    auto& state = current.world.drivers.edit(ops.driver().index).state;
    const bool crashed = std::exchange(state.followed_null, false);
    if ((counts || real) && !below && !crashed) return false;
    diagnose(current, "close-without-mapped", ops.driver(), range);
    return true;
}

}  // namespace mmsim
