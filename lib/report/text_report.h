// SPDX-License-Identifier: GPL-2.0-or-later
// The report for people: a verdict in the first line, then what it rests on, then what to do next.
#pragma once

#include <optional>
#include <string>

#include "report/report.h"
#include "report/vma_table.h"

namespace mmsim {

struct TextStyle {
    bool everything = false;  // -v: whole lists, and what is left out of a screenful
    bool terminal = false;    // the VMA count as a sparkline
    bool colour = false;
    std::optional<GroupBy> by;  // the VMAs in groups as well
    std::string options = {};   // of the run, as typed: for commands that are suggested
};
std::string text_report(const Report& report, const TextStyle& style = {});

// "1,234,567"
std::string with_commas(std::uint64_t number);
// "157.5 MiB"
std::string bytes_text(std::uint64_t number);

}  // namespace mmsim
