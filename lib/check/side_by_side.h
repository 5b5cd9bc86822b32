// SPDX-License-Identifier: GPL-2.0-or-later
// What is expected and what came, in two columns.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mmsim {

struct SideRow {
    std::string expected, got;  // empty: the other side alone has such a row
    bool same = false;
};

// Rows that differ behind '!', with one row of context around them; "..." for what is left out.
std::string side_by_side(const std::vector<SideRow>& rows);

// Entries of two lists that stand side by side: the most that can, in order, of those that are the
// same; what is left between them in pairs as it comes.
struct AlignedEntry {
    std::optional<std::size_t> expected, got;
    bool same = false;
};
using SameEntry = std::function<bool(std::size_t expected, std::size_t got)>;
std::vector<AlignedEntry> align_lists(std::size_t expected, std::size_t got, const SameEntry& same);

}  // namespace mmsim
