// SPDX-License-Identifier: GPL-2.0-or-later
// What to look at in a run, and the command that shows it.
#pragma once

#include <string>

#include "report/report.h"

namespace mmsim {

// Where there are many boundaries, what half of them or more come from; null if nothing does.
const FragmentationCause* main_cause(const Report& report);

// "mmsim explain TRACE --at 12  # this event step by step". `options`: of the run, as typed, with a
// blank before each. Empty where mmsim itself went wrong.
std::string next_step(const Report& report, const std::string& options);

}  // namespace mmsim
