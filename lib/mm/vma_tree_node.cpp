// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vma_tree_node.h"

#include "base/assert.h"
#include "mm/vma_leaf_block.h"

namespace mmsim {

void VmaInner::insert_child(std::size_t slot, VmaNode* node, Vpn start, Vpn end,
                            std::uint64_t its_gap) {
    MMSIM_ASSERT(count < kCapacity);
    const auto put = [&](auto* array, auto value) {
        std::copy_backward(array + slot, array + count, array + count + 1);
        array[slot] = value;
    };
    put(last_end, end);
    put(first_start, start);
    put(gap, its_gap);
    put(child, node);
    ++count;
}

void VmaInner::close_slots(std::size_t from, std::size_t to) {
    const auto close = [&](auto* array) { std::copy(array + to, array + count, array + from); };
    close(last_end);
    close(first_start);
    close(gap);
    close(child);
    set_count(count - (to - from));
}

void VmaInner::set_count(std::size_t to) {
    for (std::size_t i = to; i < count; ++i) last_end[i] = first_start[i] = kUnusedKey;
    count = static_cast<std::uint8_t>(to);
}

void VmaInner::refresh(std::size_t slot) {
    const VmaNode* node = child[slot];
    if (level == 1) {
        first_start[slot] = as_leaf(node)->begin()->start;
        last_end[slot] = as_leaf(node)->end()[-1].end;
    } else {
        first_start[slot] = as_inner(node)->first_start[0];
        last_end[slot] = as_inner(node)->last_end[node->count - 1u];
    }
}

namespace {

void end_leaf(VmaLeaf* leaf) {
    if (!leaf->in_block) {
        delete leaf;
        return;
    }
    leaf->~VmaLeaf();
    LeafBlock::of(leaf).give_back(leaf);
}

}  // namespace

void release(VmaNode* node) {
    if (--node->refs != 0) return;
    if (node->level == 0) return end_leaf(as_leaf(node));
    VmaInner* inner = as_inner(node);
    for (std::size_t i = 0; i < inner->count; ++i) release(inner->child[i]);
    delete inner;
}

VmaNode* copy_shared(VmaNode*& link) {
    VmaNode* copy = nullptr;
    if (link->level == 0) {
        copy = new VmaLeaf(*as_leaf(link));
    } else {
        copy = new VmaInner(*as_inner(link));
    }
    --link->refs;
    return link = copy;
}

void VmaLeaf::slide(std::size_t to) {
    Vma* const first = begin();
    Vma* const last = end();
    move_vmas(slots_ + to, first, count);
    if (to > front) {
        mark_unused(first, slots_ + to, kUnusedFrontKey);
    } else {
        mark_unused(slots_ + to + count, last, kUnusedKey);
    }
    front = static_cast<std::uint8_t>(to);
}

void VmaLeaf::append(const Vma* from, std::size_t n) {
    if (front + count + n > kCapacity) slide((kCapacity - count - n) / 2);
    move_vmas(end(), from, n);
    count = static_cast<std::uint8_t>(count + n);
}

void shift_right(VmaLeaf& left, VmaLeaf& right, std::size_t n) {
    if (right.front < n) right.slide(n + (VmaLeaf::kCapacity - right.count - n) / 2);
    Vma* const moved = left.end() - n;
    move_vmas(right.begin() - n, moved, n);
    right.front = static_cast<std::uint8_t>(right.front - n);
    right.count = static_cast<std::uint8_t>(right.count + n);
    left.close(moved, left.end());
}

void shift_left(VmaLeaf& left, VmaLeaf& right, std::size_t n) {
    left.append(right.begin(), n);
    right.close(right.begin(), right.begin() + n);
}

void split_off(VmaInner& left, VmaInner& right, std::size_t from) {
    const std::size_t n = left.count - from;
    std::copy_n(left.last_end + from, n, right.last_end);
    std::copy_n(left.first_start + from, n, right.first_start);
    std::copy_n(left.gap + from, n, right.gap);
    std::copy_n(left.child + from, n, right.child);
    right.count = static_cast<std::uint8_t>(n);
    left.set_count(from);
}

namespace {

// The children of the right node move to the left one.
void append_children(VmaInner& left, VmaNode* right_node) {
    VmaInner& right = *as_inner(right_node);
    const std::size_t seam = left.count;
    for (std::size_t i = 0; i < right.count; ++i) {
        left.insert_child(left.count, right.child[i], right.first_start[i], right.last_end[i],
                          right.gap[i]);
        ++right.child[i]->refs;
    }
    release(right_node);
    if (seam > 0 && seam < left.count) join_sparse(left, seam - 1);
}

}  // namespace

void join_sparse(VmaInner& parent, std::size_t slot) {
    const bool leaves = parent.level == 1;
    VmaNode* right = parent.child[slot + 1];
    const std::size_t joined = parent.child[slot]->count + right->count;
    if (joined > (leaves ? VmaLeaf::kJoined : VmaInner::kJoined)) return;

    VmaNode* left = own(parent.child[slot]);
    if (leaves) {
        as_leaf(left)->append(as_leaf(right)->begin(), right->count);
        release(right);
    } else {
        append_children(*as_inner(left), right);
    }
    parent.raise_gap(slot, parent.gap[slot + 1]);
    parent.raise_gap(slot, (parent.first_start[slot + 1] - parent.last_end[slot]).count);
    parent.close_slots(slot + 1, slot + 2);
    parent.refresh(slot);
}

}  // namespace mmsim
