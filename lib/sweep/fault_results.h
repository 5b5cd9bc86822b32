// SPDX-License-Identifier: GPL-2.0-or-later
// A sweep of failures for machines, as JSON and as results of tests, and as a page.
#pragma once

#include <iosfwd>

#include "report/test_results.h"
#include "sweep/fault_report.h"

namespace mmsim {

// docs/faults.schema.json.
void write_fault_json(std::ostream& out, const FaultReport& report);
// The same as a page that needs nothing else.
void write_fault_html(std::ostream& out, const FaultReport& report);

// A test for each kernel and failure point, and one for what needs no failure.
TestResults fault_results(const FaultReport& report);

}  // namespace mmsim
