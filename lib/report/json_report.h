// SPDX-License-Identifier: GPL-2.0-or-later
// The report as JSON. docs/report.schema.json says what is in it.
#pragma once

#include <iosfwd>

#include "report/report.h"

namespace mmsim {

enum class JsonDetail : unsigned char {
    everything,
    without_vmas,  // processes[].vmas is left out: for those who only look at numbers
};

// Writes one document with a line for each list entry. Memory does not grow with the lists.
void write_json_report(std::ostream& out, const Report& report,
                       JsonDetail detail = JsonDetail::everything);

}  // namespace mmsim
