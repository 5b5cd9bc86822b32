// SPDX-License-Identifier: GPL-2.0-or-later
// The report as JSON. docs/report.schema.json says what is in it.
#pragma once

#include <iosfwd>
#include <span>

#include "report/report.h"

namespace mmsim {

enum class JsonDetail : unsigned char {
    everything,
    without_vmas,           // processes[].vmas is left out: for those who only look at numbers
    without_process_lists,  // nor their boundary lists: that of the whole run has them all
};

// Writes one document with a line for each list entry. Memory does not grow with the lists.
void write_json_report(std::ostream& out, const Report& report,
                       JsonDetail detail = JsonDetail::everything);
// The same for runs of one trace under several kernels: an array of reports.
void write_json_reports(std::ostream& out, std::span<const Report> reports);

}  // namespace mmsim
