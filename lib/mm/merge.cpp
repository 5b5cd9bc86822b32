// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/merge.h"

#include "mm/accounting.h"
#include "mm/split.h"

namespace mmsim {
namespace {

struct Neighbours {
    std::optional<Vma> prev;  // ends where the range starts
    std::optional<Vma> next;  // starts where the range ends
};

// The VMAs that touch an empty range.
Neighbours touching(const VmaTree& vmas, VmRange range) {
    Neighbours found;
    VmaTree::Cursor cursor = vmas.find(range.start());
    if (cursor && cursor->start == range.end()) found.next = *cursor;
    if (cursor.prev() && cursor->end == range.start()) found.prev = *cursor;
    return found;
}

// The VMAs that touch one of the tree.
Neighbours touching(const VmaTree& vmas, const Vma& middle) {
    Neighbours found;
    const VmaTree::Cursor at = vmas.find(middle.start);
    VmaTree::Cursor cursor = at;
    if (cursor.next() && cursor->start == middle.end) found.next = *cursor;
    cursor = at;
    if (cursor.prev() && cursor->end == middle.start) found.prev = *cursor;
    return found;
}

// Rule 4.1.1, last paragraph: a three-way merge also needs the outer two to agree.
bool anon_vmas_agree(const Vma& prev, const Vma& next) {
    return !prev.anon_vma || !next.anon_vma || prev.anon_vma == next.anon_vma;
}

VmFlags sticky_of(const Current& current, VmFlags flags) {
    return flags.only(current.profile().sticky);
}

// A VMA that a merge swallowed: its links go, no hook runs (rule 4.5).
void drop_merged(Current& current, Vma vma) {
    current.world.anon_vmas.unlink(vma);
    unlink_file(current.world, vma);
    current.mm.vmas.erase(vma.start);
    --current.mm.map_count;
}

void tell_merged(Current& current, MergeKind kind, const Vma& survivor, VmRange proposal,
                 const NewRangeOptions& options = {}) {
    const DriverId driver =
        survivor.file ? current.world.files[survivor.file.index].driver : DriverId{};
    current.tell(VmaMerged{.kind = kind,
                           .copied = options.copied_from != nullptr,
                           .extended = options.extend,
                           .survivor = survivor.id,
                           .driver = driver,
                           .after = survivor.range(),
                           .proposal = proposal});
}

// The target needs the anon_vma chain of `from`: cloning it can fail.
bool clone_fails(Current& current, const Vma& target, const Vma* from) {
    if (target.anon_vma || from == nullptr || !from->anon_vma) return false;
    return current.faults.pass(FailPoint::merge_anon_clone, Errno::enomem).has_value();
}
void clone_chain(Current& current, Vma& target, const Vma* from) {
    if (target.anon_vma || from == nullptr || !from->anon_vma) return;
    current.world.anon_vmas.clone(target, *from);
}

}  // namespace

MergeResult vma_merge_new_range(Current& current, const MergeProposal& proposal,
                                const NewRangeOptions& options) {
    if (!can_merge(proposal.flags)) return {};
    World& world = current.world;
    auto [prev, next] = touching(current.mm.vmas, proposal.range);

    const bool left = prev && barriers_to_left(world, *prev, proposal).none();
    bool right = next && !options.just_expand && barriers_to_right(world, proposal, *next).none() &&
                 (!left || anon_vmas_agree(*prev, *next));
    // Only the three-way merge deletes a VMA, and one with a close hook must not go. Rule 4.5
    if (left && right && world.ops_have(next->ops, Hook::close)) right = false;
    if (!left && !right) return {};

    const bool both = left && right;
    Vma target = left ? *prev : *next;
    const Vpn key = target.start;
    const Vma* chain_from = both && next->anon_vma ? &*next : options.copied_from;
    if (clone_fails(current, target, chain_from)) return {};
    if (current.faults.pass(FailPoint::merge_prealloc, Errno::enomem)) {
        return {.vma = {}, .out_of_memory = true};
    }
    VmFlags sticky = sticky_of(current, proposal.flags);
    clone_chain(current, target, chain_from);
    if (both) {
        sticky = sticky | sticky_of(current, next->flags);
        target.end = next->end;
        drop_merged(current, *next);
    } else if (left) {
        target.end = proposal.range.end();
    } else {
        target.move_start(proposal.range.start());
    }
    target.flags = target.flags | sticky;
    current.mm.vmas.assign(key, target);
    tell_merged(current,
                both   ? MergeKind::new_both
                : left ? MergeKind::new_left
                       : MergeKind::new_right,
                target, proposal.range, options);
    return {.vma = target};
}

namespace {

// Rule 4.3: the part `proposal.range` of `middle` with its new attributes, against the neighbours.
MergeResult merge_existing_range(Current& current, Vma middle, const MergeProposal& proposal) {
    if (!can_merge(proposal.flags)) return {};
    World& world = current.world;
    const bool at_start = proposal.range.start() == middle.start;
    const bool at_end = proposal.range.end() == middle.end;
    if (!at_start && !at_end) return {};
    auto [prev, next] = touching(current.mm.vmas, middle);

    const bool left = at_start && prev && barriers_to_left(world, *prev, proposal).none();
    bool right = at_end && next && barriers_to_right(world, proposal, *next).none() &&
                 (!left || anon_vmas_agree(*prev, *next));
    if (!left && !right) return {};
    const bool whole = at_start && at_end;
    if (whole && world.ops_have(middle.ops, Hook::close)) return {};
    if (left && right && world.ops_have(next->ops, Hook::close)) right = false;

    const bool both = left && right;
    Vma target = left ? *prev : *next;
    const Vpn key = target.start;
    const Vma* chain_from = both && next->anon_vma ? &*next : &middle;
    if (clone_fails(current, target, chain_from) ||
        current.faults.pass(FailPoint::merge_prealloc, Errno::enomem)) {
        return {.vma = {}, .out_of_memory = true};
    }
    VmFlags sticky = sticky_of(current, proposal.flags) | sticky_of(current, middle.flags);
    clone_chain(current, target, chain_from);
    if (whole) {
        drop_merged(current, middle);
    } else {
        const Vpn middle_key = middle.start;
        if (left) {
            middle.move_start(proposal.range.end());
        } else {
            middle.end = proposal.range.start();
        }
        current.mm.vmas.assign(middle_key, middle);
    }
    if (both) {
        sticky = sticky | sticky_of(current, next->flags);
        drop_merged(current, *next);
        target.end = next->end;
    } else if (left) {
        target.end = proposal.range.end();
    } else {
        target.move_start(proposal.range.start());
    }
    target.flags = target.flags | sticky;
    current.mm.vmas.assign(key, target);
    tell_merged(current,
                both   ? MergeKind::both
                : left ? MergeKind::left
                       : MergeKind::right,
                target, proposal.range);
    return {.vma = target};
}

}  // namespace

Result<Vma> vma_modify(Current& current, const Vma& middle, VmRange range,
                       const VmaChange& change) {
    MergeProposal proposal = MergeProposal::of(current.world, middle, range);
    proposal.flags = change.flags.value_or(middle.flags);
    proposal.attr = change.attr.value_or(middle.attr());
    MergeResult merged = merge_existing_range(current, middle, proposal);
    if (merged.vma) return *merged.vma;
    if (merged.out_of_memory) return Errno::enomem;

    Vma vma = middle;
    if (vma.start < range.start()) TRY(split_vma(current, vma, range.start(), NewPiece::below));
    if (range.end() < vma.end) TRY(split_vma(current, vma, range.end(), NewPiece::above));
    vma.flags = proposal.flags;
    vma.set_attr(proposal.attr);
    current.mm.vmas.assign(vma.start, vma);
    current.tell(VmaChanged{.id = vma.id, .range = vma.range()});
    return vma;
}

}  // namespace mmsim
