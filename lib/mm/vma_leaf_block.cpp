// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vma_leaf_block.h"

#include <cstdint>
#include <new>
#include <sys/mman.h>

#include "mm/vma_tree_node.h"

namespace mmsim {

namespace {

// The block's own fields lie before the first place.
constexpr std::size_t kFirst = kCacheLine;
constexpr std::size_t kPlaces = (LeafBlock::kBytes - kFirst) / sizeof(VmaLeaf);
static_assert(sizeof(LeafBlock) <= kFirst && kFirst % alignof(VmaLeaf) == 0);

constexpr std::align_val_t kAlignment{LeafBlock::kBytes};

}  // namespace

LeafBlock* LeafBlock::make() {
    void* const memory = ::operator new(kBytes, kAlignment);
#ifdef MADV_HUGEPAGE
    // Advice only: without huge pages the leaves are as good, and slower.
    static_cast<void>(madvise(memory, kBytes, MADV_HUGEPAGE));
#endif
    return new (memory) LeafBlock;
}

LeafBlock& LeafBlock::of(void* place) {
    const std::size_t into = reinterpret_cast<std::uintptr_t>(place) % kBytes;
    return *reinterpret_cast<LeafBlock*>(static_cast<char*>(place) - into);
}

void* LeafBlock::take() {
    void* place = free_;
    if (place != nullptr) {
        free_ = free_->next;
    } else if (ever_taken_ != kPlaces) {
        place = reinterpret_cast<char*>(this) + kFirst + ever_taken_ * sizeof(VmaLeaf);
        ++ever_taken_;
    } else {
        return nullptr;
    }
    ++users_;
    return place;
}

void LeafBlock::give_back(void* place) {
    free_ = new (place) Place{free_};
    leave();
}

void LeafBlock::leave() {
    if (--users_ != 0) return;
    this->~LeafBlock();
    ::operator delete(this, kAlignment);
}

}  // namespace mmsim
