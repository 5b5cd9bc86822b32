// SPDX-License-Identifier: GPL-2.0-or-later
// --old 'OPTS' and --new 'OPTS': options of a replay as one string.
#pragma once

#include <string>

#include "check/run_diff.h"
#include "replay_options.h"

namespace mmsim {

// `option` stands in messages: "--new"; `common` holds for all sides. Throws InputError that quotes
// the string and marks the column.
DiffSetting parse_side(const std::string& option, const std::string& text,
                       const ReplayArguments& common);

}  // namespace mmsim
