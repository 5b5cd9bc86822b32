// SPDX-License-Identifier: GPL-2.0-or-later
// The table of built-in drivers, and how any driver gets into a World.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mm/driver.h"
#include "trace/trace_header.h"

namespace mmsim {

struct World;

struct BuiltInDriver {
    std::string_view name;
    std::shared_ptr<const Driver> (*make)();
};

// By name, ascending.
std::span<const BuiltInDriver> built_in_drivers();
// Null when there is no built-in driver of that name.
std::shared_ptr<const Driver> make_driver(std::string_view name);

// Adds a driver to the world. Throws InputError where a declared one does not fit the world's
// kernel version and hook choice.
DriverId install_driver(World& world, std::shared_ptr<const Driver> driver);

// To be called once all drivers and files are there. Throws InputError for a declared driver or
// a file that names a file which is not declared, or that is stacked on itself. `files`: as the
// trace of that name declared them, for messages.
void check_named_files(const World& world, const std::vector<TraceFile>& files = {},
                       const std::string& trace = {});

}  // namespace mmsim
