// SPDX-License-Identifier: GPL-2.0-or-later
// Which calls were made and how the kernel answered: shows whether the mix reaches everything.
#pragma once

#include <array>
#include <map>
#include <string>

#include "live/shrink.h"

namespace mmsim::live {

class Statistics {
public:
    void count(const RunResult& result);
    // A line for each kind of call: successes, then failures by errno.
    std::string table() const;

private:
    std::array<std::map<int, std::uint64_t>, kOpKinds> by_kind_;
};

}  // namespace mmsim::live
