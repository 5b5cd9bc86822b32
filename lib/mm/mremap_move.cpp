// SPDX-License-Identifier: GPL-2.0-or-later
// The move: rules 5.3 "Move" and 4.4 "copied range".
#include <utility>

#include "mm/accounting.h"
#include "mm/driver_rules.h"
#include "mm/gather.h"
#include "mm/merge.h"
#include "mm/mremap.h"
#include "mm/split.h"
#include "mm/unmapped_area.h"

namespace mmsim {
namespace {

// Before anything is done: room for the VMAs a move can leave, and the driver's word on the cuts.
Result<> prep_move(Current& current, const Remap& remap, const Vma& vma) {
    const bool three_spare = current.profile().mremap_count == MremapCountRule::three_spare_on_move;
    TRY(room_for_vmas(current, three_spare ? 4 : 2));
    const DriverEntry* entry = current.world.ops_of(vma.ops);
    if (entry == nullptr || !entry->hooks.has(Hook::may_split)) return {};
    const auto driver = entry->driver;
    for (const Vpn edge : {remap.addr, remap.addr + remap.old_pages}) {
        const bool is_edge = edge == vma.start || edge == vma.end;
        if (is_edge) continue;
        HookCall call(current, vma.ops.driver(), Hook::may_split, vma.file);
        const auto allowed = driver->may_split(call, vma, edge);
        if (!allowed && current.refuses(true)) {
            return current.refuse(allowed.error(), Check::may_split, edge.bytes());
        }
    }
    return {};
}

// The VMA at the destination: a neighbour that took the range in, or a duplicate. Rule 4.4
Result<Vma> copy_vma(Current& current, const Remap& remap, const Vma& source, Vpn to) {
    World& world = current.world;
    const VmRange range{to, remap.new_pages};
    MergeProposal proposal = MergeProposal::of(world, source, source.range());
    const Pages into = remap.addr - source.start;
    const bool unfaulted = !source.anon_vma;
    proposal.range = range;
    proposal.pgoff = source.anonymous() && unfaulted ? Pgoff{to.index} : source.pgoff + into;
    proposal.anon_pgoff = unfaulted ? Pgoff{to.index} : source.anon_pgoff + into;
    if (!current.profile().copied_from_fork_check) proposal.from_fork_child = false;
    if (auto fault = current.faults.pass(FailPoint::mremap_copy, Errno::enomem)) return *fault;
    MergeResult merged = vma_merge_new_range(current, proposal, {.copied_from = &source});
    if (merged.vma) return *merged.vma;

    Vma copy = source;
    copy.start = range.start();
    copy.end = range.end();
    copy.pgoff = proposal.pgoff;
    copy.anon_pgoff = proposal.anon_pgoff;
    copy.id = {world.next_vma_id++};
    copy.start_made(current.stamp);
    world.anon_vmas.clone(copy, source);
    link_file(world, copy);
    run_open(current, copy);
    current.mm.vmas.insert(copy);
    current.mm.vmas.touched(copy.end, current.stamp);
    ++current.mm.map_count;
    current.tell(VmaCreated{copy});
    return copy;
}

Result<> run_mremap_hook(Current& current, const Vma& vma) {
    const DriverEntry* entry = current.world.ops_of(vma.ops);
    if (entry == nullptr || !entry->hooks.has(Hook::mremap)) return {};
    const auto driver = entry->driver;
    HookCall call(current, vma.ops.driver(), Hook::mremap, vma.file);
    const auto ran = driver->mremap(call, vma);
    tell_hook_ran(current, vma.ops.driver(), Hook::mremap, ran.error());
    if (!ran) return current.refuse(ran.error(), Check::mremap_hook, vma.range());
    return {};
}

Result<> move_pages(Current& current, const Vma& copy) {
    if (auto fault = current.faults.pass(FailPoint::mremap_move_ptes, Errno::enomem)) {
        return *fault;
    }
    return run_mremap_hook(current, copy);
}

// The source of MREMAP_DONTUNMAP as the copy may have left it: it can have been merged into.
Vma source_now(const Current& current, const Remap& remap) {
    const Vma* found = current.mm.vmas.find_vma(remap.addr);
    MMSIM_ASSERT(found != nullptr && found->start <= remap.addr);
    return *found;
}

// LOCKED does not stay with a source whose pages are gone. DELTA 0.7, D5, D6
void unlock_source(Current& current, const Remap& remap, Vma& source) {
    if (source.flags.none(kVmLocked)) return;
    Mm& mm = current.mm;
    const Pages moved = remap.old_pages;
    Pages lost;
    switch (current.profile().dontunmap_locked) {
        case DontUnmapLocked::splits_the_source: {
            // The cuts may fail for want of memory only; then the whole source is unlocked.
            if (source.start < remap.addr) {
                static_cast<void>(
                    split_vma_unlimited(current, source, remap.addr, NewPiece::below));
            }
            if (remap.addr + moved < source.end) {
                static_cast<void>(
                    split_vma_unlimited(current, source, remap.addr + moved, NewPiece::above));
            }
            mm.locked_vm -= source.pages();
            break;
        }
        case DontUnmapLocked::counts_twice:
            lost = source.pages();
            break;
        case DontUnmapLocked::moves_with_pages:
            // locked_vm goes along with the moved pages; the rest of the source stays counted.
            mm.locked_vm -= moved;
            lost = source.pages() - moved;
            break;
    }
    if (current.world.fixed_accounting) {
        mm.locked_vm -= std::exchange(lost, {});
    } else if (lost) {
        mm.locked_leaked += lost;
        current.tell(Leaked{.kind = LeakKind::locked,
                            .driver = {},
                            .file = {},
                            .count = static_cast<std::int64_t>(lost.count),
                            .cause = LeakCause::dontunmap});
    }
    source.flags = source.flags.without(kVmLockedMask);
    mm.vmas.assign(source.start, source);
    current.tell(VmaChanged{.id = source.id, .range = source.range()});
}

void complete_dont_unmap(Current& current, const Remap& remap, const Vma& copy) {
    Vma source = source_now(current, remap);
    unlock_source(current, remap, source);
    const bool whole = source.range() == remap.old_range() && source.id != copy.id;
    if (!whole || !source.anon_vma) return;
    current.world.anon_vmas.unlink(source);
    // What is mapped of a file stays; its private pages to come are at home here. DELTA 4.1
    if (current.profile().dontunmap_resets_pgoff) {
        source.anon_pgoff = Pgoff{source.start.index};
        if (source.anonymous() && !source.file) source.pgoff = source.anon_pgoff;
    }
    current.mm.vmas.assign(source.start, source);
}

// The trace says where it went, and that is not into itself.
bool placed_elsewhere(const Remap& remap) {
    if (!remap.placed_at || remap.fixed()) return false;
    const VmRange to{vpn_of(*remap.placed_at), remap.new_pages};
    return !remap.old_pages || !to.overlaps(remap.old_range());
}

Pages charge_of(const Remap& remap, const Vma& vma) {
    if (vma.flags.none(kVmAccount)) return {};
    if (remap.dont_unmap()) return remap.new_pages;
    return remap.grows() ? remap.new_pages - remap.old_pages : Pages{};
}

// What of two could not be unmapped stays beside the other. It is charged once more but loses
// ACCOUNT, so that nobody will ever give the charge back. Rule 5.3
void leave_mapped(Current& current, VmRange left, Pages charged, FailPoint point) {
    World& world = current.world;
    world.committed += charged;
    current.mm.committed += charged;
    if (world.fixed_accounting) return;
    Pages lost;
    Vpn at = left.start();
    while (const Vma* found = current.mm.vmas.find_vma(at)) {
        Vma vma = *found;
        if (vma.start >= left.end()) break;
        at = vma.end;
        if (vma.flags.none(kVmAccount)) continue;
        lost += vma.pages();
        vma.flags = vma.flags.without(kVmAccount);
        current.mm.vmas.assign(vma.start, vma);
    }
    current.mm.account_lost = true;
    leak_charge(current, lost);
    current.tell(Leaked{.kind = LeakKind::commit,
                        .driver = {},
                        .file = {},
                        .count = static_cast<std::int64_t>(lost.count),
                        .point = point});
}

Errno fail_move(Current& current, const Remap& remap, Vpn to, Pages charged, Errno error) {
    // The pages went back; the copy goes, and what it carried besides the charge made here.
    const bool accounted = source_now(current, remap).flags.any(kVmAccount);
    const VmRange copy{to, remap.new_pages};
    if (do_munmap(current, copy, accounted)) {
        current.effects.undone.push_back(UnwindStep::unmap_new_vma);
    } else {
        current.effects.copy_left = true;
        if (accounted) leave_mapped(current, copy, copy.pages(), FailPoint::mremap_move_ptes);
    }
    uncharge(current, charged);
    if (charged) current.effects.undone.push_back(UnwindStep::uncharge);
    return error;
}

void unmap_source(Current& current, const Remap& remap, const Vma& source) {
    // The charge travels with the pages.
    const bool accounted = source.flags.any(kVmAccount);
    Result<> unmapped;
    if (auto fault = current.faults.pass(FailPoint::mremap_unmap, Errno::enomem)) {
        unmapped = *fault;
    } else {
        unmapped = do_munmap(current, remap.old_range(), accounted);
    }
    if (!unmapped && accounted) {
        leave_mapped(current, source.range(), remap.old_pages, FailPoint::mremap_unmap);
    }
}

}  // namespace

Result<> unmap_for_good(Current& current, VmRange range, std::vector<VmRange>& lost) {
    const std::vector<VmRange> parts = mapped_parts(current.mm.vmas, range);
    const std::uint64_t splits = current.effects.splits;
    TRY(do_munmap(current, range));
    lost.insert(lost.end(), parts.begin(), parts.end());
    current.effects.edges_cut |= current.effects.splits != splits;
    return {};
}

Result<Vpn> choose_new_address(Current& current, const Remap& remap, const Vma& vma) {
    if (placed_elsewhere(remap)) return vpn_of(*remap.placed_at);
    const Pages into = remap.addr - vma.start;
    return get_unmapped_area(current,
                             {.hint = remap.implies_new_addr() ? remap.new_addr.bytes() : 0,
                              .pages = remap.new_pages,
                              .pgoff = vma.file ? vma.pgoff + into : Pgoff{},
                              .file = vma.file,
                              .fixed = remap.fixed(),
                              .shared = vma.flags.any(kVmMayShare)});
}

Result<Vpn> move_vma(Current& current, const Remap& remap, const Vma& source) {
    const Vpn to = TRY(choose_new_address(current, remap, source));
    TRY(prep_move(current, remap, source));
    Vma vma = source;
    if (placed_elsewhere(remap)) {
        // A recorded address that is taken makes room for the move, be it by cutting the source.
        const VmRange destination{to, remap.new_pages};
        TRY(unmap_for_good(current, destination, current.effects.destination_lost));
        vma = source_now(current, remap);
    }
    const Pages charged = charge_of(remap, vma);
    if (charged) {
        if (auto fault = current.faults.pass(FailPoint::mremap_charge, Errno::enomem)) {
            return *fault;
        }
        TRY(charge(current, charged));
    }
    const Result<Vma> copy = copy_vma(current, remap, vma, to);
    if (!copy) {
        uncharge(current, charged);
        if (charged) current.effects.undone.push_back(UnwindStep::uncharge);
        return Errno::enomem;  // whatever the failure point has
    }
    vm_stat_add(current.mm, vma.flags, remap.new_pages);
    if (vma.flags.any(kVmLocked)) current.mm.locked_vm += remap.new_pages;
    if (auto moved = move_pages(current, *copy); !moved) {
        return fail_move(current, remap, to, charged, moved.error());
    }
    uffd_moved(current, *copy);
    if (remap.old_pages) current.mm.guards.move(remap.old_range(), to);
    if (remap.dont_unmap()) {
        complete_dont_unmap(current, remap, *copy);
        return to;
    }
    if (!remap.old_pages) return to;
    unmap_source(current, remap, vma);
    return to;
}

}  // namespace mmsim
