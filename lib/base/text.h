// SPDX-License-Identifier: GPL-2.0-or-later
// Classes of characters, whatever the locale, and the place that is nowhere.
#pragma once

#include <string_view>

namespace mmsim {

inline constexpr auto npos = std::string_view::npos;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of a C identifier: letters and '_', digits too.
constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_name_char(char c) { return is_letter(c) || is_digit(c); }

}  // namespace mmsim
