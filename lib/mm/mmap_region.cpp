// SPDX-License-Identifier: GPL-2.0-or-later
// Steps B to J of rule 3.1, in their order. Each failure goes through unwind(), which reads what
// it leaves behind from the failure table.
#include "mm/mmap_region.h"

#include "mm/accounting.h"
#include "mm/driver_rules.h"
#include "mm/failure_table.h"
#include "mm/gather.h"
#include "mm/ksm.h"
#include "mm/ledger.h"
#include "mm/merge.h"
#include "mm/mmap_action.h"
#include "mm/mmap_unwind.h"

namespace mmsim {
namespace {

void tell_step(Current& current, PipelineStep step, Pages pages = {}) {
    if (current.detailed) current.tell(StepTaken{.step = step, .pages = pages});
}

// What the hook is handed, or what it left: of a description and of a half-built VMA.
void tell_desc(Current& current, bool before, const VmAreaDesc& desc) {
    if (!current.detailed) return;
    current.tell(DescShown{.hook = Hook::mmap_prepare,
                           .before = before,
                           .file = desc.vm_file,
                           .flags = desc.flags,
                           .pgoff = desc.pgoff,
                           .page_prot = desc.page_prot,
                           .ops = desc.ops,
                           .private_data = desc.private_data,
                           .action = desc.action.type});
}
void tell_desc(Current& current, bool before, const HalfBuiltVma& half) {
    if (!current.detailed) return;
    current.tell(DescShown{.hook = Hook::mmap,
                           .before = before,
                           .file = half.file,
                           .flags = half.flags,
                           .pgoff = half.pgoff,
                           .page_prot = half.page_prot,
                           .ops = half.ops,
                           .private_data = half.private_data,
                           .action = ActionType::nothing});
}

// Step B: gather what is there, limits, commit charge; then the point of no return.
Result<> mmap_setup(Current& current, MmapState& state) {
    if (auto cut = gather(current, state.range, state.gathered); !cut) {
        return unwind(current, state, state.gathered.failed_at, cut.error());
    }
    tell_step(current, PipelineStep::gathered, state.gathered.pages);
    const Pages pages = state.range.pages();
    if (auto fault = current.faults.pass(FailPoint::may_expand, Errno::enomem)) {
        return unwind(current, state, FailPoint::may_expand, *fault);
    }
    const Pages grown = pages - state.gathered.pages;
    if (auto fits = may_expand_vm(current, state.flags, grown); !fits) {
        return unwind(current, state, FailPoint::may_expand, fits.error());
    }
    tell_step(current, PipelineStep::limits_passed, grown);
    if (accountable_mapping(current.world, state.file, state.flags)) {
        if (auto fault = current.faults.pass(FailPoint::charge, Errno::enomem)) {
            return unwind(current, state, FailPoint::charge, *fault);
        }
        const Pages wanted = pages - state.gathered.accounted;
        if (wanted) {
            const auto charged = charge(current, wanted);
            if (!charged) return unwind(current, state, FailPoint::charge, charged.error());
        }
        tell_step(current, PipelineStep::charged, wanted);
        state.accountable = true;
        state.charged = wanted;
        state.flags = state.flags | kVmAccount;
    }
    // What is lost with a failure that comes later; private memory has none but those of faults.
    const bool may_fail = state.file || state.flags.any(kVmShared) || !current.faults.idle();
    if (state.gathered.range && may_fail) {
        state.destroyed = mapped_parts(current.mm.vmas, state.range);
    }
    clean_up_area(current, state.gathered);
    state.cleaned = true;
    tell_step(current, PipelineStep::cleaned_up, state.gathered.pages);
    open_books(current.world);
    return {};
}

HookAnswer answer_of(const MmapState& state, DriverId driver, FileId file, const Result<>& ran) {
    return {.driver = driver,
            .file = file,
            .range = state.range,
            .pgoff = state.pgoff,
            .asked = state.flags,
            .error = ran.error(),
            .destroyed = state.gathered.range.has_value()};
}

// Step C: the hook that sees only a description.
Result<> call_mmap_prepare(Current& current, MmapState& state) {
    World& world = current.world;
    const DriverEntry* entry = world.driver_of(state.file);
    if (entry == nullptr || !entry->hooks.has(Hook::mmap_prepare)) return {};
    const DriverId driver_id = world.files[state.file.index].driver;
    const auto driver = entry->driver;
    state.prepared = true;
    VmAreaDesc desc{
        .range = state.range,
        .file = state.file,
        .pgoff = state.pgoff,
        .vm_file = state.file,
        .flags = state.flags,
        .ops = current.profile().desc_starts_with_dummy_ops ? kVmOpsDummy : kVmOpsAnonymous,
        .mm = current.mm_id};
    tell_desc(current, true, desc);
    Result<> ran{};
    if (auto fault = current.faults.pass(FailPoint::mmap_prepare, Errno::enomem)) {
        ran = *fault;
    } else {
        HookCall call(current, driver_id, Hook::mmap_prepare, state.file);
        ran = driver->mmap_prepare(call, desc);
        check_mmap_prepare(current, answer_of(state, driver_id, state.file, ran), desc);
    }
    tell_hook_ran(current, driver_id, Hook::mmap_prepare, ran.error());
    tell_desc(current, false, desc);
    state.replaced_by_hook = desc.vm_file != state.file ? desc.vm_file : FileId{};
    if (!ran) return unwind(current, state, FailPoint::mmap_prepare, ran.error());
    Result<> prepared = mmap_action_prepare(current.profile(), desc);
    if (current.profile().action_prepare_fails) {
        if (auto fault = current.faults.pass(FailPoint::action_prepare, Errno::einval)) {
            prepared = *fault;
        }
    }
    if (!prepared) return unwind(current, state, FailPoint::action_prepare, prepared.error());
    state.pgoff = desc.pgoff;
    state.vm_file = desc.vm_file;
    state.flags = desc.flags;
    state.page_prot = desc.page_prot;
    state.ops = desc.ops;
    state.private_data = desc.private_data;
    state.action = desc.action;
    return {};
}

// Step A: whether a hook that comes later could still change what KSM asks for.
bool ksm_flag_is_early(const Current& current, FileId file) {
    if (!current.profile().ksm_flag_before_merge) return false;
    if (!file || current.world.files[file.index].type == FileType::shmem) return true;
    const DriverEntry* entry = current.world.driver_of(file);
    return entry != nullptr && entry->hooks.has(Hook::mmap_prepare);
}

MergeProposal proposal_of(const MmapState& state) {
    return {.range = state.range,
            .flags = state.flags,
            .file = state.vm_file,
            .pgoff = state.pgoff,
            .anon_pgoff = Pgoff{state.range.start().index},
            .attr = {},
            .anon_vma = {}};
}

// Step F-c, old hook. Rule 3.4
Result<> call_mmap(Current& current, MmapState& state, Vma& vma) {
    World& world = current.world;
    const DriverEntry* entry = world.driver_of(vma.file);
    if (entry == nullptr || !entry->hooks.has(Hook::mmap)) return {};
    const DriverId driver_id = world.files[vma.file.index].driver;
    const auto driver = entry->driver;
    HalfBuiltVma half{.range = vma.range(),
                      .file = vma.file,
                      .pgoff = vma.pgoff,
                      .flags = vma.flags,
                      .page_prot = vma.page_prot(),
                      .mm = current.mm_id};
    tell_desc(current, true, half);
    Result<> ran{};
    if (auto fault = current.faults.pass(FailPoint::mmap, Errno::enomem)) {
        ran = *fault;
    } else {
        HookCall call(current, driver_id, Hook::mmap, vma.file);
        ran = driver->mmap(call, half);
        check_mmap(current, answer_of(state, driver_id, vma.file, ran), half);
    }
    tell_hook_ran(current, driver_id, Hook::mmap, ran.error());
    tell_desc(current, false, half);
    state.vm_file = half.file;
    state.unmapped_early = half.unmapped_early;
    state.pages_mapped = half.pages_mapped;
    if (!ran) return unwind(current, state, FailPoint::mmap, ran.error());
    state.flags_changed = half.flags != vma.flags;
    vma.flags = half.flags;
    vma.pgoff = half.pgoff;
    vma.file = half.file;
    vma.ops = half.ops;
    vma.private_data = half.private_data;
    vma.set_page_prot(half.page_prot);
    return {};
}

// Step F-c, shared anonymous memory.
Result<> shmem_zero_setup(Current& current, MmapState& state, Vma& vma) {
    if (auto fault = current.faults.pass(FailPoint::shmem_setup, Errno::enomem)) {
        return unwind(current, state, FailPoint::shmem_setup, *fault);
    }
    const Pages pages = state.range.pages();
    if (const auto room = ask_shmem_room(current, state.flags, pages); !room) {
        return unwind(current, state, FailPoint::shmem_setup, room.error());
    }
    vma.file = current.world.new_shmem_file(pages.bytes());
    vma.ops = VmOps::of(current.world.shmem_driver);
    state.owns_file = true;
    return {};
}

// The second merge attempt of 6.12: the hook ran, its VMA is thrown away without close. Rule 3.4
bool merge_again(Current& current, MmapState& state, const Vma& vma) {
    if (!current.profile().second_merge_attempt || !state.flags_changed) return false;
    const Vma* prev = current.mm.vmas.find_below(state.range.start());
    if (prev == nullptr) return false;
    // Only the flags are new: neighbours are asked for the file and the offset of the request, and
    // state.vm_file is what the hook left.
    MergeProposal proposal = proposal_of(state);
    proposal.flags = vma.flags;
    proposal.file = state.file;
    MergeResult merged = vma_merge_new_range(current, proposal);
    if (!merged.vma) return false;
    current.world.put_file(vma.file);
    tell_references_merged(current);
    state.vma = *merged.vma;
    return true;
}

// Step F: no neighbour took the range in.
Result<> mmap_new_vma(Current& current, MmapState& state) {
    World& world = current.world;
    for (const FailPoint point : {FailPoint::vma_alloc, FailPoint::vma_prealloc}) {
        if (auto fault = current.faults.pass(point, Errno::enomem)) {
            return unwind(current, state, point, *fault);
        }
    }
    tell_step(current, PipelineStep::vma_allocated);
    Vma vma{.start = state.range.start(),
            .end = state.range.end(),
            .flags = state.flags,
            .pgoff = state.pgoff,
            .anon_pgoff = Pgoff{state.range.start().index},
            .file = state.vm_file,
            .ops = kVmOpsDummy,
            .anon_vma = {},
            .chain = {},
            .id = {}};
    vma.set_page_prot(state.page_prot);
    if (vma.file) {
        // A file that the hook stored brings its reference along.
        const bool one_too_many =
            state.replaced_by_hook && current.profile().replaced_file_extra_ref;
        if (!state.replaced_by_hook || one_too_many) world.get_file(vma.file);
        state.owns_file = true;
        TRY(call_mmap(current, state, vma));
        if (one_too_many) tell_replaced_file_lost(current, state, LeakCause::point);
    } else if (state.flags.any(kVmShared)) {
        TRY(shmem_zero_setup(current, state, vma));
    } else {
        vma.ops = kVmOpsAnonymous;
    }
    if (merge_again(current, state, vma)) return {};
    if (!state.ksm_early) vma.flags = ksm_vma_flags(current, vma.flags, vma.file);
    vma.id = {world.next_vma_id++};
    vma.start_made(current.stamp);
    hand_over_file(world, vma);
    current.mm.vmas.insert(vma);
    current.mm.vmas.touched(vma.end, current.stamp);
    ++current.mm.map_count;
    current.tell(VmaCreated{vma});
    state.vma = vma;
    state.created = true;
    return {};
}

// Step G: what the hook chose is written to the VMA, also to one it merged into. Rule 3.5
void set_vma_user_defined_fields(Current& current, const MmapState& state, Vma& vma) {
    if (!state.prepared) return;
    if (state.ops != kVmOpsAnonymous || current.profile().desc_starts_with_dummy_ops) {
        vma.ops = state.ops;
    }
    if (!state.created) move_known(current.world, state.vma->ops, vma.ops);
    if (!state.created && vma.private_data != 0 && vma.private_data != state.private_data) {
        diagnose(current, "private-data-clobbered", current.world.files[state.file.index].driver,
                 state.range, Telling::each_time);
    }
    vma.private_data = state.private_data;
}

// Step H: counters of the old mappings and of the new. Cannot fail.
void mmap_complete(Current& current, const MmapState& state, Vma& vma) {
    complete_munmap(current, state.gathered, !state.accountable);
    const Pages pages = state.range.pages();
    tell_step(current, PipelineStep::counters_right, pages);
    vm_stat_add(current.mm, vma.flags, pages);
    if (vma.flags.none(kVmLocked)) return;
    const DriverEntry* entry = current.world.driver_of(vma.file);
    const bool dax = entry != nullptr && entry->driver->dax();
    const bool droppable = vma.flags.any(kVmDroppable) && current.profile().droppable_never_locked;
    if (!can_merge(vma.flags) || dax || vma.flags.any(kVmHugetlb) || droppable) {
        vma.flags = vma.flags.without(kVmLockedMask);
    } else {
        current.mm.locked_vm += pages;
    }
}

}  // namespace

Result<Vpn> mmap_region(Current& current, const MmapRequest& request) {
    MmapState state{.range = request.range,
                    .flags = request.flags,
                    .file = request.file,
                    .vm_file = request.file,
                    .pgoff = request.pgoff};
    TRY(early_checks(current, state));
    TRY(mmap_setup(current, state));
    state.ksm_early = ksm_flag_is_early(current, state.file);
    if (state.file) TRY(call_mmap_prepare(current, state));
    if (state.ksm_early) state.flags = ksm_vma_flags(current, state.flags, state.vm_file);

    MergeResult merged = vma_merge_new_range(current, proposal_of(state));
    tell_step(current, PipelineStep::merge_tried, Pages{merged.vma ? 1U : 0U});
    if (merged.vma) {
        state.vma = *merged.vma;
        if (state.replaced_by_hook) tell_replaced_file_lost(current, state, LeakCause::merge);
        tell_references_merged(current);
    } else {
        TRY(mmap_new_vma(current, state));
    }
    Vma& vma = *state.vma;
    const VmOps ops = vma.ops;
    const VmFlags flags = vma.flags;
    const std::uint64_t private_data = vma.private_data;
    set_vma_user_defined_fields(current, state, vma);
    mmap_complete(current, state, vma);
    const bool changed = vma.ops != ops || vma.flags != flags || vma.private_data != private_data;
    if (changed) current.mm.vmas.assign(vma.start, vma);
    if (!state.created) return state.range.start();
    if (state.prepared) {
        TRY(complete_action(current, state));
    } else {
        count_known(current.world, vma.ops, 1);
    }
    tell_references_stacked(current, vma);
    return state.range.start();
}

}  // namespace mmsim
