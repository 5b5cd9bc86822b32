// SPDX-License-Identifier: GPL-2.0-or-later
// The VMAs of one address space, ordered by address. Linux: the maple tree mm->mm_mt.
//
// A B+ tree whose nodes are shared between copies and copied when written, so a copy of a tree
// costs a pointer and two copies share what neither has changed. Finding, inserting, erasing,
// stepping and the search for a gap take logarithmic time; a VMA costs about 110 bytes.
// Not thread safe: two trees that share nodes belong to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/page.h"
#include "mm/vma.h"

namespace mmsim {

class VmaTree {
    struct Node;
    struct Leaf;
    struct Inner;
    static constexpr int kMaxHeight = 12;

public:
    // A place in the tree: at a VMA, or behind the last one. Any change of the tree ends it, and
    // so does the end of the tree.
    class Cursor {
    public:
        // False behind the last VMA.
        explicit operator bool() const;
        // REQUIRES: at a VMA
        const Vma& operator*() const;
        const Vma* operator->() const { return &**this; }
        // The next VMA up; false (and behind the last) when there is none.
        bool next();
        // The next VMA down, also from behind the last; false, without moving, at the first.
        bool prev();

    private:
        friend class VmaTree;
        struct Step {
            const Node* node = nullptr;
            unsigned slot = 0;
        };
        Step path_[kMaxHeight];  // root first; path_[depth_ - 1] is the leaf
        int depth_ = 0;
    };

    VmaTree() = default;
    VmaTree(const VmaTree& other);
    VmaTree(VmaTree&& other) noexcept;
    VmaTree& operator=(VmaTree other) noexcept;
    ~VmaTree();

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    // At the first VMA that ends above `page`. Linux: find_vma().
    Cursor find(Vpn page) const;
    Cursor first() const { return find(Vpn{0}); }
    // Behind the last VMA.
    Cursor end() const;

    // The first VMA that ends above `page`, or null; good until the tree changes.
    const Vma* find_vma(Vpn page) const;
    // The last VMA that starts below `page`, or null; good until the tree changes.
    const Vma* find_below(Vpn page) const;

    // REQUIRES: no VMA overlaps vma's range
    void insert(const Vma& vma);

    // Replaces the record of the VMA that starts at `start`. The new range may differ.
    // REQUIRES: such a VMA is there; the new range overlaps no other VMA
    void assign(Vpn start, const Vma& vma);

    // Removes the VMA that starts at `start`. REQUIRES: it is there
    void erase(Vpn start);

    // Removes every VMA in the range. REQUIRES: no VMA reaches over an edge of the range
    void erase_range(VmRange range);

    void clear();

    // The highest/lowest free interval of at least `need` pages inside `window`, clipped to it.
    // Free means: no VMA. Logarithmic.
    std::optional<VmRange> highest_gap(Pages need, VmRange window) const;
    std::optional<VmRange> lowest_gap(Pages need, VmRange window) const;

    // Bytes held by the nodes reachable from here, shared ones counted in full.
    std::size_t memory_bytes() const;

    // Checks order, fill, cached keys and gaps of every node; asserts when one is wrong. For tests.
    void check() const;

private:
    Node* root_ = nullptr;
    std::size_t size_ = 0;
    int height_ = 0;  // levels of nodes; 0: empty
};

}  // namespace mmsim
