// SPDX-License-Identifier: GPL-2.0-or-later
// A list that keeps its first entries and counts the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace mmsim {

// How many entries a list of a report keeps, so that memory does not grow with the events.
inline constexpr std::size_t kListCap = 10'000;
inline constexpr std::size_t kNoCap = std::numeric_limits<std::size_t>::max();

template <typename T>
struct CappedList {
    std::vector<T> items;
    std::uint64_t truncated = 0;  // entries that found no room

    // The entry is made only if there is room for it.
    template <typename Make>
    void add_with(std::size_t cap, Make&& make) {
        if (items.size() < cap) {
            items.push_back(std::forward<Make>(make)());
        } else {
            ++truncated;
        }
    }
    void add(std::size_t cap, T item) {
        add_with(cap, [&] { return std::move(item); });
    }

    std::uint64_t total() const { return items.size() + truncated; }
    bool empty() const { return items.empty(); }
};

}  // namespace mmsim
