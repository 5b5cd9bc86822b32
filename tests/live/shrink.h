// SPDX-License-Identifier: GPL-2.0-or-later
// Runs lists of calls, and makes a list that shows a difference shorter while it still does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "live/session.h"

namespace mmsim::live {

struct RunResult {
    std::vector<Op> done;               // the last one differs, if one does
    std::vector<std::string> outcomes;  // as strace prints them
    std::optional<Difference> difference;
    std::vector<std::string> notes;
    std::vector<int> errors;  // errno of each call; 0 for success
};

// `calls` random calls of one seed, until a difference.
RunResult run_seed(const Settings& settings, std::uint64_t seed, std::size_t calls);
// Given calls in a fresh target; those that would harm it are passed over.
RunResult run_ops(const Settings& settings, std::uint64_t seed, const std::vector<Op>& ops);
// As short a list as leaving out calls makes it; ends in a difference as the given one does.
RunResult shrink(const Settings& settings, std::uint64_t seed, RunResult found);

}  // namespace mmsim::live
