// SPDX-License-Identifier: GPL-2.0-or-later
// Strings as JSON writes them, and the user's text in messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mmsim {

// The length of the well-formed UTF-8 character that `bytes` begin with; 0: they do not.
std::size_t utf8_character(std::string_view bytes);

void append_utf8(std::string& out, std::uint32_t code);

// Appends `text` in quotes. What is not UTF-8 becomes U+FFFD, byte by byte.
void append_json_string(std::string& out, std::string_view text);

// For a message: in single quotes, made printable, cut where it is long.
std::string quoted(std::string_view text);

}  // namespace mmsim
