// SPDX-License-Identifier: GPL-2.0-or-later
// Rule 5.4.
#include "mm/accounting.h"
#include "mm/fault.h"
#include "mm/gather.h"
#include "mm/ksm.h"
#include "mm/merge.h"
#include "mm/syscalls.h"
#include "mm/unmapped_area.h"

namespace mmsim {
namespace {

// The heap VMA that ends where the break was. One that lies wholly below start_brk is not the
// heap, even if it touches.
bool heap_ends_at(const Mm& mm, Vpn old_break) {
    const Vma* heap = mm.vmas.find_below(old_break);
    return heap != nullptr && heap->end == old_break && heap->end > vpn_of(mm.layout.start_brk);
}

Result<> do_brk_flags(Current& current, VmRange range) {
    VmFlags flags = kVmRead | kVmWrite | kVmAccount | kVmMayAccess | current.mm.def_flags;
    if (current.mm.read_implies_exec) flags = flags | kVmExec;
    const bool ksm_early = current.profile().ksm_flag_before_merge;
    if (ksm_early) flags = ksm_vma_flags(current, flags, {});
    const Pages pages = range.pages();
    TRY(may_expand_vm(current, flags, pages));
    TRY(room_for_vmas(current, 0));
    if (auto fault = current.faults.pass(FailPoint::brk_charge, Errno::enomem)) return *fault;
    TRY(charge(current, pages));
    const Pgoff pgoff{range.start().index};
    MergeResult merged;
    if (heap_ends_at(current.mm, range.start())) {
        const MergeProposal proposal{.range = range,
                                     .flags = flags,
                                     .file = {},
                                     .pgoff = pgoff,
                                     .anon_pgoff = pgoff,
                                     .attr = {},
                                     .anon_vma = {}};
        merged = vma_merge_new_range(current, proposal, {.just_expand = true});
    }
    const auto fault = merged.vma ? std::optional<Errno>{}
                                  : current.faults.pass(FailPoint::brk_alloc, Errno::enomem);
    if (merged.out_of_memory || fault) {
        uncharge(current, pages);
        return fault.value_or(Errno::enomem);
    }
    if (!merged.vma) {
        const Vma vma{.start = range.start(),
                      .end = range.end(),
                      .flags = ksm_early ? flags : ksm_vma_flags(current, flags, {}),
                      .pgoff = pgoff,
                      .anon_pgoff = pgoff,
                      .file = {},
                      .ops = kVmOpsAnonymous,
                      .anon_vma = {},
                      .chain = {},
                      .id = {current.world.next_vma_id++},
                      .start_by = current.stamp,
                      .touch_by = current.stamp};
        current.mm.vmas.insert(vma);
        current.mm.vmas.touched(vma.end, current.stamp);
        ++current.mm.map_count;
        current.tell(VmaCreated{vma});
    }
    current.mm.total_vm += pages;
    current.mm.data_vm += pages;
    if (flags.any(kVmLocked)) current.mm.locked_vm += pages;
    return {};
}

Result<> shrink(Current& current, Vpn new_break, Vpn old_break) {
    const Vma* heap = current.mm.vmas.find_vma(new_break);
    if (heap == nullptr || heap->start >= old_break) {
        return current.refuse(Errno::enomem, Check::hole, new_break.bytes());
    }
    return do_munmap(current, VmRange{new_break, old_break});
}

Result<> grow(Current& current, Vpn old_break, Vpn new_break) {
    const VmRange range{old_break, new_break};
    const AreaRequest fixed{
        .hint = old_break.bytes(), .pages = range.pages(), .pgoff = {}, .file = {}, .fixed = true};
    TRY(get_unmapped_area(current, fixed));
    TRY(mlock_future_ok(current, current.mm.def_flags, range.pages()));
    // A page stays free below the next mapping, more below a stack.
    const Vma* next = current.mm.vmas.find_vma(old_break);
    if (next != nullptr && new_break + Pages{1} > vm_start_gap(*next)) {
        const bool in_the_way = next->start < new_break;
        if (in_the_way || current.refuses(true)) {
            return current.refuse(Errno::enomem, Check::too_close, next->range());
        }
    }
    return do_brk_flags(current, range);
}

Result<> move_break(Current& current, std::uint64_t addr) {
    Mm& mm = current.mm;
    const std::uint64_t start = mm.layout.start_brk;
    if (addr < start) return current.refuse(Errno::enomem, Check::below_heap, start);
    const std::uint64_t data_limit = mm.limits.data;
    if (current.refuses(data_limit != kUnlimited && addr - start > data_limit)) {
        return current.refuse(Errno::enomem, Check::heap_limit, addr - start);
    }
    const Pages wanted = pages_round_up(addr);
    if (!wanted && addr != 0) return current.refuse(Errno::enomem, Check::break_wraps);
    const Vpn new_break{wanted.count};
    const Vpn old_break{pages_round_up(mm.brk).count};
    if (new_break < old_break) TRY(shrink(current, new_break, old_break));
    if (new_break > old_break) TRY(grow(current, old_break, new_break));
    mm.brk = addr;
    if (new_break > old_break && mm.def_flags.any(kVmLocked)) {
        static_cast<void>(
            mm_populate(current, VmRange{old_break, new_break}, PopulateErrors::ignore));
    }
    return {};
}

}  // namespace

std::uint64_t sys_brk(Current& current, std::uint64_t addr) {
    current.op = MmOp::brk;
    static_cast<void>(move_break(current, addr));
    return current.mm.brk;
}

}  // namespace mmsim
