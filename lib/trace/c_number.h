// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers in C notation: "4096", "0x1000", "010000".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mmsim {

enum class CNumberFault : std::uint8_t { none, malformed, too_large };

// The whole of `text` as an unsigned 64-bit number: decimal, hex after 0x or 0X, octal after 0.
// No sign, no suffix, no blanks. On failure `fault` (where not null) says why.
std::optional<std::uint64_t> parse_c_number(std::string_view text, CNumberFault* fault = nullptr);

// "0x7f0000001000", "0x0".
std::string hex_text(std::uint64_t value);
void append_hex(std::string& out, std::uint64_t value);
void append_decimal(std::string& out, std::uint64_t value);

}  // namespace mmsim
