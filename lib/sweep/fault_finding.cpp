// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_finding.h"

#include <array>
#include <cstddef>

namespace mmsim {

std::string_view fault_kind_name(FaultKind kind) {
    static constexpr std::array<std::string_view, kFaultKinds> kNames = {
        "leak",  "underflow", "diagnostic", "error", "silent", "mappings",
        "hooks", "invariant", "retry",      "forms", "bounds"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string_view fault_end_name(FaultEnd end) {
    switch (end) {
        case FaultEnd::ok:
            return "ok";
        case FaultEnd::hole:
            return "hole";
        case FaultEnd::leak:
            return "leak";
        case FaultEnd::assert_:
            return "assert";
    }
    return {};
}

}  // namespace mmsim
