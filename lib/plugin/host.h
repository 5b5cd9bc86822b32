// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers in shared objects. They are native code: loaded when somebody names the file, never
// because a trace does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mm/driver.h"

namespace mmsim {

struct World;

// Whether a file is a shared object, by its first bytes or at least its name.
bool is_plugin(const std::string& path);

enum class Isolation : std::uint8_t {
    own_process,  // what goes wrong in a hook is a finding
    in_process,   // for debuggers; copies of a World share its state
    repeatable,   // likewise, but a copy repeats all its hooks from the start
};

// Loads the drivers of a shared object into the world. Throws InputError for a file that is no
// plug-in, or one that does not fit this mmsim.
std::vector<DriverId> load_plugin(World& world, const std::string& path, Isolation isolation);

}  // namespace mmsim
