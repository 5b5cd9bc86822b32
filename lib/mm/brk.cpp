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
    if (!may_expand_vm(current, flags, pages)) return Errno::enomem;
    if (beyond_map_limit(current, current.mm.map_count)) return Errno::enomem;
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

bool shrink(Current& current, Vpn new_break, Vpn old_break) {
    const Vma* heap = current.mm.vmas.find_vma(new_break);
    if (heap == nullptr || heap->start >= old_break) return false;
    return static_cast<bool>(do_munmap(current, VmRange{new_break, old_break}));
}

bool grow(Current& current, Vpn old_break, Vpn new_break) {
    const VmRange range{old_break, new_break};
    const AreaRequest fixed{
        .hint = old_break.bytes(), .pages = range.pages(), .pgoff = {}, .file = {}, .fixed = true};
    if (!get_unmapped_area(current, fixed)) return false;
    if (!mlock_future_ok(current, current.mm.def_flags, range.pages())) return false;
    // A page stays free below the next mapping, more below a stack.
    const Vma* next = current.mm.vmas.find_vma(old_break);
    if (next != nullptr && new_break + Pages{1} > vm_start_gap(*next)) {
        const bool in_the_way = next->start < new_break;
        if (in_the_way || current.refuses(true)) return false;
    }
    return static_cast<bool>(do_brk_flags(current, range));
}

}  // namespace

std::uint64_t sys_brk(Current& current, std::uint64_t addr) {
    current.op = MmOp::brk;
    Mm& mm = current.mm;
    if (addr < mm.layout.start_brk) return mm.brk;
    const std::uint64_t data_limit = mm.limits.data;
    const bool too_much = data_limit != kUnlimited && addr - mm.layout.start_brk > data_limit;
    if (current.refuses(too_much)) return mm.brk;
    const Pages wanted = pages_round_up(addr);
    if (!wanted && addr != 0) return mm.brk;
    const Vpn new_break{wanted.count};
    const Vpn old_break{pages_round_up(mm.brk).count};
    bool done = new_break == old_break;
    if (new_break < old_break) done = shrink(current, new_break, old_break);
    if (new_break > old_break) done = grow(current, old_break, new_break);
    if (!done) return mm.brk;
    mm.brk = addr;
    if (new_break > old_break && mm.def_flags.any(kVmLocked)) {
        static_cast<void>(
            mm_populate(current, VmRange{old_break, new_break}, PopulateErrors::ignore));
    }
    return mm.brk;
}

}  // namespace mmsim
