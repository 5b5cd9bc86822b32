// SPDX-License-Identifier: GPL-2.0-or-later
// The drivers of one plug-in, and what each of its Worlds calls them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mm/driver.h"

namespace mmsim {

struct World;

// What a driver says about itself.
struct PluginFacts {
    std::string name, summary;
    HookSet hooks;      // of its file_operations
    HookSet old_hooks;  // of the form before it was converted; none: there is one form
    UnmappedArea unmapped_area = UnmappedArea::plain;
    std::vector<std::string> texts;  // what `params` points into
    std::vector<ParamSpec> params;
    std::vector<std::string> references;  // of MMSIM_REFERENCE: of the plug-in
};

class PluginSet {
public:
    std::vector<PluginFacts> facts;
    // By position. The state outside of the World is kept at the first.
    std::vector<DriverId> ids;

    DriverId home() const { return ids.front(); }
    // The driver's position from 1; 0 for one of somebody else.
    std::uint32_t position_of(DriverId driver) const;
};

}  // namespace mmsim
