// SPDX-License-Identifier: GPL-2.0-or-later
// What holds of every VmaTree, and how much memory it takes.
#include <algorithm>

#include "base/assert.h"
#include "mm/vma_tree.h"
#include "mm/vma_tree_node.h"

namespace mmsim {

namespace {

// What a walk over a subtree finds.
struct Found {
    std::size_t vmas = 0;
    Vpn first_start;
    Vpn last_end;
    std::uint64_t gap = 0;
};

Found check_leaf(const VmaLeaf& leaf) {
    MMSIM_ASSERT(leaf.count > 0 && leaf.front + leaf.count <= VmaLeaf::kCapacity);
    Found found{leaf.count, leaf.begin()->start, leaf.end()[-1].end, 0};
    for (const Vma& vma : leaf) {
        MMSIM_ASSERT(vma.start < vma.end);
        if (&vma == leaf.begin()) continue;
        const Vpn below = (&vma)[-1].end;
        MMSIM_ASSERT(below <= vma.start);
        found.gap = std::max(found.gap, (vma.start - below).count);
    }
    const Vma* const slots = leaf.begin() - leaf.front;
    for (const Vma* vma = slots; vma != leaf.begin(); ++vma) {
        MMSIM_ASSERT(vma->start == kUnusedFrontKey && vma->end == kUnusedFrontKey);
    }
    for (const Vma* vma = leaf.end(); vma != slots + VmaLeaf::kCapacity; ++vma) {
        MMSIM_ASSERT(vma->start == kUnusedKey && vma->end == kUnusedKey);
    }
    return found;
}

Found check_node(const VmaNode* node);

Found check_inner(const VmaInner& inner) {
    MMSIM_ASSERT(inner.count > 0 && inner.count <= VmaInner::kCapacity);
    const unsigned sparse = inner.level == 1 ? VmaLeaf::kSparse : VmaInner::kSparse;
    Found all;
    for (std::size_t i = 0; i < inner.count; ++i) {
        MMSIM_ASSERT(inner.child[i]->level + 1 == inner.level);
        const Found found = check_node(inner.child[i]);
        MMSIM_ASSERT(found.first_start == inner.first_start[i]);
        MMSIM_ASSERT(found.last_end == inner.last_end[i]);
        MMSIM_ASSERT(found.gap <= inner.gap[i]);
        all.vmas += found.vmas;
        all.gap = std::max(all.gap, inner.gap[i]);
        if (i == 0) continue;
        MMSIM_ASSERT(inner.last_end[i - 1] <= inner.first_start[i]);
        MMSIM_ASSERT(inner.child[i - 1]->count + inner.child[i]->count > sparse);
        all.gap = std::max(all.gap, (inner.first_start[i] - inner.last_end[i - 1]).count);
    }
    for (std::size_t i = inner.count; i < VmaInner::kCapacity; ++i) {
        MMSIM_ASSERT(inner.first_start[i] == kUnusedKey && inner.last_end[i] == kUnusedKey);
    }
    all.first_start = inner.first_start[0];
    all.last_end = inner.last_end[inner.count - 1u];
    return all;
}

Found check_node(const VmaNode* node) {
    MMSIM_ASSERT(node->refs > 0);
    return node->level == 0 ? check_leaf(*as_leaf(node)) : check_inner(*as_inner(node));
}

std::size_t bytes_below(const VmaNode* node) {
    if (node->level == 0) return sizeof(VmaLeaf);
    const VmaInner& inner = *as_inner(node);
    std::size_t bytes = sizeof(VmaInner);
    for (std::size_t i = 0; i < inner.count; ++i) bytes += bytes_below(inner.child[i]);
    return bytes;
}

}  // namespace

void VmaTree::check() const {
    if (root_ == nullptr) {
        MMSIM_ASSERT(size_ == 0 && height_ == 0);
        MMSIM_ASSERT(first_start_ == kUnusedKey && last_end_ == Vpn{0});
        return;
    }
    MMSIM_ASSERT(root_->level + 1u == height_ && height_ <= kMaxHeight);
    MMSIM_ASSERT(height_ == 1 || root_->count > 1);
    const Found found = check_node(root_);
    MMSIM_ASSERT(found.vmas == size_);
    MMSIM_ASSERT(found.first_start == first_start_ && found.last_end == last_end_);
}

std::size_t VmaTree::memory_bytes() const { return root_ == nullptr ? 0 : bytes_below(root_); }

}  // namespace mmsim
