// SPDX-License-Identifier: GPL-2.0-or-later
// The nodes of a VmaTree and what can be done to one or two of them. For vma_tree*.cpp only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/page.h"
#include "mm/vma.h"
#include "mm/vma_tree.h"

namespace mmsim {

// The key of an unused slot is above every page, or below every page in front of the slots in use:
// a search of fixed length over the whole array needs to know nothing of counts.
inline constexpr Vpn kUnusedKey{~std::uint64_t{0}};
inline constexpr Vpn kUnusedFrontKey{0};

inline constexpr std::size_t kCacheLine = 64;  // bytes

// Trees of more VMAs have their leaves outside of the inner caches.
inline constexpr std::size_t kManyVmas = 16384;

// The gap of a subtree that nobody has looked at.
inline constexpr std::uint64_t kUnknownGap = ~std::uint64_t{0};

struct VmaNode {
    std::uint32_t refs = 1;  // parents and trees that point here
    std::uint8_t count = 0;  // slots in use
    std::uint8_t level = 0;  // 0: a leaf
    std::uint8_t front = 0;  // unused slots before those in use; always 0 in inner nodes
    bool in_block = false;   // a leaf that lies in a LeafBlock
};

// The first of kSlots places from `at` on where `below` is false, in a fixed number of steps.
// REQUIRES: there is one
template <unsigned kSlots, typename Place, typename Below>
inline Place search_slots(Place at, Below below) {
    if constexpr (kSlots == 1) {
        return at;
    } else {
        constexpr unsigned kHalf = kSlots / 2;
        return search_slots<kSlots - kHalf>(below(at, kHalf - 1) ? at + kHalf : at, below);
    }
}

// The ranges may overlap.
inline void move_vmas(Vma* to, const Vma* from, std::size_t n) {
    std::memmove(to, from, n * sizeof(Vma));
}

// The VMAs themselves, somewhere in the middle of the array: room on both sides lets an insertion
// or erasure move the shorter side.
struct VmaLeaf : VmaNode {
    static constexpr unsigned kCapacity = 24;
    // Neighbours that together have no more than kJoined become one. Looking for that is left
    // until an erasure leaves kSparse or fewer, so any two neighbours have more than kSparse.
    static constexpr unsigned kJoined = kCapacity * 7 / 8;
    static constexpr unsigned kSparse = kCapacity / 2;

    VmaLeaf() {
        Vma unused;
        unused.start = unused.end = kUnusedKey;
        std::uninitialized_fill_n(slots_, kCapacity, unused);
    }
    VmaLeaf(const VmaLeaf& other) : VmaNode{1, other.count, 0, other.front} {
        std::uninitialized_copy_n(other.slots_, kCapacity, slots_);
    }
    VmaLeaf& operator=(const VmaLeaf&) = delete;

    Vma* begin() { return slots_ + front; }
    Vma* end() { return slots_ + front + count; }
    const Vma* begin() const { return slots_ + front; }
    const Vma* end() const { return slots_ + front + count; }

    // The first VMA that ends above `page`. REQUIRES: there is one
    const Vma* first_above(Vpn page) const {
        const Vma* first = slots_;
        return search_slots<kCapacity>(
            first, [page](const Vma* at, std::size_t i) { return at[i].end.index <= page.index; });
    }
    Vma* first_above(Vpn page) {
        return const_cast<Vma*>(static_cast<const VmaLeaf*>(this)->first_above(page));
    }

    // Has the processor fetch the leaf, all lines at once: a search would ask for one after
    // another. Inlined by force, for GCC drops calls of a function that does nothing else.
    [[gnu::always_inline]] void fetch() const {
        const auto* const from = reinterpret_cast<const char*>(this);
#pragma GCC unroll 32
        for (std::size_t at = 0; at < sizeof *this; at += kCacheLine) __builtin_prefetch(from + at);
    }

    // A slot that is always there, in use or not.
    const Vma* some_slot() const { return slots_; }

    // Makes a place for one more VMA before `at` and returns it. Moves those before or those
    // behind, whichever are fewer. REQUIRES: the leaf is not full
    Vma* open(Vma* at);
    // Removes [from, to). Moves those before or those behind, whichever are fewer.
    void close(Vma* from, Vma* to);
    // Moves all to the slots from `to` on.
    void slide(std::size_t to);
    // Puts copies of `n` VMAs behind the last. REQUIRES: there is room
    void append(const Vma* from, std::size_t n);

private:
    static void mark_unused(Vma* from, Vma* to, Vpn key) {
        for (; from != to; ++from) from->start = from->end = key;
    }

    union {  // so that a copy need not fill the slots twice
        Vma slots_[kCapacity];
    };
};

inline Vma* VmaLeaf::open(Vma* at) {
    Vma* const first = begin();
    Vma* const last = end();
    const auto before = static_cast<std::size_t>(at - first);
    const auto behind = static_cast<std::size_t>(last - at);
    ++count;
    if (before < behind ? front != 0 : last == slots_ + kCapacity) {
        move_vmas(first - 1, first, before);
        --front;
        return at - 1;
    }
    move_vmas(at + 1, at, behind);
    return at;
}

inline void VmaLeaf::close(Vma* from, Vma* to) {
    Vma* const first = begin();
    Vma* const last = end();
    const auto before = static_cast<std::size_t>(from - first);
    const auto behind = static_cast<std::size_t>(last - to);
    const auto gone = static_cast<std::size_t>(to - from);
    if (before < behind) {
        move_vmas(first + gone, first, before);
        mark_unused(first, first + gone, kUnusedFrontKey);
        front = static_cast<std::uint8_t>(front + gone);
    } else {
        move_vmas(from, to, behind);
        mark_unused(last - gone, last, kUnusedKey);
    }
    count = static_cast<std::uint8_t>(count - gone);
}

// The subtrees below, each with what searches need to know about it without a look inside.
struct VmaInner : VmaNode {
    static constexpr unsigned kCapacity = 64;
    static constexpr unsigned kJoined = kCapacity * 3 / 4;
    static constexpr unsigned kSparse = kCapacity / 2;

    explicit VmaInner(unsigned its_level) {
        level = static_cast<std::uint8_t>(its_level);
        std::fill_n(last_end, kCapacity, kUnusedKey);
        std::fill_n(first_start, kCapacity, kUnusedKey);
    }
    VmaInner(const VmaInner& other) : VmaNode{1, other.count, other.level, 0} {
        std::copy_n(other.last_end, kCapacity, last_end);
        std::copy_n(other.first_start, kCapacity, first_start);
        std::copy_n(other.gap, other.count, gap);
        std::copy_n(other.child, other.count, child);
        for (std::size_t i = 0; i < count; ++i) ++child[i]->refs;
    }
    VmaInner& operator=(const VmaInner&) = delete;

    // The first child that ends above `page`. REQUIRES: there is one
    std::size_t first_above(Vpn page) const {
        return search_slots<kCapacity>(std::size_t{0}, [this, page](std::size_t at, std::size_t i) {
            return last_end[at + i].index <= page.index;
        });
    }

    void insert_child(std::size_t slot, VmaNode* node, Vpn start, Vpn end, std::uint64_t its_gap);
    // Forgets the children without giving up the references to them.
    void close_slots(std::size_t from, std::size_t to);
    void set_count(std::size_t to);
    // Takes the keys of a child from the child.
    void refresh(std::size_t slot);
    void raise_gap(std::size_t slot, std::uint64_t to) const {
        gap[slot] = std::max(gap[slot], to);
    }

    Vpn last_end[kCapacity];
    Vpn first_start[kCapacity];
    // No interval between two VMAs of the subtree is longer than this, and no inner node of the
    // subtree has more for a child. A change raises it when it must; a search for a gap that is
    // disappointed lowers it to the truth.
    mutable std::uint64_t gap[kCapacity];
    VmaNode* child[kCapacity];
};

inline VmaLeaf* as_leaf(VmaNode* node) { return static_cast<VmaLeaf*>(node); }
inline const VmaLeaf* as_leaf(const VmaNode* node) { return static_cast<const VmaLeaf*>(node); }
inline VmaInner* as_inner(VmaNode* node) { return static_cast<VmaInner*>(node); }
inline const VmaInner* as_inner(const VmaNode* node) { return static_cast<const VmaInner*>(node); }

// Gives up one reference.
void release(VmaNode* node);

// Makes `link` the only one that points to its node, by way of a copy where the node is shared.
VmaNode* copy_shared(VmaNode*& link);
inline VmaNode* own(VmaNode*& link) { return link->refs == 1 ? link : copy_shared(link); }

// Moves `n` VMAs between neighbours, left before right.
void shift_right(VmaLeaf& left, VmaLeaf& right, std::size_t n);
void shift_left(VmaLeaf& left, VmaLeaf& right, std::size_t n);
// Moves the children from slot `from` on to the empty node `right`.
void split_off(VmaInner& left, VmaInner& right, std::size_t from);

// Makes one of children `slot` and `slot + 1` when they are sparse, and the same of their
// children that become neighbours by it.
void join_sparse(VmaInner& parent, std::size_t slot);

// --- what every operation of the tree begins or ends with --------------------------------------

inline bool VmaTree::Finger::points_at(Vpn page) const {
    return page.index >= start.index && page.index < end.index;
}

inline bool VmaTree::Finger::may_write(Vpn page) const { return writable && points_at(page); }

inline Vma* VmaTree::Finger::above(Vpn page) {
    if (!is_near(page)) look(page);
    return const_cast<Vma*>(near);
}

inline void VmaTree::Finger::put_on(VmaLeaf* to) {
    leaf = to;
    near = to->some_slot();
}

inline void VmaTree::Finger::lift() {
    end = Vpn{0};
    near = &kNowhere;
}

inline VmaLeaf* VmaTree::seek(Vpn page) const {
    return finger_.points_at(page) ? finger_.leaf : descend(page);
}

inline VmaLeaf* VmaTree::seek_for_writing(Vpn page) {
    VmaLeaf* leaf = seek(page);
    return finger_.writable ? leaf : own_path();
}

inline void VmaTree::raise_gap(unsigned level, Pages gap) {
    for (; level < height_; ++level) {
        const auto [node, slot] = finger_.at[level];
        if (node->gap[slot] >= gap.count) return;
        node->gap[slot] = gap.count;
    }
}

}  // namespace mmsim
