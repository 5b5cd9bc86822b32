// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison written down: for people, as JSON (docs/diff.schema.json), as tables.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "check/diff.h"

namespace mmsim {

struct DiffTextOptions {
    bool all = false;     // numbers that are the same too
    bool colour = false;  // worse red, better green
};

// Calls that fail or succeed otherwise, the numbers, and the layouts where they part first.
std::string diff_text(const Diff& diff, const DiffTextOptions& options = {});

// One document; `all`: numbers that are the same too. Several comparisons make an array.
void write_diff_json(std::ostream& out, const std::vector<Diff>& diffs, bool array, bool all);

// The numbers alone. CSV has the columns number, unit, old, and new, delta, percent for each new
// side.
std::string diff_csv(const Diff& diff, bool all);
std::string diff_markdown(const Diff& diff, bool all);

}  // namespace mmsim
