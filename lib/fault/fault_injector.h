// SPDX-License-Identifier: GPL-2.0-or-later
// Decides, pass by pass, whether a failure point fails. Linux: /proc/PID/fail-nth.
//
// Passed by reference, no global; deterministic by count.
#pragma once

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

class FaultInjector {
public:
    void arm(const FaultSpec& spec) { specs_.push_back({spec, 0}); }
    void disarm() { specs_.clear(); }
    // Takes back the request armed last.
    void disarm_last() { specs_.pop_back(); }
    bool armed() const { return !specs_.empty(); }

    // Called where the kernel could fail; `usual` is the errno it would then have. Returns the
    // errno to fail with, or nullopt to go on.
    std::optional<Errno> pass(FailPoint point, Errno usual) {
        if (specs_.empty()) [[likely]]
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

    std::vector<Armed> specs_;
    std::optional<FailPoint> fired_;
};

}  // namespace mmsim
