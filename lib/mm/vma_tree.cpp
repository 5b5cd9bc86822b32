// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vma_tree.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "mm/vma_leaf_block.h"
#include "mm/vma_tree_node.h"

namespace mmsim {

const Vma VmaTree::Finger::kNowhere;

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
    let_block_go();
}

void VmaTree::let_block_go() {
    if (block_ != nullptr) block_->let_go();
    block_ = nullptr;
}

void VmaTree::clear() { *this = VmaTree{}; }

void VmaTree::swap(VmaTree& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(size_, other.size_);
    std::swap(height_, other.height_);
    std::swap(first_start_, other.first_start_);
    std::swap(last_end_, other.last_end_);
    std::swap(block_, other.block_);
    std::swap(copied_, other.copied_);
    finger_.lift();
    other.finger_.lift();
}

// --- looking -------------------------------------------------------------------------------

VmaTree::Cursor::Cursor(const VmaTree* tree, const VmaLeaf* leaf, const Vma* at)
    : at_(at), leaf_begin_(leaf->begin()), leaf_end_(leaf->end()), tree_(tree) {}

bool VmaTree::Cursor::next_leaf() {
    const Vpn end = leaf_end_[-1].end;
    if (end == tree_->last_end_) return false;
    *this = tree_->find(end);
    return true;
}

bool VmaTree::Cursor::prev_leaf() {
    if (at_ == nullptr || at_->start == tree_->first_start_) return false;
    tree_->seek(at_->start);
    const VmaLeaf* leaf = tree_->leaf_before();
    *this = Cursor(tree_, leaf, leaf->end() - 1);
    return true;
}

VmaLeaf* VmaTree::descend(Vpn page) const {
    VmaNode* node = root_;
    finger_.start = first_start_;
    finger_.end = last_end_;
    if (height_ > 1) {
        Finger::Step* step = &finger_.at[height_ - 1];
        do {
            step->node = as_inner(node);
            step->slot = as_inner(node)->first_above(page);
            node = as_inner(node)->child[step->slot];
        } while (--step != finger_.at);
        if (size_ > kManyVmas) as_leaf(node)->fetch();
        ++step;
        finger_.start = step->node->first_start[step->slot];
        finger_.end = step->node->last_end[step->slot];
    }
    finger_.writable = !copied_;
    finger_.leaf = as_leaf(node);
    finger_.near = finger_.leaf->first_above(page);
    return finger_.leaf;
}

const VmaLeaf* VmaTree::leaf_before() const {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [inner, slot] = finger_.at[level];
        if (slot == 0) continue;
        const VmaNode* node = inner->child[slot - 1];
        while (--level > 0) node = as_inner(node)->child[node->count - 1u];
        return as_leaf(node);
    }
    return nullptr;
}

const VmaLeaf* VmaTree::leaf_behind() const {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [inner, slot] = finger_.at[level];
        if (slot + 1 == inner->count) continue;
        const VmaNode* node = inner->child[slot + 1];
        while (--level > 0) node = as_inner(node)->child[0];
        return as_leaf(node);
    }
    return nullptr;
}

VmaTree::Cursor VmaTree::find(Vpn page) const {
    if (page.index >= last_end_.index) return end();
    const VmaLeaf* leaf = seek(page);
    return Cursor(this, leaf, finger_.above(page));
}

VmaTree::Cursor VmaTree::end() const {
    if (root_ == nullptr) return Cursor();
    const VmaLeaf* leaf = seek(Vpn{last_end_.index - 1});
    return Cursor(this, leaf, leaf->end());
}

void VmaTree::Finger::look(Vpn page) {
    // A hole in front of the VMA where the last search ended is near as well.
    const bool in_hole =
        page.index < near->start.index && near > leaf->begin() && near[-1].end.index <= page.index;
    if (!in_hole) near = leaf->first_above(page);
}

const Vma* VmaTree::find_afar(Vpn page) const {
    if (page.index >= last_end_.index) return nullptr;
    if (finger_.points_at(page)) {
        finger_.look(page);
    } else {
        descend(page);
    }
    return finger_.near;
}

const Vma* VmaTree::find_below(Vpn page) const {
    if (page.index <= first_start_.index) return nullptr;
    if (page.index > last_end_.index) page = last_end_;
    // The VMA that has the page below or comes next: this one, or the one after.
    const Vma* vma = find_vma(Vpn{page.index - 1});
    if (vma->start.index < page.index) return vma;
    if (vma != finger_.leaf->begin()) return vma - 1;
    return leaf_before()->end() - 1;
}

VmaTree::Touching VmaTree::touching_elsewhere(VmRange range) const {
    Touching found;
    if (range.start().index >= last_end_.index) {
        if (range.start() == last_end_) found.below = find_below(range.start());
        return found;
    }
    const Vma* at = find_vma(range.start());
    const VmaLeaf& leaf = *finger_.leaf;
    if (at != leaf.begin()) {
        if (at[-1].end == range.start()) found.below = at - 1;
    } else if (const VmaLeaf* before = leaf_before()) {
        if (before->end()[-1].end == range.start()) found.below = before->end() - 1;
    }
    if (at->start == range.start()) ++at;
    if (at != leaf.end()) {
        if (at->start == range.end()) found.above = at;
    } else if (const VmaLeaf* behind = leaf_behind()) {
        if (behind->begin()->start == range.end()) found.above = behind->begin();
    }
    return found;
}

// --- writing --------------------------------------------------------------------------------

VmaLeaf* VmaTree::own_path() {
    VmaNode** link = &root_;
    for (unsigned level = height_ - 1; level > 0; --level) {
        auto& [node, slot] = finger_.at[level];
        node = as_inner(own(*link));
        link = &node->child[slot];
    }
    finger_.writable = true;
    finger_.put_on(as_leaf(own(*link)));
    return finger_.leaf;
}

void VmaTree::first_changed(Vpn start) {
    finger_.start = start;
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

Vpn VmaTree::end_before() const {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, slot] = finger_.at[level];
        if (slot > 0) return node->last_end[slot - 1];
    }
    return Vpn{0};
}

Vpn VmaTree::start_behind() const {
    for (unsigned level = 1; level < height_; ++level) {
        const auto [node, slot] = finger_.at[level];
        if (slot + 1 < node->count) return node->first_start[slot + 1];
    }
    return kUnusedKey;
}

// The common case calls nothing that comes back, so that it need not save registers.
void VmaTree::assign(Vpn start, const Vma& vma) {
    if (!finger_.writable || !finger_.is_near(start)) return assign_elsewhere(start, vma);
    Vma& old = *finger_.above(start);
    MMSIM_ASSERT(old.start.index == start.index && vma.start.index < vma.end.index);
    if (vma.start.index == start.index && vma.end.index == old.end.index) {
        old = vma;
        return;
    }
    if (start.index == finger_.start.index || old.end.index == finger_.end.index) {
        return change_edge(old, vma);
    }
    const Vpn below = (&old)[-1].end;
    const Vpn above = (&old)[1].start;
    if (vma.start.index < below.index || vma.end.index > above.index) return move(start, vma);
    old = vma;
    raise_gap(1, Pages{std::max(vma.start.index - below.index, above.index - vma.end.index)});
}

void VmaTree::move_edge(Vpn from, Vpn to, std::uint32_t by) {
    auto* above = const_cast<Vma*>(finger_.near);
    if (above->end.index == from.index && from.index < finger_.end.index) ++above;
    const bool is_it = above->start.index == from.index && from.index != finger_.start.index;
    if (!is_it || !finger_.writable) return move_edge_elsewhere(from, to, by);
    Vma* const below = above - 1;
    MMSIM_ASSERT(to.index < above->end.index);
    MMSIM_ASSERT(below->end.index == from.index && below->start.index < to.index);
    below->end = to;
    above->move_start(to);
    above->start_made(by);
}

void VmaTree::move_edge_elsewhere(Vpn from, Vpn to, std::uint32_t by) {
    seek_for_writing(from);
    if (from.index != finger_.start.index) {
        MMSIM_ASSERT(finger_.above(from)->start.index == from.index);
        return move_edge(from, to, by);
    }
    Vma upper = *find_vma(from);
    MMSIM_ASSERT(upper.start.index == from.index && to.index < upper.end.index);
    Vma lower = *find_below(from);
    MMSIM_ASSERT(lower.end.index == from.index && lower.start.index < to.index);
    upper.move_start(to);
    upper.start_made(by);
    lower.end = to;
    // The one that shrinks goes first: they never overlap.
    if (to.index < from.index) assign(lower.start, lower);
    assign(from, upper);
    if (to.index > from.index) assign(lower.start, lower);
}

void VmaTree::touched(Vpn at, std::uint32_t by) {
    if (!finger_.may_write(at)) {
        // Mostly just behind the leaf: the call has made the VMA below.
        if (at.index >= last_end_.index) return;
        if (at.index == finger_.end.index && start_behind().index != at.index) return;
        seek_for_writing(at);
    }
    Vma& above = *finger_.above(at);
    if (above.start.index == at.index) above.touch_by = by;
}

void VmaTree::assign_elsewhere(Vpn start, const Vma& vma) {
    MMSIM_ASSERT(start.index < last_end_.index);
    seek_for_writing(start);
    finger_.above(start);
    MMSIM_ASSERT(finger_.is_near(start));
    assign(start, vma);
}

// Gives the first or the last VMA of the leaf under the finger another range.
void VmaTree::change_edge(Vma& old, const Vma& vma) {
    const bool is_first = old.start.index == finger_.start.index;
    const bool is_last = old.end.index == finger_.end.index;
    const Vpn below = is_first ? end_before() : (&old)[-1].end;
    const Vpn above = is_last ? start_behind() : (&old)[1].start;
    if (vma.start.index < below.index || vma.end.index > above.index) return move(old.start, vma);

    old = vma;
    if (is_first) {
        first_changed(vma.start);
    } else {
        raise_gap(1, vma.start - below);
    }
    if (is_last) {
        last_changed(vma.end);
    } else {
        raise_gap(1, above - vma.end);
    }
}

void VmaTree::move(Vpn start, const Vma& vma) {
    const Vma moved = vma;
    erase(start);
    insert(moved);
}

}  // namespace mmsim
