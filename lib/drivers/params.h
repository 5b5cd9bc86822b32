// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what a file says to its driver.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mm/driver.h"

namespace mmsim {

// `json`: an object. Throws InputError that begins with `place` for a param that the driver does
// not have, or that has a value of the wrong kind.
std::shared_ptr<const DriverParams> read_params(const Driver& driver, std::string_view json,
                                                const std::string& place);

// "a number", for documents and messages.
std::string param_kind_name(const ParamSpec& spec);

}  // namespace mmsim
