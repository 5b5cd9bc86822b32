// SPDX-License-Identifier: GPL-2.0-or-later
// Why two touching ranges stay apart. Rule 4.1
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mmsim {

// A bit each, in the order the kernel asks.
enum class MergeBarrier : std::uint8_t {
    special,
    policy,
    flags,
    file,
    uffd,
    name,
    anon_vma,
    pgoff,
    anon_pgoff,
    close_hook,
};
inline constexpr std::size_t kMergeBarriers =
    static_cast<std::size_t>(MergeBarrier::close_hook) + 1;
std::string_view merge_barrier_name(MergeBarrier barrier);

struct MergeBarriers {
    std::uint16_t bits = 0;

    bool none() const { return bits == 0; }
    bool has(MergeBarrier b) const { return ((bits >> static_cast<unsigned>(b)) & 1) != 0; }
    void add(MergeBarrier b, bool stands) {
        bits = static_cast<std::uint16_t>(bits | (unsigned{stands} << static_cast<unsigned>(b)));
    }
};

}  // namespace mmsim
