// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers that a comparison shows, side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check/diff.h"

namespace mmsim {

enum class NumberUnit : std::uint8_t { count, pages, bytes, ratio };
std::string_view unit_name(NumberUnit unit);

enum class WorseWhen : std::uint8_t { neither, up, down };

struct NumberRow {
    std::string path;   // in the JSON report
    std::string label;  // for people
    NumberUnit unit{};
    WorseWhen worse{};
    std::optional<double> old;               // nullopt: that side has no such number
    std::vector<std::optional<double>> now;  // one for each new side

    bool same() const;
    // Nullopt where one of the two is missing, and of percent where the old number is 0.
    std::optional<double> delta(std::size_t i) const;
    std::optional<double> percent(std::size_t i) const;
    // 1: the new number is worse, -1: better, 0: neither.
    int judgement(std::size_t i) const;
};

// In the order in which they are shown. Those that differ, or all.
std::vector<NumberRow> number_rows(const Diff& diff, bool all);

}  // namespace mmsim
