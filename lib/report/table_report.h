// SPDX-License-Identifier: GPL-2.0-or-later
// The report as tables: processes, boundaries, merges. For spreadsheets and for issues.
#pragma once

#include <string>

#include "report/report.h"

namespace mmsim {

enum class TableForm : unsigned char {
    csv,       // RFC 4180; the tables one behind the other, an empty line between two
    markdown,  // each under its heading
};
std::string table_report(const Report& report, TableForm form);

}  // namespace mmsim
