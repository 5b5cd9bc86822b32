// SPDX-License-Identifier: GPL-2.0-or-later
// The VMAs of one address space, ordered by address. Linux: the maple tree mm->mm_mt.
//
// A B+ tree whose nodes are shared between copies and copied when written, so a copy of a tree
// costs a pointer and two copies share what neither has changed. Finding, inserting, erasing,
// stepping and the search for a gap take logarithmic time; a VMA costs about 105 bytes.
// Not thread safe, not even for looking, and two trees that share nodes belong to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/page.h"
#include "mm/vma.h"

namespace mmsim {

struct VmaNode;
struct VmaLeaf;
struct VmaInner;
class LeafBlock;

class VmaTree {
public:
    // A place in the tree: at a VMA, or behind the last one. Any change of the tree ends it, and
    // so does the end or the move of the tree.
    class Cursor {
    public:
        Cursor() = default;
        // False behind the last VMA.
        explicit operator bool() const { return at_ != leaf_end_; }
        // REQUIRES: at a VMA
        const Vma& operator*() const { return *at_; }
        const Vma* operator->() const { return at_; }
        // The next VMA up; false (and behind the last) when there is none.
        bool next() {
            if (at_ == leaf_end_) return false;
            return ++at_ != leaf_end_ || next_leaf();
        }
        // The next VMA down, also from behind the last; false, without moving, at the first.
        bool prev() {
            if (at_ == leaf_begin_) return prev_leaf();
            --at_;
            return true;
        }

    private:
        friend class VmaTree;
        Cursor(const VmaTree* tree, const VmaLeaf* leaf, const Vma* at);
        bool next_leaf();
        bool prev_leaf();

        // No path from the root: leaving a leaf is rare and costs one search.
        const Vma* at_ = nullptr;
        const Vma* leaf_begin_ = nullptr;
        const Vma* leaf_end_ = nullptr;
        const VmaTree* tree_ = nullptr;
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
    const Vma* find_vma(Vpn page) const {
        return finger_.is_near(page) ? finger_.near : find_afar(page);
    }
    // The last VMA that starts below `page`, or null; good until the tree changes.
    const Vma* find_below(Vpn page) const;
    // The VMAs that touch a range, or null; good until the tree changes.
    // REQUIRES: the range is that of a VMA, or no VMA overlaps it
    struct Touching {
        const Vma* below = nullptr;
        const Vma* above = nullptr;
    };
    Touching touching(VmRange range) const {
        const Vma* at = finger_.near;
        const bool is_it = at->start == range.start() && at->end == range.end();
        if (!is_it || at->start == finger_.start || at->end == finger_.end) {
            return touching_elsewhere(range);
        }
        return {at[-1].end == at->start ? at - 1 : nullptr,
                at[1].start == at->end ? at + 1 : nullptr};
    }

    // REQUIRES: no VMA overlaps vma's range
    void insert(const Vma& vma);

    // Replaces the record of the VMA that starts at `start`. The new range may differ.
    // REQUIRES: such a VMA is there; the new range overlaps no other VMA
    void assign(Vpn start, const Vma& vma);

    // Replaces a VMA by two. REQUIRES: there is one that starts where the lower does and ends where
    // the upper does; the two touch
    void split(const Vma& lower, const Vma& upper);

    // Moves the edge at which two VMAs touch; the offsets of the upper one follow, and its edge is
    // `by`'s. REQUIRES: one ends at `from`, one starts there; `to` is strictly inside one of them
    void move_edge(Vpn from, Vpn to, std::uint32_t by);

    // Writes down who made the VMA that starts at `at` touch the one below. Nothing where none
    // starts there.
    void touched(Vpn at, std::uint32_t by);

    // Removes the VMA that starts at `start`. REQUIRES: it is there
    void erase(Vpn start);

    // Removes every VMA in the range. REQUIRES: no VMA reaches over an edge of the range
    void erase_range(VmRange range);

    void clear();

    // The highest/lowest free interval of at least `need` pages inside `window`, clipped to it.
    // Free means: no VMA. Logarithmic, once the changes since the last search are paid for.
    std::optional<VmRange> highest_gap(Pages need, VmRange window) const;
    std::optional<VmRange> lowest_gap(Pages need, VmRange window) const;

    // Bytes held by the nodes reachable from here, shared ones counted in full.
    std::size_t memory_bytes() const;

    // Checks order, fill, cached keys and gaps of every node; asserts when one is wrong. For tests.
    void check() const;

private:
    // Nodes of the fullness that check() demands reach this when they fill a terabyte.
    static constexpr unsigned kMaxHeight = 10;

    // The leaf where the last search ended, and the way to it: calls come in bursts that concern
    // one place.
    struct Finger {
        VmaLeaf* leaf = nullptr;
        // Where in the leaf the last search ended, perhaps a slot that is not in use: most searches
        // of a call are for the same VMA. At `kNowhere` where there is no finger.
        const Vma* near = &kNowhere;
        Vpn start{0};           // of the first VMA in the leaf
        Vpn end{0};             // of the last; 0: there is no finger
        bool writable = false;  // neither the leaf nor a node on the way is shared
        // The inner nodes from the root (at the highest level) to the parent of the leaf (at
        // level 1), each with the slot of the child that is next on the way.
        struct Step {
            VmaInner* node;
            std::size_t slot;
        };
        Step at[kMaxHeight];

        static const Vma kNowhere;  // covers no page

        bool points_at(Vpn page) const;
        bool may_write(Vpn page) const;
        // The VMA where the last search ended covers the page.
        bool is_near(Vpn page) const {
            return page.index - near->start.index < near->end.index - near->start.index;
        }
        // The first VMA that ends above the page. REQUIRES: points_at(page)
        Vma* above(Vpn page);
        void look(Vpn page);
        void put_on(VmaLeaf* to);
        void lift();
    };
    // Where an insertion that overflows a leaf comes in: runs of ascending or descending addresses
    // leave full leaves behind.
    enum class Growth { inside, at_end, at_front };

    void swap(VmaTree& other) noexcept;

    // Put the finger on the leaf that has the first VMA that ends above `page`.
    // REQUIRES: there is such a VMA
    VmaLeaf* seek(Vpn page) const;
    VmaLeaf* descend(Vpn page) const;
    const Vma* find_afar(Vpn page) const;
    Touching touching_elsewhere(VmRange range) const;
    VmaLeaf* seek_for_writing(Vpn page);
    VmaLeaf* own_path();

    // For the leaf under the finger:
    // The leaf before it, the one behind it; null where there is none.
    const VmaLeaf* leaf_before() const;
    const VmaLeaf* leaf_behind() const;
    // The end of the last VMA before it, the start of the first behind it.
    Vpn end_before() const;
    Vpn start_behind() const;
    // And once it is writable:
    Vma* make_room(const Vma* above, Growth growth);
    void make_room_above(unsigned level, Growth growth);
    VmaLeaf* new_leaf();
    void let_block_go();
    void plant_leaf();
    void plant_root();
    // Its first start, its last end is another.
    void first_changed(Vpn start);
    void last_changed(Vpn end);
    // There is a gap between VMAs or children of the node below `level` on the way.
    void raise_gap(unsigned level, Pages gap);
    void change_edge(Vma& old, const Vma& vma);
    bool may_shrink(std::size_t by) const;
    void erase_here(Vma* from, Vma* to);

    // Not inlined, which would cost the common case saved registers.
    void assign_elsewhere(Vpn start, const Vma& vma);
    [[gnu::noinline]] void move_edge_elsewhere(Vpn from, Vpn to, std::uint32_t by);
    void insert_elsewhere(const Vma& vma);
    void move(Vpn start, const Vma& vma);
    void erase_across(VmRange range);
    void shrink_root();

    VmaNode* root_ = nullptr;
    std::size_t size_ = 0;
    unsigned height_ = 0;  // levels of nodes; 0: empty
    // What an inner node above the root would store. Empty: no page is below one, or above the
    // other.
    Vpn first_start_{~std::uint64_t{0}};
    Vpn last_end_{0};
    LeafBlock* block_ = nullptr;   // where leaves come from, once there are many
    mutable bool copied_ = false;  // nodes may be shared
    mutable Finger finger_;
};

}  // namespace mmsim
