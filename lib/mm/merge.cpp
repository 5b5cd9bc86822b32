// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/merge.h"

#include "mm/accounting.h"
#include "mm/split.h"

namespace mmsim {
namespace {

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

// The VMA whose anon_vma chain the target takes: `from`, or null where it needs none.
const Vma* chain_for(const Vma& target, const Vma* from) {
    return target.anon_vma || from == nullptr || !from->anon_vma ? nullptr : from;
}
bool clone_fails(Current& current, const Vma* chain_from) {
    return chain_from != nullptr &&
           current.faults.pass(FailPoint::merge_anon_clone, Errno::enomem).has_value();
}
void clone_chain(Current& current, Vma& target, const Vma* chain_from) {
    if (chain_from != nullptr) current.world.anon_vmas.clone(target, *chain_from);
}

VmFlags differing_flags(const World& world, MergeBarriers barriers, VmFlags a, VmFlags b) {
    if (!barriers.has(MergeBarrier::flags)) return {};
    return (a ^ b).without(world.profile->merge_ignores);
}

// For whoever has the call explained: all that keeps the range from its neighbours. `with_next`:
// what keeps it from `next` only because of how the rest of the merge would go.
void tell_judged(Current& current, const MergeProposal& proposal, const Vma* prev, const Vma* next,
                 MergeBarriers with_next = {}) {
    const World& world = current.world;
    const auto tell = [&](const Vma& neighbour, MergeBarriers barriers) {
        current.tell(MergeJudged{
            .proposal = proposal.range,
            .neighbour = neighbour.range(),
            .barriers = barriers,
            .differing = differing_flags(world, barriers, neighbour.flags, proposal.flags)});
    };
    if (prev != nullptr) tell(*prev, barriers_to_left(world, *prev, proposal));
    if (next == nullptr) return;
    MergeBarriers to_next = barriers_to_right(world, proposal, *next);
    to_next.bits = static_cast<std::uint16_t>(to_next.bits | with_next.bits);
    tell(*next, to_next);
}

}  // namespace

MergeResult vma_merge_new_range(Current& current, const MergeProposal& proposal,
                                const NewRangeOptions& options) {
    World& world = current.world;
    if (!can_merge(proposal.flags) && !current.detailed) return {};
    const auto [prev, next] = current.mm.vmas.touching(proposal.range);
    const Vma* above = options.just_expand ? nullptr : next;
    if (!can_merge(proposal.flags)) {
        tell_judged(current, proposal, prev, above);
        return {};
    }

    const bool left = prev != nullptr && joins_left(world, *prev, proposal);
    bool right = above != nullptr && joins_right(world, proposal, *above);
    MergeBarriers three_way;
    if (left && right) {
        three_way.add(MergeBarrier::anon_vma, !anon_vmas_agree(*prev, *next));
        // Only the three-way merge deletes a VMA, and one with a close hook must not go. Rule 4.5
        three_way.add(MergeBarrier::close_hook, world.ops_have(next->ops, Hook::close));
        right = three_way.none();
    }
    if (current.detailed) tell_judged(current, proposal, prev, above, three_way);
    if (!left && !right) return {};

    const bool both = left && right;
    Vma target = left ? *prev : *next;
    const Vpn key = target.start;
    const Vma* chain_from = chain_for(target, both && next->anon_vma ? next : options.copied_from);
    if (clone_fails(current, chain_from)) return {};
    if (current.faults.pass(FailPoint::merge_prealloc, Errno::enomem)) {
        return {.vma = {}, .out_of_memory = true};
    }
    clone_chain(current, target, chain_from);
    target.flags = target.flags | sticky_of(current, proposal.flags);
    if (both) {
        target.flags = target.flags | sticky_of(current, next->flags);
        target.end = next->end;
        drop_merged(current, *next);
    } else if (left) {
        target.end = proposal.range.end();
    } else {
        target.move_start(proposal.range.start());
        target.start_made(current.stamp);
    }
    current.mm.vmas.assign(key, target);
    if (!both && left && next != nullptr) current.mm.vmas.touched(target.end, current.stamp);
    current.tell(VmaMerged{.kind = both   ? MergeKind::new_both
                                   : left ? MergeKind::new_left
                                          : MergeKind::new_right,
                           .copied = options.copied_from != nullptr,
                           .extended = options.extend,
                           .swallowed = static_cast<std::uint8_t>(both),
                           .survivor = target.id,
                           .file = target.file,
                           .driver = world.file_driver(target.file),
                           .after = target.range(),
                           .proposal = proposal.range});
    return {.vma = target};
}

namespace {

enum class Attempt : std::uint8_t { not_merged, merged, out_of_memory };

// What an existing-range merge has decided. Pointers into the tree, good until it changes.
struct ExistingMerge {
    const Vma* target = nullptr;
    const Vma* deleted = nullptr;     // the right one of a three-way merge
    const Vma* chain_from = nullptr;  // see chain_for()
    MergeKind kind{};
};

// The rows of rule 4.3 in which the middle stays: the edge between it and the target moves.
void merge_part(Current& current, const MergeProposal& proposal, const Vma& middle,
                const ExistingMerge& merge) {
    VmaTree& vmas = current.mm.vmas;
    const Vma& target = *merge.target;
    const bool left = merge.kind == MergeKind::left;
    const VmFlags sticky = sticky_of(current, proposal.flags | middle.flags);
    if (merge.chain_from != nullptr || !target.flags.all(sticky)) [[unlikely]] {
        Vma changed = target;
        clone_chain(current, changed, merge.chain_from);
        changed.flags = changed.flags | sticky;
        vmas.assign(changed.start, changed);
    }
    const VmRange after = left ? VmRange{target.start, proposal.range.end()}
                               : VmRange{proposal.range.start(), target.end};
    const VmaId survivor = target.id;
    const FileId file = target.file;
    if (left) {
        vmas.move_edge(proposal.range.start(), proposal.range.end(), current.stamp);
    } else {
        vmas.move_edge(proposal.range.end(), proposal.range.start(), current.stamp);
    }
    current.tell(VmaMerged{.kind = merge.kind,
                           .survivor = survivor,
                           .file = file,
                           .driver = current.world.file_driver(file),
                           .after = after,
                           .proposal = proposal.range});
}

// The rows in which the middle goes, and with `both` the right one too.
void merge_whole(Current& current, const MergeProposal& proposal, const Vma middle,
                 const ExistingMerge& merge) {
    Vma grown = *merge.target;
    const Vpn key = grown.start;
    clone_chain(current, grown, merge.chain_from);
    grown.flags = grown.flags | sticky_of(current, proposal.flags | middle.flags);
    if (merge.kind == MergeKind::right) {
        grown.move_start(proposal.range.start());
        grown.start_by = current.stamp;
        grown.touch_by = middle.touch_by;  // the edge itself was there before
    } else {
        grown.end = proposal.range.end();
    }
    if (merge.deleted != nullptr) {
        const Vma deleted = *merge.deleted;
        grown.flags = grown.flags | sticky_of(current, deleted.flags);
        grown.end = deleted.end;
        drop_merged(current, deleted);
    }
    drop_merged(current, middle);
    current.mm.vmas.assign(key, grown);
    current.tell(VmaMerged{.kind = merge.kind,
                           .swallowed = static_cast<std::uint8_t>(merge.deleted != nullptr ? 2 : 1),
                           .survivor = grown.id,
                           .file = grown.file,
                           .driver = current.world.file_driver(grown.file),
                           .after = grown.range(),
                           .proposal = proposal.range});
}

// Rule 4.3: the part `proposal.range` of `middle` with its new attributes, against the neighbours.
Attempt merge_existing_range(Current& current, const Vma& middle, const MergeProposal& proposal) {
    const bool at_start = proposal.range.start() == middle.start;
    const bool at_end = proposal.range.end() == middle.end;
    if (!can_merge(proposal.flags) || (!at_start && !at_end)) return Attempt::not_merged;
    World& world = current.world;
    const auto [prev, next] = current.mm.vmas.touching(middle.range());
    if (current.detailed) [[unlikely]]
        tell_judged(current, proposal, at_start ? prev : nullptr, at_end ? next : nullptr);

    const bool left = at_start && prev != nullptr && joins_left(world, *prev, proposal);
    bool right = at_end && next != nullptr && joins_right(world, proposal, *next) &&
                 (!left || anon_vmas_agree(*prev, *next));
    const bool whole = at_start && at_end;
    if (!left && !right) return Attempt::not_merged;
    if (whole && world.ops_have(middle.ops, Hook::close)) return Attempt::not_merged;
    if (left && right && world.ops_have(next->ops, Hook::close)) right = false;

    const bool both = left && right;
    const Vma* target = left ? prev : next;
    const ExistingMerge merge{
        .target = target,
        .deleted = both ? next : nullptr,
        .chain_from = chain_for(*target, both && next->anon_vma ? next : &middle),
        .kind = both   ? MergeKind::both
                : left ? MergeKind::left
                       : MergeKind::right};
    if (clone_fails(current, merge.chain_from) ||
        current.faults.pass(FailPoint::merge_prealloc, Errno::enomem)) {
        return Attempt::out_of_memory;
    }
    if (whole) {
        merge_whole(current, proposal, middle, merge);
    } else {
        merge_part(current, proposal, middle, merge);
    }
    return Attempt::merged;
}

}  // namespace

Result<> vma_modify(Current& current, const Vma& middle, VmRange range, VmaChange change) {
    MergeProposal proposal = MergeProposal::of(current.world, middle, range);
    proposal.flags = change.flags;
    proposal.attr = change.attr;
    const Attempt attempt = merge_existing_range(current, middle, proposal);
    if (attempt == Attempt::merged) return {};
    if (attempt == Attempt::out_of_memory) return Errno::enomem;

    Vma vma = middle;
    if (vma.start < range.start()) TRY(split_vma(current, vma, range.start(), NewPiece::below));
    if (range.end() < vma.end) TRY(split_vma(current, vma, range.end(), NewPiece::above));
    vma_set(current, vma, change);
    return {};
}

void vma_set(Current& current, Vma vma, VmaChange change) {
    vma.flags = change.flags;
    vma.set_attr(change.attr);
    current.mm.vmas.assign(vma.start, vma);
    current.tell(VmaChanged{.id = vma.id, .range = vma.range()});
}

}  // namespace mmsim
