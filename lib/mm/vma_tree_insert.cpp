// SPDX-License-Identifier: GPL-2.0-or-later
// Putting VMAs into a VmaTree.
#include <algorithm>
#include <new>

#include "base/assert.h"
#include "mm/vma_leaf_block.h"
#include "mm/vma_tree.h"
#include "mm/vma_tree_node.h"

namespace mmsim {

namespace {

// A neighbour with more VMAs than this is not worth sharing a full leaf with: soon both were full.
constexpr unsigned kWorthSharing = VmaLeaf::kCapacity * 7 / 8;

// The neighbour of a child with the fewer slots in use, as the lower slot of the two.
std::size_t emptier_pair(const VmaInner& parent, std::size_t slot) {
    if (slot == 0) return 0;
    if (slot + 1u == parent.count) return slot - 1;
    return parent.child[slot - 1]->count < parent.child[slot + 1]->count ? slot - 1 : slot;
}

bool can_share(const VmaInner& parent, std::size_t slot) {
    if (parent.count == 1) return false;
    const std::size_t pair = emptier_pair(parent, slot);
    return parent.child[pair]->count + parent.child[pair + 1]->count <=
           VmaLeaf::kCapacity + kWorthSharing;
}

// Spreads the VMAs of the leaves at `pair` and `pair + 1` evenly.
void share(VmaInner& parent, std::size_t pair) {
    VmaLeaf& left = *as_leaf(own(parent.child[pair]));
    VmaLeaf& right = *as_leaf(own(parent.child[pair + 1]));
    const std::uint64_t seam = (right.begin()->start - left.end()[-1].end).count;
    const std::size_t half = (left.count + right.count) / 2u;
    if (left.count > half) {
        shift_right(left, right, left.count - half);
    } else {
        shift_left(left, right, half - left.count);
    }
    for (const std::size_t slot : {pair, pair + 1}) {
        parent.refresh(slot);
        parent.raise_gap(slot, std::max({seam, parent.gap[pair], parent.gap[pair + 1]}));
    }
}

// Puts an empty leaf behind the one in `slot`; its keys are to be set.
void add_leaf(VmaInner& parent, std::size_t slot, VmaLeaf* leaf) {
    const Vpn end = parent.last_end[slot];
    parent.insert_child(slot + 1, leaf, end, end, parent.gap[slot]);
}

// Makes two leaves of one and an empty one.
void split_alone(VmaInner& parent, std::size_t slot, VmaLeaf* right) {
    VmaLeaf& left = *as_leaf(own(parent.child[slot]));
    add_leaf(parent, slot, right);
    shift_right(left, *right, left.count / 2u);
    parent.refresh(slot);
    parent.refresh(slot + 1);
}

// Makes three leaves of two and an empty one.
void split_pair(VmaInner& parent, std::size_t pair, VmaLeaf* added) {
    VmaLeaf& left = *as_leaf(own(parent.child[pair]));
    VmaLeaf& middle = *as_leaf(own(parent.child[pair + 1]));
    VmaLeaf& right = *added;
    add_leaf(parent, pair + 1, added);
    const std::uint64_t seam = (middle.begin()->start - left.end()[-1].end).count;
    const std::uint64_t gap = std::max({seam, parent.gap[pair], parent.gap[pair + 1]});
    const std::size_t third = (left.count + middle.count) / 3u;
    shift_right(middle, right, third);
    shift_right(left, middle, left.count - third);
    for (const std::size_t slot : {pair, pair + 1, pair + 2}) {
        parent.refresh(slot);
        parent.raise_gap(slot, gap);
    }
}

}  // namespace

void VmaTree::insert(const Vma& vma) {
    if (!finger_.may_write(vma.start) || finger_.leaf->count == VmaLeaf::kCapacity) {
        return insert_elsewhere(vma);
    }
    // Between two VMAs of the leaf: nothing that inner nodes know changes.
    Vma* above = finger_.above(vma.start);
    MMSIM_ASSERT(vma.start.index < vma.end.index && vma.end.index <= above->start.index);
    *finger_.leaf->open(above) = vma;
    ++size_;
}

void VmaTree::split(const Vma& lower, const Vma& upper) {
    if (!finger_.may_write(lower.start) || finger_.leaf->count == VmaLeaf::kCapacity) {
        assign(lower.start, lower);
        return insert(upper);
    }
    Vma* const whole = finger_.above(lower.start);
    MMSIM_ASSERT(whole->start.index == lower.start.index && whole->end.index == upper.end.index);
    MMSIM_ASSERT(lower.start.index < lower.end.index && lower.end.index == upper.start.index);
    Vma* const place = finger_.leaf->open(whole + 1);
    place[-1] = lower;
    *place = upper;
    ++size_;
}

void VmaTree::insert_elsewhere(const Vma& vma) {
    MMSIM_ASSERT(vma.start.index < vma.end.index);
    if (root_ == nullptr) plant_leaf();
    const bool at_end = vma.start.index >= last_end_.index;
    VmaLeaf* leaf = seek_for_writing(at_end ? Vpn{last_end_.index - 1} : vma.start);
    Vma* above = at_end ? leaf->end() : finger_.above(vma.start);
    MMSIM_ASSERT(at_end || vma.end.index <= above->start.index);
    if (leaf->count == VmaLeaf::kCapacity) {
        const bool at_front = vma.start.index < first_start_.index;
        above = make_room(above, at_end     ? Growth::at_end
                                 : at_front ? Growth::at_front
                                            : Growth::inside);
        leaf = finger_.leaf;
    }

    Vma* place = leaf->open(above);
    *place = vma;
    ++size_;
    if (place == leaf->begin()) {
        first_changed(vma.start);
        if (leaf->count > 1) raise_gap(1, place[1].start - vma.end);
    }
    if (place + 1 == leaf->end()) {
        last_changed(vma.end);
        if (leaf->count > 1) raise_gap(1, vma.start - place[-1].end);
    }
}

// An empty leaf. Those of small trees, and of trees that had copies made of them or are such, come
// alone: a block would be too much for the few that there will be.
VmaLeaf* VmaTree::new_leaf() {
    if (size_ <= kManyVmas || copied_) return new VmaLeaf;
    // Best beside its neighbour, where one may have gone before.
    void* place = nullptr;
    if (finger_.leaf->in_block) place = LeafBlock::of(finger_.leaf).take();
    if (place == nullptr && block_ != nullptr) place = block_->take();
    if (place == nullptr) {
        let_block_go();
        block_ = LeafBlock::make();
        block_->hold();
        place = block_->take();
    }
    auto* const leaf = new (place) VmaLeaf;
    leaf->in_block = true;
    return leaf;
}

void VmaTree::plant_leaf() {
    auto* leaf = new VmaLeaf;
    leaf->slide(VmaLeaf::kCapacity / 2);
    root_ = leaf;
    height_ = 1;
}

void VmaTree::plant_root() {
    auto* root = new VmaInner(height_);
    root->insert_child(0, root_, first_start_, last_end_, kUnknownGap);
    root_ = root;
    finger_.at[height_] = {root, 0};
    ++height_;
}

// Makes the node at `level` on the way one that has room for another child.
void VmaTree::make_room_above(unsigned level, Growth growth) {
    auto& [node, slot] = finger_.at[level];
    if (node->count < VmaInner::kCapacity) return;
    if (level + 1 == height_) plant_root();
    make_room_above(level + 1, growth);

    std::size_t keep = VmaInner::kCapacity / 2;
    if (growth == Growth::at_end) keep = VmaInner::kCapacity - 1;
    if (growth == Growth::at_front) keep = 1;
    auto* right = new VmaInner(level);
    split_off(*node, *right, keep);

    auto& [parent, child] = finger_.at[level + 1];
    parent->insert_child(child + 1, right, right->first_start[0], parent->last_end[child],
                         parent->gap[child]);
    parent->refresh(child);
    if (slot >= keep) {
        node = right;
        slot -= keep;
        ++child;
    }
}

// Makes the full leaf under the finger one that has room, or finds another for the VMA that goes in
// before `above`. Returns where `above` is then.
Vma* VmaTree::make_room(const Vma* above, Growth growth) {
    auto slot = static_cast<std::size_t>(above - finger_.leaf->begin());
    if (height_ == 1) plant_root();
    auto& [parent, child] = finger_.at[1];
    if (growth != Growth::inside) {
        make_room_above(1, growth);
        if (growth == Growth::at_end) ++child;
        finger_.put_on(new_leaf());
        if (growth == Growth::at_front) finger_.leaf->slide(VmaLeaf::kCapacity);
        // The keys are for insert() to set.
        parent->insert_child(child, finger_.leaf, first_start_, last_end_, 0);
        return finger_.leaf->begin();
    }

    if (!can_share(*parent, child)) make_room_above(1, growth);
    std::size_t first = child;
    if (parent->count == 1) {
        split_alone(*parent, first, new_leaf());
    } else {
        first = emptier_pair(*parent, child);
        if (first < child) slot += parent->child[first]->count;
        if (can_share(*parent, child)) {
            share(*parent, first);
        } else {
            split_pair(*parent, first, new_leaf());
        }
    }
    for (child = first; slot > parent->child[child]->count; ++child) {
        slot -= parent->child[child]->count;
    }
    finger_.start = parent->first_start[child];
    finger_.end = parent->last_end[child];
    finger_.put_on(as_leaf(parent->child[child]));
    return finger_.leaf->begin() + slot;
}

}  // namespace mmsim
