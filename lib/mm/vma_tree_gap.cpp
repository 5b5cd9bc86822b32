// SPDX-License-Identifier: GPL-2.0-or-later
// The search for free intervals in a VmaTree. Linux: mm/vma.c:unmapped_area(), maple tree gaps.
//
// A search goes through the tree in one direction and leaves out every subtree whose gaps are
// known to be too short. Where it finds that a subtree promised more than it has, it writes down
// the truth, so what is looked at in vain is looked at once per change.
#include <algorithm>

#include "mm/vma_tree.h"
#include "mm/vma_tree_node.h"

namespace mmsim {

namespace {

struct GapSearch {
    Pages need;
    VmRange window;

    // The part of [from, to) inside the window, if that is long enough.
    std::optional<VmRange> accept(Vpn from, Vpn to) const {
        from = std::max(from, window.start());
        to = std::min(to, window.end());
        if (from >= to || to - from < need) return std::nullopt;
        return VmRange{from, to};
    }

    // Whether a look into the child is worth while.
    bool promises(const VmaInner& parent, std::size_t slot) const {
        return parent.gap[slot] >= need.count && parent.first_start[slot] < window.end() &&
               parent.last_end[slot] > window.start();
    }

    // Nothing was found in the child.
    void learn(const VmaInner& parent, std::size_t slot) const;

    std::optional<VmRange> highest_below(const VmaNode* node) const;
    std::optional<VmRange> lowest_below(const VmaNode* node) const;
};

// The longest gap that the node admits to.
std::uint64_t widest_gap(const VmaNode* node) {
    std::uint64_t widest = 0;
    if (node->level == 0) {
        const VmaLeaf& leaf = *as_leaf(node);
        for (std::size_t i = 1; i < leaf.count; ++i) {
            widest = std::max(widest, (leaf.vmas[i].start - leaf.vmas[i - 1].end).count);
        }
        return widest;
    }
    const VmaInner& inner = *as_inner(node);
    for (std::size_t i = 0; i < inner.count; ++i) {
        widest = std::max(widest, inner.gap[i]);
        if (i > 0) {
            widest = std::max(widest, (inner.first_start[i] - inner.last_end[i - 1]).count);
        }
    }
    return widest;
}

void GapSearch::learn(const VmaInner& parent, std::size_t slot) const {
    const bool seen_whole =
        window.start() <= parent.first_start[slot] && parent.last_end[slot] <= window.end();
    if (seen_whole) parent.gap[slot] = widest_gap(parent.child[slot]);
}

// The highest gap between two VMAs below the node.
std::optional<VmRange> GapSearch::highest_below(const VmaNode* node) const {
    if (node->level == 0) {
        const VmaLeaf& leaf = *as_leaf(node);
        for (std::size_t i = leaf.count - 1u; i > 0 && leaf.vmas[i].start > window.start(); --i) {
            if (const auto gap = accept(leaf.vmas[i - 1].end, leaf.vmas[i].start)) return gap;
        }
        return std::nullopt;
    }
    const VmaInner& inner = *as_inner(node);
    for (std::size_t i = inner.count; i-- > 0;) {
        if (promises(inner, i)) {
            if (const auto gap = highest_below(inner.child[i])) return gap;
            learn(inner, i);
        }
        if (i == 0 || inner.first_start[i] <= window.start()) break;
        if (const auto gap = accept(inner.last_end[i - 1], inner.first_start[i])) return gap;
    }
    return std::nullopt;
}

// The lowest gap between two VMAs below the node.
std::optional<VmRange> GapSearch::lowest_below(const VmaNode* node) const {
    if (node->level == 0) {
        const VmaLeaf& leaf = *as_leaf(node);
        for (std::size_t i = 1; i < leaf.count && leaf.vmas[i - 1].end < window.end(); ++i) {
            if (const auto gap = accept(leaf.vmas[i - 1].end, leaf.vmas[i].start)) return gap;
        }
        return std::nullopt;
    }
    const VmaInner& inner = *as_inner(node);
    for (std::size_t i = 0; i < inner.count; ++i) {
        if (promises(inner, i)) {
            if (const auto gap = lowest_below(inner.child[i])) return gap;
            learn(inner, i);
        }
        if (i + 1u == inner.count || inner.last_end[i] >= window.end()) break;
        if (const auto gap = accept(inner.last_end[i], inner.first_start[i + 1])) return gap;
    }
    return std::nullopt;
}

}  // namespace

std::optional<VmRange> VmaTree::highest_gap(Pages need, VmRange window) const {
    const GapSearch search{need, window};
    if (root_ == nullptr) return search.accept(window.start(), window.end());
    if (const auto gap = search.accept(last_end_, window.end())) return gap;
    if (const auto gap = search.highest_below(root_)) return gap;
    return search.accept(window.start(), first_start_);
}

std::optional<VmRange> VmaTree::lowest_gap(Pages need, VmRange window) const {
    const GapSearch search{need, window};
    if (root_ == nullptr) return search.accept(window.start(), window.end());
    if (const auto gap = search.accept(window.start(), first_start_)) return gap;
    if (const auto gap = search.lowest_below(root_)) return gap;
    return search.accept(last_end_, window.end());
}

}  // namespace mmsim
