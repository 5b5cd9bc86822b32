// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison written down: for people, as JSON (docs/diff.schema.json), as tables.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/text.h"
#include "check/diff.h"
#include "report/html_report.h"

namespace mmsim {

struct DiffTextOptions {
    bool all = false;     // numbers that are the same too
    bool colour = false;  // worse red, better green
};

// What it comes to, a line for each new side; one "SAME: ..." where nothing differs.
std::vector<std::string> diff_verdict(const Diff& diff);

// "old", "new"; of several new sides "new 1", "new 2".
inline constexpr std::size_t kOldSide = npos;
std::string side_name(const Diff& diff, std::size_t new_side);

// Calls that fail or succeed otherwise, the numbers, and the layouts where they part first.
std::string diff_text(const Diff& diff, const DiffTextOptions& options = {});

// One document; `all`: numbers that are the same too. Several comparisons make an array.
void write_diff_json(std::ostream& out, const std::vector<Diff>& diffs, bool array, bool all);

// One page that shows the sides together, with a choice of comparison where there are several.
// REQUIRES: `runs` has for each of them those of the old and the new sides, in their order; their
// labels are filled in here
void write_diff_html(std::ostream& out, const std::vector<Diff>& diffs,
                     std::vector<std::vector<HtmlRun>> runs, bool all);

// The numbers alone. CSV has the columns number, unit, old, and new, delta, percent for each new
// side.
std::string diff_csv(const Diff& diff, bool all);
std::string diff_markdown(const Diff& diff, bool all);

}  // namespace mmsim
