// SPDX-License-Identifier: GPL-2.0-or-later
// Changes the value of "expect" in the text of a JSON trace and leaves every other byte alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mmsim {

// `one_line`: the text is JSON Lines, whose header takes one line. Nullopt when the text has no
// such key at its top level, or is packed.
std::optional<std::string> replace_expect_key(std::string_view trace, std::string_view json,
                                              bool one_line);

}  // namespace mmsim
