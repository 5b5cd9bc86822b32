// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault/fault_injector.h"

namespace mmsim {

std::optional<Errno> FaultInjector::count(FailPoint point, Errno usual) {
    std::optional<Errno> failure;
    for (Armed& armed : specs_) {
        if (armed.spec.point != point) continue;
        ++armed.passed;
        const bool due =
            armed.spec.persistent ? armed.passed >= armed.spec.n : armed.passed == armed.spec.n;
        if (!due) continue;
        failure = armed.spec.error == Errno::ok ? usual : armed.spec.error;
        fired_ = point;
    }
    if (noting_ && note(point, usual)) {
        failure = failure.value_or(usual);
        fired_ = point;
    }
    return failure;
}

// Notes a passing; whether it is one of those that are to fail.
bool FaultInjector::note(FailPoint point, Errno usual) {
    const std::uint32_t nth = ++counts_[static_cast<std::size_t>(point)];
    const bool fails = choice_.has(static_cast<std::uint32_t>(passes_.size()) + 1);
    passes_.push_back({point, nth, fails ? usual : Errno::ok});
    return fails;
}

}  // namespace mmsim
