// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "mm/merge.h"

namespace mmsim {
namespace {

// Rule 4.1.1: may a range whose anon_vma is `src` join `neighbour`?
bool anon_vma_compatible(const World& world, const Vma& neighbour, const MergeProposal& proposal) {
    const AnonVmaId src = proposal.anon_vma;
    const AnonVmaId tgt = neighbour.anon_vma;
    if (src == tgt) return true;
    if (src && tgt) return false;
    if (world.profile->anon_merge == AnonMergeRule::singular_neighbour) {
        return world.anon_vmas.chain_length(neighbour) == 1;
    }
    return tgt ? !world.anon_vmas.fork_child(neighbour) : !proposal.from_fork_child;
}

// Everything but offsets. `all`: name every barrier; else the first that stands is enough.
MergeBarriers attribute_barriers(const World& world, const Vma& neighbour,
                                 const MergeProposal& proposal, bool all) {
    MergeBarriers barriers;
    const VmFlags differing =
        (neighbour.flags ^ proposal.flags).without(world.profile->merge_ignores);
    if (!all && !differing.empty()) {  // the most frequent one
        barriers.add(MergeBarrier::flags, true);
        return barriers;
    }
    barriers.add(MergeBarrier::special, !can_merge(proposal.flags));
    barriers.add(MergeBarrier::flags, !differing.empty());
    barriers.add(MergeBarrier::file, neighbour.file != proposal.file);
    if (!all && !barriers.none()) return barriers;
    barriers.add(MergeBarrier::anon_vma, !anon_vma_compatible(world, neighbour, proposal));
    if (neighbour.attr() != proposal.attr) {
        const VmaAttrs& theirs = world.attrs[neighbour.attr()];
        const VmaAttrs& ours = world.attrs[proposal.attr];
        barriers.add(MergeBarrier::policy, theirs.policy != ours.policy);
        barriers.add(MergeBarrier::uffd, theirs.uffd_ctx != ours.uffd_ctx);
        barriers.add(MergeBarrier::name,
                     theirs.named != ours.named || theirs.anon_name != ours.anon_name);
    }
    return barriers;
}

// Rule 4.1 tests 7 and 7b. `below` covers the lower addresses.
template <typename Below, typename Above>
void add_offset_barriers(MergeBarriers& barriers, const World& world, const Below& below,
                         Pages below_pages, const Above& above, const MergeProposal& proposal) {
    barriers.add(MergeBarrier::pgoff, below.pgoff + below_pages != above.pgoff);
    const bool both =
        world.profile->anon_pgoff_contiguous && proposal.file && is_cow_mapping(proposal.flags);
    barriers.add(MergeBarrier::anon_pgoff,
                 both && below.anon_pgoff + below_pages != above.anon_pgoff);
}

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

MergeBarriers barriers_to_left(const World& world, const Vma& prev, const MergeProposal& proposal,
                               bool all) {
    MergeBarriers barriers = attribute_barriers(world, prev, proposal, all);
    if (!all && !barriers.none()) return barriers;
    add_offset_barriers(barriers, world, prev, prev.pages(), proposal, proposal);
    return barriers;
}

MergeBarriers barriers_to_right(const World& world, const MergeProposal& proposal, const Vma& next,
                                bool all) {
    MergeBarriers barriers = attribute_barriers(world, next, proposal, all);
    if (!all && !barriers.none()) return barriers;
    add_offset_barriers(barriers, world, proposal, proposal.range.pages(), next, proposal);
    return barriers;
}

MergeBarriers why_not_merged(const World& world, const Vma& left, const Vma& right) {
    const auto proposal = MergeProposal::of(world, right, right.range());
    MergeBarriers barriers = barriers_to_left(world, left, proposal, true);
    barriers.add(MergeBarrier::special, !can_merge(left.flags));
    barriers.add(MergeBarrier::close_hook, world.ops_have(right.ops, Hook::close));
    return barriers;
}

}  // namespace mmsim
