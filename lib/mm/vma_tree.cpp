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
    const VmaLeaf* leaf = tree_->leaf_below(at_->start);
    *this = Cursor(tree_, leaf, leaf->vmas + leaf->count - 1);
    return true;
}

const VmaLeaf* VmaTree::leaf_above(Vpn page) const {
    const VmaNode* node = root_;
    for (unsigned level = height_; level > 1; --level) {
        node = as_inner(node)->child[as_inner(node)->first_above(page)];
    }
    return as_leaf(node);
}

const VmaLeaf* VmaTree::leaf_below(Vpn page) const {
    const VmaNode* node = root_;
    for (unsigned level = height_; level > 1; --level) {
        node = as_inner(node)->child[as_inner(node)->last_below(page)];
    }
    return as_leaf(node);
}

VmaTree::Cursor VmaTree::find(Vpn page) const {
    if (page.index >= last_end_.index) return end();
    const VmaLeaf* leaf = leaf_above(page);
    return Cursor(this, leaf, leaf->first_above(page));
}

VmaTree::Cursor VmaTree::end() const {
    if (root_ == nullptr) return Cursor();
    const VmaLeaf* leaf = leaf_below(last_end_);
    return Cursor(this, leaf, leaf->vmas + leaf->count);
}

const Vma* VmaTree::find_vma(Vpn page) const {
    if (page.index >= last_end_.index) return nullptr;
    return leaf_above(page)->first_above(page);
}

const Vma* VmaTree::find_below(Vpn page) const {
    if (page.index <= first_start_.index) return nullptr;
    return leaf_below(page)->last_below(page);
}

// --- keeping what inner nodes know of their children ----------------------------------------

void VmaTree::raise_gap(const Path& path, unsigned level, Pages gap) const {
    for (; level < height_; ++level) {
        std::uint64_t& known = path.at[level].node->gap[path.at[level].slot];
        if (known >= gap.count) return;
        known = gap.count;
    }
}

void VmaTree::first_changed(const Path& path, Vpn start) {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, slot] = path.at[level];
        node->first_start[slot] = start;
        if (slot > 0) return raise_gap(path, level + 1, start - node->last_end[slot - 1]);
    }
    first_start_ = start;
}

void VmaTree::last_changed(const Path& path, Vpn end) {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, slot] = path.at[level];
        node->last_end[slot] = end;
        if (slot + 1 < node->count) {
            return raise_gap(path, level + 1, node->first_start[slot + 1] - end);
        }
    }
    last_end_ = end;
}

VmaLeaf* VmaTree::edit_leaf(Vpn page, Path& path) {
    VmaNode** link = &root_;
    for (unsigned level = height_ - 1; level > 0; --level) {
        VmaInner* inner = as_inner(own(*link));
        const unsigned slot = inner->first_above(page);
        path.at[level] = {inner, slot};
        link = &inner->child[slot];
    }
    return as_leaf(own(*link));
}

// --- changing a record ----------------------------------------------------------------------

// Whether the VMA in `slot` may have this range without passing its neighbours.
bool VmaTree::keeps_order(const Path& path, const VmaLeaf& leaf, unsigned slot,
                          VmRange range) const {
    Vpn below{0};
    Vpn above = kUnusedKey;
    if (slot > 0) below = leaf.vmas[slot - 1].end;
    if (slot + 1u < leaf.count) above = leaf.vmas[slot + 1].start;
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, child] = path.at[level];
        if (below.index == 0 && child > 0) below = node->last_end[child - 1];
        if (above == kUnusedKey && child + 1u < node->count) above = node->first_start[child + 1];
    }
    return below <= range.start() && range.end() <= above;
}

void VmaTree::assign(Vpn start, const Vma& vma) {
    MMSIM_ASSERT(start.index < last_end_.index && vma.start.index < vma.end.index);
    Path path;
    VmaLeaf& leaf = *edit_leaf(start, path);
    const unsigned slot = leaf.slot_of(leaf.first_above(start));
    Vma& old = leaf.vmas[slot];
    MMSIM_ASSERT(old.start.index == start.index);
    const Vpn end = old.end;
    const bool shrinks = start.index <= vma.start.index && vma.end.index <= end.index;
    if (!shrinks && !keeps_order(path, leaf, slot, vma.range())) {
        const Vma copy = vma;
        erase(start);
        insert(copy);
        return;
    }

    old = vma;
    if (vma.start.index != start.index) {
        if (slot == 0) {
            first_changed(path, vma.start);
        } else {
            raise_gap(path, 1, vma.start - leaf.vmas[slot - 1].end);
        }
    }
    if (vma.end.index != end.index) {
        if (slot + 1u == leaf.count) {
            last_changed(path, vma.end);
        } else {
            raise_gap(path, 1, leaf.vmas[slot + 1].start - vma.end);
        }
    }
}

}  // namespace mmsim
