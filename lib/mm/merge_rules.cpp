// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "mm/merge.h"

namespace mmsim {
namespace {

// Rule 4.1.1: may a range whose anon_vma is `src` join `neighbour`?
inline bool anon_vma_compatible(const World& world, const Vma& neighbour,
                                const MergeProposal& proposal) {
    const AnonVmaId src = proposal.anon_vma;
    const AnonVmaId tgt = neighbour.anon_vma;
    if (src == tgt) return true;
    if (src && tgt) return false;
    if (world.profile->anon_merge == AnonMergeRule::singular_neighbour) {
        return world.anon_vmas.chain_length(neighbour) == 1;
    }
    return tgt ? !world.anon_vmas.fork_child(neighbour) : !proposal.from_fork_child;
}

// Names the barriers to `note` until that has heard enough, and returns whether it has.
// Everything but offsets, the most frequent one first.
template <typename Note>
inline bool attribute_barriers(const World& world, const Vma& neighbour,
                               const MergeProposal& proposal, Note note) {
    using enum MergeBarrier;
    const VmFlags differing =
        (neighbour.flags ^ proposal.flags).without(world.profile->merge_ignores);
    if (note(flags, !differing.empty()) || note(special, !can_merge(proposal.flags)) ||
        note(file, neighbour.file != proposal.file) ||
        note(anon_vma, !anon_vma_compatible(world, neighbour, proposal))) {
        return true;
    }
    if (neighbour.attr() == proposal.attr) return false;
    const VmaAttrs& theirs = world.attrs[neighbour.attr()];
    const VmaAttrs& ours = world.attrs[proposal.attr];
    return note(policy, theirs.policy != ours.policy) || note(uffd, theirs.uffd != ours.uffd) ||
           note(name, theirs.named != ours.named || theirs.anon_name != ours.anon_name);
}

// Rule 4.1 tests 7 and 7b. `below` covers the lower addresses.
template <typename Below, typename Above, typename Note>
inline bool offset_barriers(const World& world, const Below& below, Pages below_pages,
                            const Above& above, const MergeProposal& proposal, Note note) {
    using enum MergeBarrier;
    if (note(pgoff, below.pgoff + below_pages != above.pgoff)) return true;
    const bool both =
        world.profile->anon_pgoff_contiguous && proposal.file && is_cow_mapping(proposal.flags);
    return note(anon_pgoff, both && below.anon_pgoff + below_pages != above.anon_pgoff);
}

template <typename Note>
inline bool left_barriers(const World& world, const Vma& prev, const MergeProposal& proposal,
                          Note note) {
    return attribute_barriers(world, prev, proposal, note) ||
           offset_barriers(world, prev, prev.pages(), proposal, proposal, note);
}

template <typename Note>
inline bool right_barriers(const World& world, const MergeProposal& proposal, const Vma& next,
                           Note note) {
    return attribute_barriers(world, next, proposal, note) ||
           offset_barriers(world, proposal, proposal.range.pages(), next, proposal, note);
}

constexpr auto kFirstBarrier = [](MergeBarrier, bool stands) { return stands; };

}  // namespace

std::string_view merge_barrier_name(MergeBarrier barrier) {
    static constexpr std::array<std::string_view, kMergeBarriers> kNames = {
        "special", "policy",   "flags", "file",       "uffd",
        "name",    "anon_vma", "pgoff", "anon_pgoff", "close_hook"};
    return kNames[static_cast<std::size_t>(barrier)];
}

MergeProposal MergeProposal::of(const World& world, const Vma& vma, VmRange part) {
    const Pages into = part.start() - vma.start;
    return {.range = part,
            .flags = vma.flags,
            .file = vma.file,
            .pgoff = vma.pgoff + into,
            .anon_pgoff = vma.anon_pgoff + into,
            .attr = vma.attr(),
            .anon_vma = vma.anon_vma,
            .from_fork_child = world.anon_vmas.fork_child(vma)};
}

bool joins_left(const World& world, const Vma& prev, const MergeProposal& proposal) {
    return !left_barriers(world, prev, proposal, kFirstBarrier);
}

bool joins_right(const World& world, const MergeProposal& proposal, const Vma& next) {
    return !right_barriers(world, proposal, next, kFirstBarrier);
}

MergeBarriers barriers_to_left(const World& world, const Vma& prev, const MergeProposal& proposal) {
    MergeBarriers all;
    left_barriers(world, prev, proposal, [&](MergeBarrier b, bool stands) {
        all.add(b, stands);
        return false;
    });
    return all;
}

MergeBarriers barriers_to_right(const World& world, const MergeProposal& proposal,
                                const Vma& next) {
    MergeBarriers all;
    right_barriers(world, proposal, next, [&](MergeBarrier b, bool stands) {
        all.add(b, stands);
        return false;
    });
    return all;
}

MergeBarriers why_not_merged(const World& world, const Vma& left, const Vma& right) {
    const auto proposal = MergeProposal::of(world, right, right.range());
    MergeBarriers barriers = barriers_to_left(world, left, proposal);
    barriers.add(MergeBarrier::special, !can_merge(left.flags));
    barriers.add(MergeBarrier::close_hook, world.ops_have(right.ops, Hook::close));
    return barriers;
}

}  // namespace mmsim
