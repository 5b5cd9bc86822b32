// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault/fault_sweep.h"

namespace mmsim {

bool FaultSweep::failed() const { return faults_.passes().size() >= choice_.first; }

bool FaultSweep::next() {
    const std::optional<PassChoice> choice = next_choice();
    if (!choice) return false;
    choice_ = *choice;
    faults_ = base_;
    faults_.choose(choice_);
    return true;
}

// Behind passing 1 alone: 1 and all behind it, then 1 and 2, 1 and 3 ... as far as that run went
// on; then 2 alone.
std::optional<PassChoice> FaultSweep::next_choice() {
    if (choice_.first == 0) return PassChoice{.first = 1};
    if (!failed()) return std::nullopt;
    const bool alone = !choice_.persistent && choice_.second == 0;
    if (alone) passes_ = static_cast<std::uint32_t>(faults_.passes().size());
    const bool goes_on = passes_ > choice_.first;
    if (alone && goes_on && modes_.persistent) {
        return PassChoice{.first = choice_.first, .second = 0, .persistent = true};
    }
    if (goes_on && modes_.pairs) {
        const std::uint32_t second = choice_.second == 0 ? choice_.first + 1 : choice_.second + 1;
        if (second <= passes_) return PassChoice{.first = choice_.first, .second = second};
    }
    return PassChoice{.first = choice_.first + 1};
}

}  // namespace mmsim
