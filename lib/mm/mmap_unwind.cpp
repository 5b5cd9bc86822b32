// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/mmap_unwind.h"

#include "base/linux_abi.h"
#include "mm/accounting.h"
#include "mm/driver_rules.h"
#include "mm/failure_table.h"
#include "mm/ledger.h"
#include "mm/mmap_action.h"

namespace mmsim {
namespace {

void leak_file(Current& current, const MmapState& state, FailPoint point, std::int64_t count) {
    tell_file_leaked(current, {.kind = LeakKind::file,
                               .driver = current.world.files[state.file.index].driver,
                               .file = state.replaced_by_hook,
                               .count = count,
                               .point = point});
}

// The commit counter of a request that had passed its charge.
void unwind_charge(Current& current, const MmapState& state, const FailureRow& row,
                   CallUnwound& report) {
    if (!state.accountable) return;
    const bool faithful = !current.world.fixed_accounting;
    Pages lost;
    if (faithful && row.charge != ChargeLeft::nothing) lost += state.gathered.accounted;
    if (faithful && row.charge == ChargeLeft::pages) lost += state.charged;
    uncharge(current, state.charged + state.gathered.accounted - lost);
    if (lost.count != state.range.pages().count) report.undone.push_back(UnwindStep::uncharge);
    if (!lost) return;
    leak_charge(current, lost);
    report.not_undone.push_back(UnwindStep::charge_leaked);
    current.tell(Leaked{.kind = LeakKind::commit,
                        .driver = report.driver,
                        .file = state.file,
                        .count = static_cast<std::int64_t>(lost.count),
                        .point = row.point});
}

// The VMA that was to be: its file, what the old hook mapped, the VMA itself.
void unwind_new_vma(Current& current, const MmapState& state, const FailureRow& row,
                    CallUnwound& report) {
    if (row.file == FileReference::put && state.owns_file) {
        current.world.put_file(state.vm_file);
        report.undone.push_back(UnwindStep::put_file);
    }
    if (row.point == FailPoint::mmap && state.pages_mapped) {
        report.undone.push_back(UnwindStep::zap_ptes);
    }
    const bool allocated = row.point == FailPoint::vma_prealloc || row.point == FailPoint::mmap ||
                           row.point == FailPoint::shmem_setup;
    if (allocated) report.undone.push_back(UnwindStep::free_vma);
}

void unwind_replaced_file(Current& current, const MmapState& state, const FailureRow& row,
                          CallUnwound& report) {
    if (!state.replaced_by_hook) return;
    const bool fixed = current.world.fixed_accounting;
    switch (row.replaced) {
        case ReplacedFile::leaks:
            if (!fixed) {
                leak_file(current, state, row.point, 1);
                report.not_undone.push_back(UnwindStep::file_leaked);
                break;
            }
            [[fallthrough]];
        case ReplacedFile::put:
            current.world.put_file(state.replaced_by_hook);
            report.undone.push_back(UnwindStep::put_replaced_file);
            break;
        case ReplacedFile::put_twice:
            // The second put takes a reference that is not the mapping's.
            if (fixed) break;
            leak_file(current, state, row.point, -1);
            report.undone.push_back(UnwindStep::put_replaced_file);
            break;
        case ReplacedFile::none:
        case ReplacedFile::by_unmap:
            break;
    }
}

// What a failed request took from the mappings that were there before it.
void tell_old_mappings(const MmapState& state, CallUnwound& report) {
    if (!state.destroyed.empty()) {
        report.not_undone.push_back(UnwindStep::old_mappings_lost);
        report.lost = state.destroyed;
    }
    if (state.gathered.edge_splits != 0) {
        report.not_undone.push_back(UnwindStep::edge_splits_left);
    }
}

// The new VMA is no different from any other now: locked, accounted, closed as usual. Nobody asks
// whether that worked: a failure here leaves it.
bool unmap_new(Current& current, MmapState& state, bool set_up) {
    if (!state.mapped) count_known(current.world, state.vma->ops, 1);
    current.unmapping_failed = true;
    current.unmapping_unmapped = !set_up;
    const auto unmapped = do_munmap(current, state.range);
    current.unmapping_failed = false;
    current.unmapping_unmapped = false;
    MMSIM_ASSERT(unmapped || current.faults.armed());
    state.created = !unmapped;
    return static_cast<bool>(unmapped);
}

// Errors of the action and of `mapped` as the caller of mmap sees them.
Errno visible_errno(const Current& current, const MmapAction& action, Errno error) {
    if (current.profile().success_and_error_hooks && action.error_hook != Errno::ok) {
        return action.error_hook;
    }
    if (current.profile().error_override && action.error_override != 0) {
        return static_cast<Errno>(-action.error_override);
    }
    return error;
}

Errno fail_after_insertion(Current& current, MmapState& state, FailPoint point, Errno error) {
    const bool closes = current.world.ops_have(state.vma->ops, Hook::close);
    CallUnwound report{.op = current.op,
                       .point = point,
                       .error = visible_errno(current, state.action, error),
                       .driver = current.world.files[state.file.index].driver,
                       .undone = {},
                       .not_undone = {},
                       .lost = {}};
    const VmOps ops = state.vma->ops;
    const bool set_up = point == FailPoint::action_complete && state.mapped;
    const bool gone = unmap_new(current, state, set_up);
    if (gone) report.undone.push_back(UnwindStep::unmap_new_vma);
    if (gone && closes) report.undone.push_back(UnwindStep::close_new_vma);
    if (!gone) report.not_undone.push_back(UnwindStep::mapping_left);
    tell_old_mappings(state, report);
    if (gone && !set_up && check_close_of_failed(current, ops, state.range)) {
        report.not_undone.push_back(UnwindStep::close_without_mapped);
    }
    if (state.map_writable) report.undone.push_back(UnwindStep::unmap_writable);
    if (gone) tell_references_failed(current, report);
    current.tell(report);
    if (state.action.hide_from_rmap && current.profile().rmap_hold_deadlocks) {
        // The unmap waits for the rmap lock that this very call holds. It is carried out here,
        // but nothing of this process goes on.
        current.mm.stuck = true;
        diagnose(current, "self-deadlock", report.driver, state.range, Telling::each_time);
    }
    return report.error;
}

Result<> run_action(Current& current, MmapState& state) {
    if (state.action.type == ActionType::nothing) return {};
    const DriverId driver = current.world.files[state.file.index].driver;
    Result<> done = mmap_action_complete(current.profile(), state.action, *state.vma);
    if (auto fault = current.faults.pass(FailPoint::action_complete, Errno::enomem)) done = *fault;
    if (!done) ++current.world.drivers.edit(driver.index).state.failures;
    current.tell(ActionRan{
        .driver = driver, .type = state.action.type, .range = state.range, .error = done.error()});
    return done;
}

Result<> run_mapped(Current& current, MmapState& state) {
    const DriverEntry* entry = current.world.ops_of(state.vma->ops);
    if (!current.profile().mapped_hook || entry == nullptr || !entry->hooks.has(Hook::mapped)) {
        return {};
    }
    const DriverId driver_id = state.vma->ops.driver();
    const auto driver = entry->driver;
    std::uint64_t private_data = state.vma->private_data;
    Result<> ran{};
    if (auto fault = current.faults.pass(FailPoint::mapped, Errno::enomem)) {
        ran = *fault;
    } else {
        HookCall call(current, driver_id, Hook::mapped, state.vma->file);
        ran = driver->mapped(call, *state.vma, private_data);
        if (!ran) {
            diagnose(current, "late-hook-error", driver_id, state.range, Telling::each_time);
        }
    }
    tell_hook_ran(current, driver_id, Hook::mapped, ran.error(), state.vma->id);
    if (ran && private_data != state.vma->private_data) {
        state.vma->private_data = private_data;
        current.mm.vmas.assign(state.vma->start, *state.vma);
    }
    return ran;
}

Result<> run_success_hook(Current& current, MmapState& state) {
    if (!current.profile().success_and_error_hooks || !state.action.success_hook) return {};
    const DriverId driver_id = current.world.files[state.file.index].driver;
    const auto driver = current.world.drivers[driver_id.index].driver;
    Vma vma = *state.vma;
    HookCall call(current, driver_id, Hook::success_hook, state.file);
    const Result<> ran = driver->success_hook(call, vma);
    tell_hook_ran(current, driver_id, Hook::success_hook, ran.error());
    if (!ran) diagnose(current, "late-hook-error", driver_id, state.range, Telling::each_time);
    move_known(current.world, state.vma->ops, vma.ops);
    current.mm.vmas.assign(vma.start, vma);
    state.vma = vma;
    return ran;
}

}  // namespace

Result<> early_checks(Current& current, MmapState& state) {
    const bool write_exec = state.flags.all(kVmWrite | kVmExec);
    if (current.refuses(current.mm.mdwe && write_exec)) {
        return current.refuse(Errno::eacces, Check::map_write_exec);
    }
    if (!current.faults.idle()) {
        for (const FailPoint point : {FailPoint::mdwe, FailPoint::arch_flags}) {
            const Errno usual = failure_row(point, current.profile()).usual;
            if (auto fault = current.faults.pass(point, usual)) return *fault;
        }
    }
    if (state.file && state.flags.all(kVmShared | kVmMayWrite)) {
        if (auto fault = current.faults.pass(FailPoint::map_writable, Errno::eperm)) return *fault;
        const std::uint64_t seals = current.world.files[state.file.index].seals;
        if (current.refuses((seals & kSealWrite) != 0)) {
            return current.refuse(Errno::eperm, Check::map_denied_writer);
        }
        state.map_writable = true;
    }
    return {};
}

Errno unwind(Current& current, MmapState& state, FailPoint point, Errno error) {
    const FailureRow& row = failure_row(point, current.profile());
    CallUnwound report{.op = current.op,
                       .point = point,
                       .error = error,
                       .driver = current.world.file_driver(state.file),
                       .undone = {},
                       .not_undone = {},
                       .lost = {}};
    // What 7.0 unmaps there is no mapping yet: it warns and finds nothing.
    if (state.unmapped_early) report.undone.push_back(UnwindStep::unmap_new_vma);
    if (row.old_mappings == OldMappings::kept) {
        if (state.gathered.range) report.undone.push_back(UnwindStep::reattach_old_mappings);
    } else {
        unwind_new_vma(current, state, row, report);
        unwind_charge(current, state, row, report);
        unwind_replaced_file(current, state, row, report);
        tell_references_failed(current, report);
        complete_munmap(current, state.gathered, !state.accountable);
    }
    tell_old_mappings(state, report);
    if (state.map_writable) report.undone.push_back(UnwindStep::unmap_writable);
    current.tell(report);
    return error;
}

void tell_replaced_file_lost(Current& current, const MmapState& state, LeakCause cause) {
    tell_file_leaked(current, {.kind = LeakKind::file,
                               .driver = current.world.files[state.file.index].driver,
                               .file = state.replaced_by_hook,
                               .count = 1,
                               .cause = cause,
                               .point = FailPoint::mmap_prepare});
}

Result<> complete_action(Current& current, MmapState& state) {
    if (auto done = run_action(current, state); !done) {
        return fail_after_insertion(current, state, FailPoint::action_complete, done.error());
    }
    if (auto ran = run_mapped(current, state); !ran) {
        return fail_after_insertion(current, state, FailPoint::mapped, ran.error());
    }
    state.mapped = true;
    count_known(current.world, state.vma->ops, 1);
    if (auto ran = run_success_hook(current, state); !ran) {
        if (current.profile().success_hook_error_unmaps) {
            return fail_after_insertion(current, state, FailPoint::action_complete, ran.error());
        }
        CallUnwound report{.op = current.op,
                           .point = FailPoint::action_complete,
                           .error = ran.error(),
                           .driver = current.world.files[state.file.index].driver,
                           .undone = {},
                           .not_undone = {UnwindStep::mapping_left},
                           .lost = {}};
        tell_old_mappings(state, report);
        current.tell(report);
        return ran.error();
    }
    return {};
}

}  // namespace mmsim
