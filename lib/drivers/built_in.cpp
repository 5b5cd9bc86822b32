// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/built_in.h"

#include "drivers/params.h"

namespace mmsim {

BuiltIn::BuiltIn(const DriverFacts& facts) : facts_(facts) {
    fallbacks_ = read_params(*this, "{}", std::string(facts.name));
}

std::vector<std::string_view> BuiltIn::references() const {
    if (facts_.reference.empty()) return {};
    return {facts_.reference};
}

const DriverParams& BuiltIn::params_of(const HookCall& call) const {
    const auto& given = call.file().params;
    return given ? *given : *fallbacks_;
}

}  // namespace mmsim
