// SPDX-License-Identifier: GPL-2.0-or-later
// Compares two saved reports: their numbers, the failures they list, and the layouts at the end.
#pragma once

#include <string>
#include <vector>

#include "check/diff.h"
#include "report/saved_report.h"

namespace mmsim {

struct NamedReport {
    std::string name;  // the file, for headings
    const SavedReport& report;
};

// Calls are compared where both reports are of one trace. A report lists only those failures that
// reached the mapping pipeline, so a call that is missing in the list "did not fail there".
Diff compare_reports(const NamedReport& old, const NamedReport& now);

// Those of two files, in pairs. Throws InputError when one holds more reports than the other.
std::vector<Diff> compare_saved(const std::string& old_name, const SavedReports& old,
                                const std::string& new_name, const SavedReports& now);

}  // namespace mmsim
