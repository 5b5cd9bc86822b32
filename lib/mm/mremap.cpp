// SPDX-License-Identifier: GPL-2.0-or-later
// Rules 5.3, E1, E2: the checks and the choice between the cases.
#include "mm/mremap.h"

#include <algorithm>

#include "mm/accounting.h"
#include "mm/fault.h"
#include "mm/gather.h"
#include "mm/merge.h"
#include "mm/partial.h"
#include "mm/syscalls.h"
#include "mm/unmapped_area.h"

namespace mmsim {
namespace {

constexpr std::uint64_t kKnownFlags = kMremapMayMove | kMremapFixed | kMremapDontUnmap;

// Before the lock: what the arguments alone can get wrong.
Result<> check_params(Current& current, const MremapArgs& args, std::uint64_t old_length,
                      std::uint64_t new_length) {
    const std::uint64_t task_size = current.mm.layout.task_size.bytes();
    const std::uint64_t unknown = args.flags & ~kKnownFlags;
    if (unknown != 0) return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    if (!page_aligned(args.addr)) {
        return current.refuse(Errno::einval, Check::unaligned, args.addr);
    }
    if (new_length == 0) return current.refuse(Errno::einval, Check::new_length_zero);
    if (new_length > task_size) return current.refuse(Errno::einval, Check::new_length_too_long);
    const bool fixed = (args.flags & kMremapFixed) != 0;
    const bool dont_unmap = (args.flags & kMremapDontUnmap) != 0;
    if (!fixed && !dont_unmap) return {};
    if (args.new_addr > task_size - new_length) {
        return current.refuse(Errno::einval, Check::new_place_behind_user_space);
    }
    if (!page_aligned(args.new_addr)) {
        return current.refuse(Errno::einval, Check::new_place_unaligned, args.new_addr);
    }
    if ((args.flags & kMremapMayMove) == 0) {
        return current.refuse(Errno::einval, Check::may_not_move);
    }
    if (dont_unmap && old_length != new_length) {
        return current.refuse(Errno::einval, Check::two_lengths);
    }
    const bool overlap =
        args.addr + old_length > args.new_addr && args.new_addr + new_length > args.addr;
    if (overlap) return current.refuse(Errno::einval, Check::overlap);
    if (current.profile().mremap_count == MremapCountRule::three_spare_on_move) {
        TRY(room_for_vmas(current, 6));
    }
    return {};
}

const Vma* vma_lookup(const VmaTree& vmas, Vpn addr) {
    const Vma* found = vmas.find_vma(addr);
    return found != nullptr && found->start <= addr ? found : nullptr;
}

Result<> check_growth(Current& current, const Remap& remap, const Vma& vma) {
    const Pages into = remap.addr - vma.start;
    const Pages delta = remap.new_pages - remap.old_pages;
    const std::uint64_t pgoff = vma.pgoff.index + into.count;
    if (pgoff + remap.new_pages.count < pgoff) {
        return current.refuse(Errno::einval, Check::remap_offset_wraps);
    }
    if (vma.flags.any(kVmDontExpand | kVmPfnmap)) {
        return current.refuse(Errno::efault, Check::dont_expand, vma.range());
    }
    TRY(mlock_future_ok(current, vma.flags, delta));
    return may_expand_vm(current, vma.flags, delta);
}

// Everything that is asked of one VMA before it is resized or moved.
Result<> check_prep_vma(Current& current, Remap& remap, const Vma& vma) {
    const auto refuse = [&](Errno error, Check check) {
        return current.refuse(error, check, vma.range());
    };
    if (current.refuses(vma.flags.any(kVmSealed))) return refuse(Errno::eperm, Check::sealed);
    if (vma.flags.any(kVmHugetlb)) {
        const std::uint64_t mask = huge_page_of(current.world, vma).count - 1;
        remap.old_pages.count = (remap.old_pages.count + mask) & ~mask;
        remap.new_pages.count = (remap.new_pages.count + mask) & ~mask;
        const std::uint64_t places = remap.addr.index | remap.new_addr.index;
        if ((places & mask) != 0 || remap.new_addr_in_page || remap.grows()) {
            return refuse(Errno::einval, Check::remap_huge);
        }
    }
    if (!remap.grows() && !remap.implies_new_addr()) return {};
    if (!remap.old_pages && vma.flags.none(kVmShared | kVmMayShare)) {
        return refuse(Errno::einval, Check::old_length_zero);
    }
    if (remap.dont_unmap() && vma.flags.any(kVmDontExpand | kVmPfnmap)) {
        return refuse(Errno::einval, Check::dont_unmap_special);
    }
    const Pages old_pages = std::min(remap.old_pages, remap.new_pages);
    if (old_pages > vma.end - remap.addr) return refuse(Errno::efault, Check::crosses_end);
    if (remap.grows()) return check_growth(current, remap, vma);
    return {};
}

Result<> shrink(Current& current, const Remap& remap) {
    // What is cut off may reach over everything, but not out of user space.
    if (remap.addr + remap.old_pages > current.mm.layout.task_size) {
        return current.refuse(Errno::einval, Check::tail_behind_user_space);
    }
    const VmRange tail{remap.addr + remap.new_pages, remap.addr + remap.old_pages};
    return unmap_for_good(current, tail, current.effects.tail_lost);
}

bool can_expand_in_place(const Current& current, const Remap& remap, const Vma& vma) {
    if (vma.end - remap.addr != remap.old_pages) return false;
    const Vpn new_end = remap.addr + remap.new_pages;
    if (new_end > current.mm.layout.task_size) return false;
    const Vma* next = current.mm.vmas.find_vma(vma.end);
    return next == nullptr || next->start >= new_end;
}

Result<Vpn> expand_in_place(Current& current, const Remap& remap, const Vma& vma) {
    const Pages delta = remap.new_pages - remap.old_pages;
    const bool accounted = vma.flags.any(kVmAccount);
    if (accounted) {
        if (auto fault = current.faults.pass(FailPoint::mremap_charge, Errno::enomem)) {
            return *fault;
        }
        TRY(charge(current, delta));
    }
    MergeProposal proposal = MergeProposal::of(current.world, vma, vma.range());
    proposal.range = VmRange{vma.end, delta};
    proposal.pgoff = vma.pgoff + vma.pages();
    proposal.anon_pgoff = vma.anon_pgoff + vma.pages();
    // Neither changed nor copied: rule 4.1.1 asks for fork children among those alone.
    proposal.from_fork_child = false;
    const MergeResult merged = vma_merge_new_range(current, proposal, {.extend = true});
    if (!merged.vma) {
        if (accounted) uncharge(current, delta);
        return current.refuse(Errno::enomem, Check::grows_special, vma.range());
    }
    vm_stat_add(current.mm, vma.flags, delta);
    if (vma.flags.any(kVmLocked)) current.mm.locked_vm += delta;
    return remap.addr;
}

Result<Vpn> expand(Current& current, const Remap& remap, const Vma& vma) {
    // A recorded address says whether the kernel moved it.
    const bool moved = remap.placed_at && vpn_of(*remap.placed_at) != remap.addr;
    if (!moved && can_expand_in_place(current, remap, vma)) {
        return expand_in_place(current, remap, vma);
    }
    if (!remap.may_move()) return current.refuse(Errno::enomem, Check::no_room_behind);
    return move_vma(current, remap, vma);
}

// To a new address: MREMAP_FIXED clears the destination first, for good.
Result<Vpn> mremap_to(Current& current, Remap remap, Vma vma) {
    if (remap.fixed()) {
        const VmRange destination{remap.new_addr, remap.new_pages};
        TRY(unmap_for_good(current, destination, current.effects.destination_lost));
        const Vma* again = vma_lookup(current.mm.vmas, remap.addr);
        if (again == nullptr) {
            return current.refuse(Errno::efault, Check::hole, remap.addr.bytes());
        }
        vma = *again;
    }
    if (remap.shrinks()) {
        TRY(shrink(current, remap));
        remap.old_pages = remap.new_pages;
        vma = *vma_lookup(current.mm.vmas, remap.addr);
    }
    if (remap.dont_unmap()) TRY(may_expand_vm(current, vma.flags, remap.old_pages));
    return move_vma(current, remap, vma);
}

// A VMA that other VMAs may be moved together with. Rule E2
bool multi_allowed(const World& world, const Vma& vma) {
    if (world.attrs[vma.attr()].uffd) return false;
    const DriverEntry* entry = world.driver_of(vma.file);
    if (entry == nullptr) return true;
    const UnmappedArea routine = entry->driver->unmapped_area();
    return routine != UnmappedArea::own_thp && routine != UnmappedArea::own_plain;
}

// MREMAP_FIXED without a change of size: VMA by VMA, gaps kept. Rules 5.3, E1
Result<Vpn> remap_move(Current& current, const Remap& remap) {
    const Vpn end = remap.addr + remap.old_pages;
    Vpn at = remap.addr;
    while (at < end) {
        const Vma* found = current.mm.vmas.find_vma(at);
        if (found == nullptr || found->start >= end) break;
        const Vma vma = *found;
        const bool first = at == remap.addr;
        if (first && at < vma.start) break;
        const bool alone = !multi_allowed(current.world, vma);
        if (alone && (!first || vma.end < end)) {
            return current.refuse(Errno::efault, Check::moves_alone, vma.range());
        }
        Remap part = remap;
        part.addr = std::max(at, vma.start);
        part.old_pages = std::min(end, vma.end) - part.addr;
        part.new_pages = part.old_pages;
        part.new_addr = remap.new_addr + (part.addr - remap.addr);
        TRY(check_prep_vma(current, part, vma));
        TRY(mremap_to(current, part, vma));
        // The next one has a destination of its own.
        current.effects.moved = true;
        current.effects.destination_lost.clear();
        current.effects.edges_cut = false;
        at = part.addr + part.old_pages;
    }
    if (at == remap.addr) return current.refuse(Errno::efault, Check::hole, at.bytes());
    return remap.new_addr;
}

Result<Vpn> mremap_at(Current& current, Remap& remap) {
    const Vma* found = vma_lookup(current.mm.vmas, remap.addr);
    if (found == nullptr) {
        return current.refuse(Errno::efault, Check::hole, remap.addr.bytes());
    }
    const Vma vma = *found;
    TRY(check_prep_vma(current, remap, vma));
    if (remap.implies_new_addr()) return mremap_to(current, remap, vma);
    if (remap.grows()) return expand(current, remap, vma);
    if (remap.shrinks()) TRY(shrink(current, remap));
    return remap.addr;
}

Result<std::uint64_t> do_mremap(Current& current, const MremapArgs& args) {
    Remap remap{.addr = vpn_of(args.addr),
                .old_pages = pages_round_up(args.old_length),
                .new_pages = pages_round_up(args.length),
                .flags = args.flags,
                .new_addr = vpn_of(args.new_addr),
                .new_addr_in_page = !page_aligned(args.new_addr),
                .placed_at = args.placed_at};
    TRY(check_params(current, args, remap.old_pages.bytes(), remap.new_pages.bytes()));
    if (current.profile().mremap_count == MremapCountRule::four_spare_on_every_call) {
        TRY(room_for_vmas(current, 4));
    }
    const bool moves_only =
        remap.fixed() && remap.old_pages == remap.new_pages && current.profile().multi_vma_mremap;
    const Vma* source = vma_lookup(current.mm.vmas, remap.addr);
    const bool locked = source != nullptr && source->flags.any(kVmLocked);
    const Vpn to = TRY(moves_only ? remap_move(current, remap) : mremap_at(current, remap));
    if (locked && remap.grows()) {
        const VmRange grown{to + remap.old_pages, to + remap.new_pages};
        static_cast<void>(mm_populate(current, grown, PopulateErrors::ignore));
    }
    return to.bytes();
}

}  // namespace

Result<std::uint64_t> sys_mremap(Current& current, const MremapArgs& args) {
    current.op = MmOp::mremap;
    const Result<std::uint64_t> moved = do_mremap(current, args);
    if (!moved) tell_failed_move(current, moved.error());
    return moved;
}

}  // namespace mmsim
