// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/gather.h"

#include <algorithm>

#include "mm/accounting.h"
#include "mm/ledger.h"
#include "mm/split.h"

namespace mmsim {
namespace {

// Tests once, and only where one VMA is to be cut twice. Rule 2.6
Result<> test_limit(Current& current, const Vma& first, VmRange range) {
    if (range.start() <= first.start || first.end <= range.end()) return {};
    if (auto failure = current.faults.pass(FailPoint::gather_limit, Errno::enomem)) {
        return *failure;
    }
    return room_for_vmas(current, 1);
}

Result<> test_sealed(Current& current, const Vma& vma) {
    if (auto failure = current.faults.pass(FailPoint::gather_sealed, Errno::eperm)) {
        return *failure;
    }
    if (current.refuses(vma.flags.any(kVmSealed))) {
        return current.refuse(Errno::eperm, Check::sealed, vma.range());
    }
    return {};
}

void count(const World& world, Gathered& gathered, const Vma& vma) {
    const Pages pages = vma.pages();
    ++gathered.vmas;
    gathered.closes |= world.ops_have(vma.ops, Hook::close);
    gathered.pages += pages;
    if (vma.flags.any(kVmLocked)) gathered.locked += pages;
    if (vma.flags.any(kVmAccount)) gathered.accounted += pages;
    if (Pages* counter = class_counter(gathered, vma.flags)) *counter += pages;
}

// A call that changed something though it failed: cut edges stay cut. What mremap leaves is told
// at its end, if it fails.
Errno tell_cut(Current& current, const Gathered& gathered, Errno error) {
    if (gathered.edge_splits == 0) return error;
    if (current.op == MmOp::mremap) {
        current.effects.edges_cut = true;
        current.effects.failed_at = gathered.failed_at;
    } else {
        current.tell(CallUnwound{.op = current.op,
                                 .point = gathered.failed_at,
                                 .error = error,
                                 .driver = {},
                                 .undone = {},
                                 .not_undone = {UnwindStep::edge_splits_left},
                                 .lost = {}});
    }
    return error;
}

}  // namespace

std::vector<VmRange> mapped_parts(const VmaTree& vmas, VmRange range) {
    std::vector<VmRange> parts;
    auto vma = vmas.find(range.start());
    for (; vma && vma->start < range.end(); vma.next()) {
        const Vpn start = std::max(vma->start, range.start());
        const Vpn end = std::min(vma->end, range.end());
        if (!parts.empty() && parts.back().end() == start) {
            parts.back() = VmRange{parts.back().start(), end};
        } else {
            parts.push_back(VmRange{start, end});
        }
    }
    return parts;
}

Result<> gather(Current& current, VmRange range, Gathered& gathered) {
    const VmaTree& vmas = current.mm.vmas;
    VmaTree::Cursor at = vmas.find(range.start());
    if (!at || at->start >= range.end()) return {};

    if (at->start < range.start()) {
        Vma vma = *at;
        gathered.failed_at = FailPoint::gather_limit;
        TRY(test_limit(current, vma, range));
        gathered.failed_at = FailPoint::gather_sealed;
        TRY(test_sealed(current, vma));
        gathered.failed_at = FailPoint::split_may_split;
        TRY(split_vma_unlimited(current, vma, range.start(), NewPiece::below));
        ++gathered.edge_splits;
        at = vmas.find(range.start());
    }
    do {
        gathered.failed_at = FailPoint::gather_sealed;
        TRY(test_sealed(current, *at));
        if (range.end() < at->end) {
            Vma vma = *at;
            gathered.failed_at = FailPoint::split_may_split;
            TRY(split_vma_unlimited(current, vma, range.end(), NewPiece::above));
            ++gathered.edge_splits;
            count(current.world, gathered, vma);
            break;
        }
        count(current.world, gathered, *at);
    } while (at->end < range.end() && at.next() && at->start < range.end());
    gathered.range = range;
    return {};
}

void clean_up_area(Current& current, const Gathered& gathered) {
    if (!gathered.range) return;
    VmaTree& vmas = current.mm.vmas;
    World& world = current.world;
    const VmRange range = *gathered.range;
    auto each = [&](auto visit) {
        for (auto cursor = vmas.find(range.start()); cursor && cursor->start < range.end();
             cursor.next()) {
            visit(*cursor);
        }
    };
    if (gathered.closes) each([&](const Vma& vma) { run_close(current, vma); });
    DepartingVmas departing;
    each([&](const Vma& vma) {
        departing.add(world, vma);
        if (vma.anon_vma) {
            Vma going = vma;
            world.anon_vmas.unlink(going);
        }
        const DriverId driver = world.file_driver(vma.file);
        current.tell(VmaRemoved{.id = vma.id, .range = vma.range(), .driver = driver});
        unlink_file(world, vma);
    });
    vmas.erase_range(range);
    if (!current.mm.guards.empty()) current.mm.guards.remove(range);
    departing.tell_unbalanced(current);
}

void complete_munmap(Current& current, const Gathered& gathered, bool uncharge_accounted) {
    Mm& mm = current.mm;
    mm.map_count -= gathered.vmas;
    mm.total_vm -= gathered.pages;
    mm.exec_vm -= gathered.exec_vm;
    mm.stack_vm -= gathered.stack_vm;
    mm.data_vm -= gathered.data_vm;
    mm.locked_vm -= gathered.locked;
    if (uncharge_accounted) uncharge(current, gathered.accounted);
}

Result<> do_munmap(Current& current, VmRange range, bool keep_charge) {
    Gathered gathered;
    if (auto done = gather(current, range, gathered); !done) {
        return tell_cut(current, gathered, done.error());
    }
    if (!gathered.range) return {};
    if (auto failure = current.faults.pass(FailPoint::munmap_prealloc, Errno::enomem)) {
        gathered.failed_at = FailPoint::munmap_prealloc;
        return tell_cut(current, gathered, *failure);
    }
    clean_up_area(current, gathered);
    complete_munmap(current, gathered, !keep_charge);
    return {};
}

}  // namespace mmsim
