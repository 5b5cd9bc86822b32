// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/c_number.h"

#include <charconv>
#include <system_error>

namespace mmsim {
namespace {

void append_in_base(std::string& out, std::uint64_t value, int base) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value, base);
    out.append(digits, end.ptr);
}

}  // namespace

std::optional<std::uint64_t> parse_c_number(std::string_view text, CNumberFault* fault) {
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        const bool hex = (text[1] | 0x20) == 'x';
        base = hex ? 16 : 8;
        text.remove_prefix(hex ? 2 : 1);
    }
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    // from_chars reports a number that is too large only after it has seen all of its digits.
    CNumberFault why = CNumberFault::none;
    if (text.empty() || stopped != end || error == std::errc::invalid_argument) {
        why = CNumberFault::malformed;
    } else if (error != std::errc{}) {
        why = CNumberFault::too_large;
    }
    if (fault != nullptr) *fault = why;
    if (why != CNumberFault::none) return std::nullopt;
    return value;
}

void append_hex(std::string& out, std::uint64_t value) {
    out += "0x";
    append_in_base(out, value, 16);
}

void append_decimal(std::string& out, std::uint64_t value) { append_in_base(out, value, 10); }

std::string hex_text(std::uint64_t value) {
    std::string out;
    append_hex(out, value);
    return out;
}

}  // namespace mmsim
