// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vma_tree.h"

#include <utility>

#include "base/assert.h"
#include "mm/vma_tree_node.h"

namespace mmsim {

VmaTree::VmaTree(const VmaTree& other)
    : root_(other.root_),
      size_(other.size_),
      height_(other.height_),
      first_start_(other.first_start_),
      last_end_(other.last_end_) {
    if (root_ != nullptr) ++root_->refs;
    copied_ = other.copied_ = true;
    other.finger_.writable = false;
}

VmaTree::VmaTree(VmaTree&& other) noexcept { swap(other); }

VmaTree& VmaTree::operator=(VmaTree other) noexcept {
    swap(other);
    return *this;
}

VmaTree::~VmaTree() {
    if (root_ != nullptr) release(root_);
}

void VmaTree::clear() { *this = VmaTree{}; }

void VmaTree::swap(VmaTree& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(size_, other.size_);
    std::swap(height_, other.height_);
    std::swap(first_start_, other.first_start_);
    std::swap(last_end_, other.last_end_);
    std::swap(copied_, other.copied_);
    finger_.end = other.finger_.end = Vpn{0};
}

// --- looking -------------------------------------------------------------------------------

VmaTree::Cursor::Cursor(const VmaTree* tree, const VmaLeaf* leaf, const Vma* at)
    : at_(at), leaf_begin_(leaf->vmas), leaf_end_(leaf->vmas + leaf->count), tree_(tree) {}

bool VmaTree::Cursor::next_leaf() {
    const Vpn end = leaf_end_[-1].end;
    if (end == tree_->last_end_) return false;
    *this = tree_->find(end);
    return true;
}

bool VmaTree::Cursor::prev_leaf() {
    if (at_ == nullptr || at_->start == tree_->first_start_) return false;
    const VmaLeaf* leaf = tree_->last_leaf_below(at_->start);
    *this = Cursor(tree_, leaf, leaf->vmas + leaf->count - 1);
    return true;
}

inline bool VmaTree::Finger::points_at(Vpn page) const {
    return page.index < end.index && page.index >= leaf->vmas[0].start.index;
}

const VmaLeaf* VmaTree::descend(Vpn page) const {
    VmaNode* node = root_;
    finger_.end = last_end_;
    if (height_ > 1) {
        Finger::Step* step = &finger_.at[height_ - 1];
        do {
            const VmaInner* inner = as_inner(node);
            step->node = as_inner(node);
            step->slot = inner->first_above(page);
            node = inner->child[step->slot];
        } while (--step != finger_.at);
        ++step;
        finger_.end = step->node->last_end[step->slot];
    }
    finger_.writable = !copied_;
    return finger_.leaf = as_leaf(node);
}

inline const VmaLeaf* VmaTree::seek(Vpn page) const {
    return finger_.points_at(page) ? finger_.leaf : descend(page);
}

const VmaLeaf* VmaTree::last_leaf_below(Vpn page) const {
    const VmaNode* node = root_;
    for (unsigned level = height_ - 1; level > 0; --level) {
        node = as_inner(node)->child[as_inner(node)->last_below(page)];
    }
    return as_leaf(node);
}

VmaTree::Cursor VmaTree::find(Vpn page) const {
    if (page.index >= last_end_.index) return end();
    const VmaLeaf* leaf = seek(page);
    return Cursor(this, leaf, leaf->first_above(page));
}

VmaTree::Cursor VmaTree::end() const {
    if (root_ == nullptr) return Cursor();
    const VmaLeaf* leaf = seek(Vpn{last_end_.index - 1});
    return Cursor(this, leaf, leaf->vmas + leaf->count);
}

const Vma* VmaTree::find_vma(Vpn page) const {
    if (finger_.points_at(page)) return finger_.leaf->first_above(page);
    if (page.index >= last_end_.index) return nullptr;
    return descend(page)->first_above(page);
}

const Vma* VmaTree::find_below(Vpn page) const {
    if (page.index <= first_start_.index) return nullptr;
    if (page.index > last_end_.index) page = last_end_;
    const VmaLeaf* leaf = seek(Vpn{page.index - 1});
    const Vma* vma = leaf->first_above(Vpn{page.index - 1});
    if (vma->start.index < page.index) return vma;
    if (vma != leaf->vmas) return vma - 1;
    leaf = last_leaf_below(page);
    return leaf->vmas + leaf->count - 1;
}

VmaLeaf* VmaTree::own_path() {
    VmaNode** link = &root_;
    for (unsigned level = height_ - 1; level > 0; --level) {
        auto& [node, slot] = finger_.at[level];
        node = as_inner(own(*link));
        link = &node->child[slot];
    }
    finger_.writable = true;
    return finger_.leaf = as_leaf(own(*link));
}

VmaLeaf* VmaTree::seek_for_writing(Vpn page) {
    seek(page);
    return finger_.writable ? finger_.leaf : own_path();
}

// --- keeping what inner nodes know of their children ----------------------------------------

void VmaTree::raise_gap(unsigned level, Pages gap) {
    for (; level < height_; ++level) {
        std::uint64_t& known = finger_.at[level].node->gap[finger_.at[level].slot];
        if (known >= gap.count) return;
        known = gap.count;
    }
}

void VmaTree::first_changed(Vpn start) {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, slot] = finger_.at[level];
        node->first_start[slot] = start;
        if (slot > 0) return raise_gap(level + 1, start - node->last_end[slot - 1]);
    }
    first_start_ = start;
}

void VmaTree::last_changed(Vpn end) {
    finger_.end = end;
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, slot] = finger_.at[level];
        node->last_end[slot] = end;
        if (slot + 1 < node->count) {
            return raise_gap(level + 1, node->first_start[slot + 1] - end);
        }
    }
    last_end_ = end;
}

// --- changing a record ----------------------------------------------------------------------

// Whether the VMA in `slot` may have this range without passing its neighbours.
bool VmaTree::keeps_order(std::size_t slot, VmRange range) const {
    const VmaLeaf& leaf = *finger_.leaf;
    Vpn below{0};
    Vpn above = kUnusedKey;
    if (slot > 0) below = leaf.vmas[slot - 1].end;
    if (slot + 1u < leaf.count) above = leaf.vmas[slot + 1].start;
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, child] = finger_.at[level];
        if (below.index == 0 && child > 0) below = node->last_end[child - 1];
        if (above == kUnusedKey && child + 1u < node->count) above = node->first_start[child + 1];
    }
    return below <= range.start() && range.end() <= above;
}

void VmaTree::assign(Vpn start, const Vma& vma) {
    MMSIM_ASSERT(start.index < last_end_.index && vma.start.index < vma.end.index);
    VmaLeaf& leaf = *seek_for_writing(start);
    const std::size_t slot = leaf.slot_of(leaf.first_above(start));
    Vma& old = leaf.vmas[slot];
    MMSIM_ASSERT(old.start.index == start.index);
    const Vpn end = old.end;
    const bool shrinks = start.index <= vma.start.index && vma.end.index <= end.index;
    if (!shrinks && !keeps_order(slot, vma.range())) {
        const Vma copy = vma;
        erase(start);
        insert(copy);
        return;
    }

    old = vma;
    if (vma.start.index != start.index) {
        if (slot == 0) {
            first_changed(vma.start);
        } else {
            raise_gap(1, vma.start - leaf.vmas[slot - 1].end);
        }
    }
    if (vma.end.index != end.index) {
        if (slot + 1u == leaf.count) {
            last_changed(vma.end);
        } else {
            raise_gap(1, leaf.vmas[slot + 1].start - vma.end);
        }
    }
}

}  // namespace mmsim
