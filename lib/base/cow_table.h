// SPDX-License-Identifier: GPL-2.0-or-later
// A table of slots with small numbers as handles, shared between copies until written.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/assert.h"

namespace mmsim {

// Slot 0 is never used, so an index of 0 can mean "none". Freed slots are used again, the one
// freed last first, so numbers stay small and memory grows with what lives.
template <typename T>
class CowTable {
public:
    // Number of slots ever in use at once, plus one: indices are below it.
    std::uint32_t bound() const { return bound_; }
    std::uint32_t live() const { return bound_ - 1 - static_cast<std::uint32_t>(free_.size()); }

    const T& operator[](std::uint32_t index) const {
        MMSIM_ASSERT(index != 0 && index < bound_);
        return (*blocks_[index / kBlock])[index % kBlock];
    }

    // The slot for writing; copies its block first where another table shares it.
    T& edit(std::uint32_t index) {
        MMSIM_ASSERT(index != 0 && index < bound_);
        auto& block = blocks_[index / kBlock];
        if (block.use_count() != 1) [[unlikely]]
            copy_block(block);
        return (*block)[index % kBlock];
    }

    std::uint32_t add(T value) {
        std::uint32_t index = bound_;
        if (!free_.empty()) {
            index = free_.back();
            free_.pop_back();
        } else {
            while (index / kBlock >= blocks_.size()) blocks_.push_back(std::make_shared<Block>());
            ++bound_;
        }
        edit(index) = std::move(value);
        return index;
    }

    void remove(std::uint32_t index) {
        edit(index) = T{};
        free_.push_back(index);
    }

private:
    // A write to a shared block copies all of it, so blocks of large values hold few.
    static constexpr std::size_t kBlock =
        std::bit_floor(std::clamp<std::size_t>(512 / sizeof(T), 1, 64));
    using Block = std::array<T, kBlock>;

    // Out of the way of edit().
    [[gnu::noinline]] static void copy_block(std::shared_ptr<Block>& block) {
        block = std::make_shared<Block>(*block);
    }

    std::vector<std::shared_ptr<Block>> blocks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t bound_ = 1;
};

}  // namespace mmsim
