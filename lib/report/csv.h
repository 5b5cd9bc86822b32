// SPDX-License-Identifier: GPL-2.0-or-later
// Tables as comma-separated values (RFC 4180, lines end in \n).
#pragma once

#include <string>
#include <string_view>

namespace mmsim {

// In quotes where it has to be.
std::string csv_field(std::string_view text);

}  // namespace mmsim
