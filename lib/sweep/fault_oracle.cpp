// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_oracle.h"

#include <algorithm>

#include "mm/syscalls.h"
#include "replay/divergence.h"
#include "sweep/mappings.h"

namespace mmsim {

namespace {

Books books_of(World world, const World& before, MmId mm) { return {world, before, mm}; }

}  // namespace

FaultOracle::FaultOracle(const SweptCall& call, EventSink& listener)
    : call_(call),
      before_(call.probe.world()),
      books_(books_of(before_, before_, call.mm)),
      clean_world_(before_),
      clean_faults_(call.probe.faults()) {
    clean_faults_.choose({});
    clean_outcome_ = call.probe.make(clean_world_, clean_faults_, listener);
    clean_failed_ = simulated_failure(call.record, clean_outcome_);
    clean_.digest = state_digest(clean_world_, before_, call.mm);
    clean_ = examine(clean_world_, {}, clean_.digest);
}

const StateFacts& FaultOracle::facts(const World& world, std::span<const VmRange> lost) {
    const std::uint64_t digest = state_digest(world, before_, call_.mm);
    const auto end = seen_.begin() + static_cast<std::ptrdiff_t>(used_);
    const auto found = std::find_if(
        seen_.begin(), end, [&](const StateFacts& facts) { return facts.digest == digest; });
    known_ = found != end;
    if (known_) return *found;
    if (used_ == seen_.size()) seen_.emplace_back();
    return seen_[used_++] = examine(world, lost, digest);
}

StateFacts FaultOracle::examine(const World& world, std::span<const VmRange> lost,
                                std::uint64_t digest) {
    const Mm& now = world.mms[call_.mm.index];
    const Mm& was = before_.mms[call_.mm.index];
    StateFacts facts;
    facts.digest = digest;
    facts.same = same_mappings(before_, now.vmas, was.vmas);
    facts.whole = now.vmas.size() == was.vmas.size();
    facts.as_lost = lost.empty() ? facts.same : same_mappings(before_, now.vmas, was.vmas, lost);
    // A merge hands sticky flags to all that it makes one of.
    facts.like_clean = same_mappings(before_, now.vmas, clean_world_.mms[call_.mm.index].vmas, {},
                                     before_.profile->sticky);
    facts.stuck = now.stuck;
    facts.broken = validate_mm(world, call_.mm);
    World ended = world;
    const Books books(ended, before_, call_.mm);
    facts.unreturned = books.beyond(books_);
    // The call as it should go is made once more by nobody.
    if (digest != clean_.digest && !now.stuck) facts.again = comes_to_the_same(world, books);
    return facts;
}

// A second try, with nothing that fails.
bool FaultOracle::comes_to_the_same(const World& world, const Books& books) {
    World again = world;
    DeafSink nobody;
    FaultInjector never = call_.probe.faults();
    const Outcome outcome = call_.probe.make(again, never, nobody);
    if (outcome != clean_outcome_) return false;
    if (!same_mappings(before_, again.mms[call_.mm.index].vmas,
                       clean_world_.mms[call_.mm.index].vmas)) {
        return false;
    }
    if (!clean_.unreturned.empty()) return true;  // what it loses depends on what it finds
    const Books after(again, before_, call_.mm);
    return after.beyond(books).empty();
}

}  // namespace mmsim
