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
        for (const Vma* vma = leaf.begin() + 1; vma != leaf.end(); ++vma) {
            widest = std::max(widest, (vma->start - vma[-1].end).count);
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

// The highest gap between two VMAs below the node, which reaches into the window.
std::optional<VmRange> GapSearch::highest_below(const VmaNode* node) const {
    if (node->level == 0) {
        const VmaLeaf& leaf = *as_leaf(node);
        const Vma* above = leaf.end() - 1;
        if (above->end >= window.end()) above = leaf.first_above(Vpn{window.end().index - 1});
        for (; above != leaf.begin() && above->start > window.start(); --above) {
            if (const auto gap = accept(above[-1].end, above->start)) return gap;
        }
        return std::nullopt;
    }
    const VmaInner& inner = *as_inner(node);
    std::size_t i = inner.count - 1u;
    if (inner.last_end[i] >= window.end()) i = inner.first_above(Vpn{window.end().index - 1});
    for (;; --i) {
        if (promises(inner, i)) {
            if (const auto gap = highest_below(inner.child[i])) return gap;
            learn(inner, i);
        }
        if (i == 0 || inner.first_start[i] <= window.start()) return std::nullopt;
        if (const auto gap = accept(inner.last_end[i - 1], inner.first_start[i])) return gap;
    }
}

// The lowest gap between two VMAs below the node, which reaches into the window.
std::optional<VmRange> GapSearch::lowest_below(const VmaNode* node) const {
    if (node->level == 0) {
        const VmaLeaf& leaf = *as_leaf(node);
        const Vma* below = leaf.first_above(window.start());
        if (below != leaf.begin()) --below;
        for (; below + 1 != leaf.end() && below->end < window.end(); ++below) {
            if (const auto gap = accept(below->end, below[1].start)) return gap;
        }
        return std::nullopt;
    }
    const VmaInner& inner = *as_inner(node);
    std::size_t i = inner.first_above(window.start());
    if (i > 0) --i;
    for (;; ++i) {
        if (promises(inner, i)) {
            if (const auto gap = lowest_below(inner.child[i])) return gap;
            learn(inner, i);
        }
        if (i + 1 == inner.count || inner.last_end[i] >= window.end()) return std::nullopt;
        if (const auto gap = accept(inner.last_end[i], inner.first_start[i + 1])) return gap;
    }
}

}  // namespace

std::optional<VmRange> VmaTree::highest_gap(Pages need, VmRange window) const {
    const GapSearch search{need, window};
    if (root_ == nullptr) return search.accept(window.start(), window.end());
    if (const auto gap = search.accept(last_end_, window.end())) return gap;
    if (first_start_ < window.end() && last_end_ > window.start()) {
        if (const auto gap = search.highest_below(root_)) return gap;
    }
    return search.accept(window.start(), first_start_);
}

std::optional<VmRange> VmaTree::lowest_gap(Pages need, VmRange window) const {
    const GapSearch search{need, window};
    if (root_ == nullptr) return search.accept(window.start(), window.end());
    if (const auto gap = search.accept(window.start(), first_start_)) return gap;
    if (first_start_ < window.end() && last_end_ > window.start()) {
        if (const auto gap = search.lowest_below(root_)) return gap;
    }
    return search.accept(last_end_, window.end());
}

}  // namespace mmsim
