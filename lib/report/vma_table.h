// SPDX-License-Identifier: GPL-2.0-or-later
// The VMAs of a report's final layouts in groups: by what they map, who made them, ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace mmsim {

enum class GroupBy : unsigned char { site, path, driver, prot, thread };
std::optional<GroupBy> group_by_from_name(std::string_view name);
std::string_view group_by_name(GroupBy by);

struct VmaTableRow {
    std::string name;
    std::uint64_t vmas = 0, boundaries = 0;  // boundaries: with the VMA below, whatever that is
    Pages pages;
};
// The group with the most VMAs first.
std::vector<VmaTableRow> vma_table(const Report& report, GroupBy by);

// "mprotect of /lib/x.so, at prog(main+0x10)": the calls that made a cause.
std::string cause_text(const FragmentationCause& cause, const Words& words);
// "flags, pgoff"
std::string reasons_text(MergeBarriers barriers);

// A line "a;b;c N" for each stack that made VMAs which are there at the end, outermost frame first,
// in the order of the text; without stacks "process;operation;path N".
std::string folded_stacks(const Report& report);

}  // namespace mmsim
