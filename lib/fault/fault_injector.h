// SPDX-License-Identifier: GPL-2.0-or-later
// Decides, pass by pass, whether a failure point fails. Linux: /proc/PID/fail-nth.
//
// Passed by reference, no global; deterministic by count.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/errno.h"
#include "fault/fail_point.h"

namespace mmsim {

// One request: "--fail POINT[@N[+]][=ERRNO]".
struct FaultSpec {
    FailPoint point{};
    std::uint32_t n = 1;      // the n-th passing, from 1
    bool persistent = false;  // and every later one
    Errno error = Errno::ok;  // ok: the errno the point has by itself
};

// A passing of a failure point.
struct FaultPass {
    FailPoint point{};
    std::uint32_t nth = 0;    // of that point, from 1: what --fail POINT@N counts
    Errno error = Errno::ok;  // what it failed with

    bool failed() const { return error != Errno::ok; }
};

// Which passings are to fail, whatever their points: counted together, from 1.
struct PassChoice {
    std::uint32_t first = 0;   // 0: none
    std::uint32_t second = 0;  // a later one, or 0
    bool persistent = false;   // also all behind the first

    bool has(std::uint32_t pass) const {
        if (first == 0) return false;
        return pass == first || pass == second || (persistent && pass > first);
    }
};

class FaultInjector {
public:
    void arm(const FaultSpec& spec) {
        specs_.push_back({spec, 0});
        idle_ = false;
    }
    void disarm() {
        specs_.clear();
        idle_ = !noting_;
    }
    // Takes back the request armed last.
    void disarm_last() {
        specs_.pop_back();
        idle_ = specs_.empty() && !noting_;
    }
    bool armed() const { return !specs_.empty() || choice_.first != 0; }

    // Whether it has nothing to fail and nothing to note.
    bool idle() const { return idle_; }

    // From here on passings are noted, and those of the choice fail.
    void choose(const PassChoice& choice) {
        choice_ = choice;
        passes_.clear();
        noting_ = true;
        idle_ = false;
    }
    // In order, since choose().
    const std::vector<FaultPass>& passes() const { return passes_; }

    // Called where the kernel could fail; `usual` is the errno it would then have. Returns the
    // errno to fail with, or nullopt to go on.
    std::optional<Errno> pass(FailPoint point, Errno usual) {
        if (idle_) [[likely]]
            return std::nullopt;
        return count(point, usual);
    }

    // The point that failed last, if any did.
    std::optional<FailPoint> fired() const { return fired_; }
    void forget_fired() { fired_.reset(); }

private:
    struct Armed {
        FaultSpec spec;
        std::uint32_t passed = 0;
    };
    std::optional<Errno> count(FailPoint point, Errno usual);
    bool note(FailPoint point, Errno usual);

    bool idle_ = true;  // there is nothing to count
    bool noting_ = false;
    std::vector<Armed> specs_;
    PassChoice choice_;
    std::vector<FaultPass> passes_;
    std::array<std::uint32_t, kFailPoints> counts_{};  // passings of each point that were noted
    std::optional<FailPoint> fired_;
};

}  // namespace mmsim
