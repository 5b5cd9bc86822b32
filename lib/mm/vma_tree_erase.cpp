// SPDX-License-Identifier: GPL-2.0-or-later
// Taking VMAs out of a VmaTree.
#include <algorithm>

#include "base/assert.h"
#include "mm/vma_tree.h"
#include "mm/vma_tree_node.h"

namespace mmsim {

// Whether the leaf may lose this many VMAs without a look at the rest of the tree.
bool VmaTree::may_shrink(std::size_t by) const {
    const std::size_t left = finger_.leaf->count - by;
    if (left > VmaLeaf::kSparse) return true;
    if (left == 0) return false;
    if (height_ == 1) return true;
    const auto [parent, slot] = finger_.at[1];
    if (slot > 0 && parent->child[slot - 1]->count + left <= VmaLeaf::kJoined) return false;
    return slot + 1u == parent->count || parent->child[slot + 1]->count + left > VmaLeaf::kJoined;
}

// REQUIRES: something is left in the leaf
void VmaTree::erase_here(Vma* from, Vma* to) {
    VmaLeaf& leaf = *finger_.leaf;
    size_ -= static_cast<std::size_t>(to - from);
    if (from == leaf.begin()) {
        leaf.close(from, to);
        first_changed(leaf.begin()->start);
    } else if (to == leaf.end()) {
        leaf.close(from, to);
        last_changed(leaf.end()[-1].end);
    } else {
        raise_gap(1, to->start - from[-1].end);
        leaf.close(from, to);
    }
}

void VmaTree::erase(Vpn start) {
    MMSIM_ASSERT(start.index < last_end_.index);
    seek_for_writing(start);
    Vma* vma = finger_.above(start);
    MMSIM_ASSERT(vma->start.index == start.index);
    if (may_shrink(1)) return erase_here(vma, vma + 1);
    erase_across(vma->range());
}

void VmaTree::erase_range(VmRange range) {
    if (range.start() >= last_end_) return;
    VmaLeaf& leaf = *seek_for_writing(range.start());
    Vma* const from = finger_.above(range.start());
    Vma* const last = leaf.end();
    Vma* to = from;
    while (to != last && to->start.index < range.end().index) ++to;
    if (from == to) return;
    MMSIM_ASSERT(from->start.index >= range.start().index);
    const bool all = to != last || range.end().index <= start_behind().index;
    if (!all || !may_shrink(static_cast<std::size_t>(to - from))) return erase_across(range);
    MMSIM_ASSERT(to[-1].end.index <= range.end().index);
    erase_here(from, to);
}

namespace {

std::size_t count_vmas(const VmaNode* node) {
    if (node->level == 0) return node->count;
    std::size_t count = 0;
    for (std::size_t i = 0; i < node->count; ++i) count += count_vmas(as_inner(node)->child[i]);
    return count;
}

std::size_t erase_below(VmaNode* node, VmRange range, Pages hole);

std::size_t erase_in_leaf(VmaLeaf& leaf, VmRange range) {
    Vma* from = leaf.begin();
    while (from != leaf.end() && from->end <= range.start()) ++from;
    Vma* to = from;
    while (to != leaf.end() && to->start < range.end()) ++to;
    if (from == to) return 0;
    MMSIM_ASSERT(from->start >= range.start() && to[-1].end <= range.end());
    leaf.close(from, to);
    return static_cast<std::size_t>(to - from);
}

// Removes the range below one child, which loses its node when nothing is left.
std::size_t erase_in_child(VmaInner& parent, std::size_t slot, VmRange range, Pages hole) {
    VmaNode*& child = parent.child[slot];
    std::size_t erased = 0;
    if (range.contains({parent.first_start[slot], parent.last_end[slot]})) {
        erased = count_vmas(child);
        release(child);
        child = nullptr;
        return erased;
    }
    erased = erase_below(own(child), range, hole);
    parent.raise_gap(slot, hole.count);
    parent.refresh(slot);
    return erased;
}

// Removes the range below a node of this tree's own, of which something remains. `hole` is the
// gap that will be where the range was.
std::size_t erase_below(VmaNode* node, VmRange range, Pages hole) {
    if (node->level == 0) return erase_in_leaf(*as_leaf(node), range);

    VmaInner& inner = *as_inner(node);
    std::size_t from = 0;
    while (from < inner.count && inner.last_end[from] <= range.start()) ++from;
    std::size_t to = from;
    std::size_t erased = 0;
    for (; to < inner.count && inner.first_start[to] < range.end(); ++to) {
        erased += erase_in_child(inner, to, range, hole);
    }

    // Only the first and the last can have something left.
    std::size_t gone_from = from;
    std::size_t gone_to = to;
    while (gone_from < to && inner.child[gone_from] != nullptr) ++gone_from;
    while (gone_to > gone_from && inner.child[gone_to - 1] != nullptr) --gone_to;
    inner.close_slots(gone_from, gone_to);
    for (std::size_t i = std::min<std::size_t>(from + 3, inner.count); i > from; --i) {
        if (i >= 2) join_sparse(inner, i - 2);
    }
    return erased;
}

}  // namespace

// Removes the range wherever it lies, with the nodes that it empties. REQUIRES: the root is own
void VmaTree::erase_across(VmRange range) {
    if (range.contains({first_start_, last_end_})) return clear();
    const Vma* prev = find_below(range.start());
    const Vma* next = find_vma(range.end());
    const Pages hole = prev != nullptr && next != nullptr ? next->start - prev->end : Pages{0};
    size_ -= erase_below(root_, range, hole);
    finger_.lift();
    shrink_root();
}

void VmaTree::shrink_root() {
    while (root_->level > 0 && root_->count == 1) {
        VmaNode* only = as_inner(root_)->child[0];
        ++only->refs;
        release(root_);
        root_ = only;
        --height_;
    }
    if (root_->level == 0) {
        first_start_ = as_leaf(root_)->begin()->start;
        last_end_ = as_leaf(root_)->end()[-1].end;
    } else {
        first_start_ = as_inner(root_)->first_start[0];
        last_end_ = as_inner(root_)->last_end[root_->count - 1u];
    }
}

}  // namespace mmsim
