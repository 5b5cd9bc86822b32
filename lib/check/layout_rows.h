// SPDX-License-Identifier: GPL-2.0-or-later
// Two lists of mappings set side by side.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace mmsim {

// T has a `start`. One side is null where only the other has a mapping that starts there.
template <typename T>
struct PairedMapping {
    const T* left = nullptr;
    const T* right = nullptr;
    bool same = false;
};

// Pairs what starts at the same address. REQUIRES: both ascend by start
template <typename T, typename Same>
std::vector<PairedMapping<T>> pair_mappings(const std::vector<const T*>& left,
                                            const std::vector<const T*>& right, Same same) {
    std::vector<PairedMapping<T>> pairs;
    auto l = left.begin();
    auto r = right.begin();
    while (l != left.end() || r != right.end()) {
        if (r == right.end() || (l != left.end() && (*l)->start < (*r)->start)) {
            pairs.push_back({*l++, nullptr, false});
        } else if (l == left.end() || (*r)->start < (*l)->start) {
            pairs.push_back({nullptr, *r++, false});
        } else {
            pairs.push_back({*l, *r, same(**l, **r)});
            ++l;
            ++r;
        }
    }
    return pairs;
}

// The rows that differ and their neighbours: what is worth showing. Row has a `same`.
template <typename Row>
std::vector<bool> near_differences(const std::vector<Row>& rows) {
    std::vector<bool> shown(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].same) continue;
        for (std::size_t j = i == 0 ? 0 : i - 1; j < std::min(rows.size(), i + 2); ++j) {
            shown[j] = true;
        }
    }
    return shown;
}

}  // namespace mmsim
