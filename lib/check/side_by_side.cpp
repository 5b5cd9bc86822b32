// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/side_by_side.h"

#include <algorithm>
#include <cstdint>

#include <spdlog/fmt/fmt.h>

#include "check/layout_rows.h"

namespace mmsim {

namespace {

// Two runs of entries without a pair in common, side by side.
void add_unequal(std::vector<AlignedEntry>& aligned, std::size_t e, std::size_t e_end,
                 std::size_t g, std::size_t g_end) {
    while (e < e_end || g < g_end) {
        AlignedEntry entry;
        if (e < e_end) entry.expected = e++;
        if (g < g_end) entry.got = g++;
        aligned.push_back(entry);
    }
}

// The length of the longest common subsequence of what begins at each pair of places.
class CommonLengths {
public:
    CommonLengths(std::size_t expected, std::size_t got, const SameEntry& same)
        : width_(got + 1), lengths_((expected + 1) * width_) {
        for (std::size_t e = expected; e-- > 0;) {
            for (std::size_t g = got; g-- > 0;) {
                lengths_[e * width_ + g] =
                    same(e, g) ? at(e + 1, g + 1) + 1 : std::max(at(e + 1, g), at(e, g + 1));
            }
        }
    }
    std::uint32_t at(std::size_t e, std::size_t g) const { return lengths_[e * width_ + g]; }

private:
    std::size_t width_;
    std::vector<std::uint32_t> lengths_;
};

// Above this it takes too long, and nobody reads a difference of that size: pairs as they come.
constexpr std::size_t kMostCompared = std::size_t{1} << 18;

}  // namespace

std::string side_by_side(const std::vector<SideRow>& rows) {
    const std::vector<bool> shown = near_differences(rows);
    std::size_t width = std::string_view("expected").size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (shown[i]) width = std::max(width, rows[i].expected.size());
    }
    std::string out = fmt::format("  {:<{}}   got\n", "expected", width);
    bool skipping = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!shown[i]) {
            if (!skipping) out += "  ...\n";
            skipping = true;
            continue;
        }
        skipping = false;
        const auto line = fmt::format("{} {:<{}} | {}", rows[i].same ? ' ' : '!', rows[i].expected,
                                      width, rows[i].got);
        out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return out;
}

std::vector<AlignedEntry> align_lists(std::size_t expected, std::size_t got,
                                      const SameEntry& same) {
    std::vector<AlignedEntry> aligned;
    std::size_t begin = 0;
    while (begin < expected && begin < got && same(begin, begin)) {
        aligned.push_back({begin, begin, true});
        ++begin;
    }
    std::size_t tail = 0;
    while (tail < expected - begin && tail < got - begin &&
           same(expected - tail - 1, got - tail - 1)) {
        ++tail;
    }
    const std::size_t rows = expected - begin - tail;
    const std::size_t columns = got - begin - tail;
    std::size_t e = 0;
    std::size_t g = 0;
    if (rows * columns <= kMostCompared) {
        const CommonLengths common(rows, columns, [&](std::size_t i, std::size_t j) {
            return same(begin + i, begin + j);
        });
        while (common.at(e, g) != 0) {
            std::size_t e_next = e;
            std::size_t g_next = g;
            while (!same(begin + e_next, begin + g_next)) {
                if (common.at(e_next + 1, g_next) >= common.at(e_next, g_next + 1)) {
                    ++e_next;
                } else {
                    ++g_next;
                }
            }
            add_unequal(aligned, begin + e, begin + e_next, begin + g, begin + g_next);
            aligned.push_back({begin + e_next, begin + g_next, true});
            e = e_next + 1;
            g = g_next + 1;
        }
    }
    add_unequal(aligned, begin + e, expected - tail, begin + g, got - tail);
    for (; tail > 0; --tail) aligned.push_back({expected - tail, got - tail, true});
    return aligned;
}

}  // namespace mmsim
