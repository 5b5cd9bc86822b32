// SPDX-License-Identifier: GPL-2.0-or-later
// The report for people: a verdict in the first line, then what it rests on, then what to do next.
#pragma once

#include <string>

#include "report/report.h"

namespace mmsim {

std::string text_report(const Report& report);

// "1,234,567"
std::string with_commas(std::uint64_t number);

}  // namespace mmsim
