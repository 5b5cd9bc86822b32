// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/split.h"

#include "mm/accounting.h"
#include "mm/driver_rules.h"

namespace mmsim {
namespace {

Result<> ask_may_split(Current& current, const Vma& vma, Vpn at) {
    if (auto failure = current.faults.pass(FailPoint::split_may_split, Errno::einval)) {
        return *failure;
    }
    const DriverEntry* entry = current.world.ops_of(vma.ops);
    if (entry == nullptr || !entry->hooks.has(Hook::may_split)) return {};
    const auto driver = entry->driver;
    HookCall call(current, vma.ops.driver(), Hook::may_split, vma.file);
    const Result<> allowed = driver->may_split(call, vma, at);
    tell_hook_ran(current, vma.ops.driver(), Hook::may_split, allowed.error());
    if (allowed || !current.refuses(true)) return {};
    return current.refuse(allowed.error(), Check::may_split, at.bytes());
}

// Which failure points stand for the allocations of a split made by this call.
FailPoint allocation_point(MmOp op) {
    switch (op) {
        case MmOp::mprotect:
            return FailPoint::mprotect_split;
        case MmOp::madvise:
            return FailPoint::madvise_split;
        case MmOp::mlock:
            return FailPoint::mlock_split;
        default:
            return FailPoint::split_alloc;
    }
}

}  // namespace

Result<> split_vma_unlimited(Current& current, Vma& vma, Vpn at, NewPiece piece) {
    MMSIM_ASSERT(vma.start < at && at < vma.end);
    TRY(ask_may_split(current, vma, at));
    for (const FailPoint point : {allocation_point(current.op), FailPoint::split_prealloc}) {
        if (auto failure = current.faults.pass(point, Errno::enomem)) return *failure;
    }
    World& world = current.world;
    Vma created = vma;
    created.id = {world.next_vma_id++};
    if (vma.anon_vma) world.anon_vmas.clone(created, vma);
    if (piece == NewPiece::below) {
        created.end = at;
        vma.move_start(at);
    } else {
        created.move_start(at);
        vma.end = at;
    }
    Vma& lower = piece == NewPiece::below ? created : vma;
    Vma& upper = piece == NewPiece::below ? vma : created;
    upper.start_made(current.stamp);
    link_file(world, created);
    run_open(current, created);
    current.mm.vmas.split(lower, upper);
    ++current.mm.map_count;
    current.tell(VmaSplit{.original = vma.id, .created = created.id, .at = at});
    return {};
}

Result<> split_vma(Current& current, Vma& vma, Vpn at, NewPiece piece) {
    TRY(room_for_vmas(current, 1));
    return split_vma_unlimited(current, vma, at, piece);
}

}  // namespace mmsim
