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
    return failure;
}

}  // namespace mmsim
