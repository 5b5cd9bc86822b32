// SPDX-License-Identifier: GPL-2.0-or-later
// How the numbers of a comparison are written.
#pragma once

#include <string>

#include "check/diff_rows.h"

namespace mmsim {

// Exact: "65530", "0.0625".
std::string plain_number(double number);

// For people: "65,530", "157.5 MiB", "0.063".
std::string number_text(double number, NumberUnit unit);
// With its sign: "+4", "-2.0 MiB"; "0" for none.
std::string signed_text(double number, NumberUnit unit);
// "-28.6 %"; "new" where the old number is 0, "-" where there is nothing to compare.
std::string percent_text(const NumberRow& row, std::size_t i);

}  // namespace mmsim
