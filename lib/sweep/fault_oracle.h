// SPDX-License-Identifier: GPL-2.0-or-later
// What holds of a world that a call has left behind, whatever the call says about it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sweep/books.h"
#include "sweep/call_sweep.h"

namespace mmsim {

struct StateFacts {
    std::uint64_t digest = 0;
    bool same = false;                   // the mappings are as before
    bool whole = false;                  // and cut into as many VMAs
    bool as_lost = false;                // they are as before without what was told to be lost
    bool like_clean = false;             // they are as if nothing had failed
    bool again = true;                   // a second try comes to what the first would have come to
    bool stuck = false;                  // the process waits for ever
    std::string broken;                  // an invariant that does not hold
    std::vector<Unreturned> unreturned;  // beyond what was there before
};

class FaultOracle {
public:
    // Makes the call once with nothing that fails, and `listener` hears of it.
    FaultOracle(const SweptCall& call, EventSink& listener);

    const World& before() const { return before_; }
    // The call when nothing fails.
    std::span<const FaultPass> clean_passes() const { return clean_faults_.passes(); }
    const World& clean_world() const { return clean_world_; }
    const Outcome& clean_outcome() const { return clean_outcome_; }
    bool clean_failed() const { return clean_failed_; }
    const StateFacts& clean() const { return clean_; }

    // `lost`: the ranges that were told to be lost. Good until the next call.
    const StateFacts& facts(const World& world, std::span<const VmRange> lost);
    // Whether the last answer had been found before.
    bool known() const { return known_; }

private:
    StateFacts examine(const World& world, std::span<const VmRange> lost, std::uint64_t digest);
    bool comes_to_the_same(const World& world, const Books& books);

    const SweptCall& call_;
    const World& before_;
    Books books_;
    World clean_world_;
    FaultInjector clean_faults_;
    Outcome clean_outcome_;
    bool clean_failed_ = false;
    StateFacts clean_;
    std::vector<StateFacts> seen_;
    std::size_t used_ = 0;
    bool known_ = false;
};

}  // namespace mmsim
