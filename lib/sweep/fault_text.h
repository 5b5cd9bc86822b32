// SPDX-License-Identifier: GPL-2.0-or-later
// A sweep of failures, in text for people.
#pragma once

#include <string>

#include "sweep/fault_report.h"

namespace mmsim {

std::string fault_text(const FaultReport& report);
// What each call passes, a line a call.
std::string pass_list_text(const FaultReport& report);

}  // namespace mmsim
