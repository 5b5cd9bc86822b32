// SPDX-License-Identifier: GPL-2.0-or-later
// Memory for the leaves of a large VmaTree: blocks for which the system is asked for huge pages, so
// that a visit to a leaf that no cache holds does not begin with a walk of the page tables.
#pragma once

#include <cstddef>

namespace mmsim {

class LeafBlock {
public:
    static constexpr std::size_t kBytes = std::size_t{2} << 20;  // its size and its alignment

    // Throws std::bad_alloc.
    static LeafBlock* make();

    // The block that a place lies in.
    static LeafBlock& of(void* place);

    // A place for a leaf, or null where none is left.
    void* take();
    // REQUIRES: taken from here. Ends the block when it is the last one and nobody holds the block.
    void give_back(void* place);

    // Whoever takes places one after another holds the block, so that it does not end in between.
    void hold() { ++users_; }
    void let_go() { leave(); }

private:
    LeafBlock() = default;
    ~LeafBlock() = default;
    void leave();

    struct Place {
        Place* next;
    };
    Place* free_ = nullptr;       // places given back
    std::size_t ever_taken_ = 0;  // of the places, from the first on
    std::size_t users_ = 0;       // places taken, and holders
};

}  // namespace mmsim
