// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_text.h"

namespace mmsim {
namespace {

constexpr std::size_t kLongestQuote = 60;

constexpr unsigned char byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

void append_hex_byte(std::string& out, std::string_view prefix, unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += prefix;
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
}

// A control character, as JSON wants it written.
void append_control(std::string& out, char c) {
    switch (c) {
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            append_hex_byte(out, "\\u00", static_cast<unsigned char>(c));
    }
}

}  // namespace

std::size_t utf8_character(std::string_view bytes) {
    if (bytes.empty()) return 0;
    const unsigned char lead = byte_at(bytes, 0);
    if (lead < 0x80) return 1;
    std::size_t length = 0;
    // The second byte rules out overlong forms, surrogates and what lies above U+10FFFF.
    unsigned char low = 0x80, high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
    }
    if (length == 0 || bytes.size() < length) return 0;
    if (byte_at(bytes, 1) < low || byte_at(bytes, 1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(bytes, i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xc0 | code >> 6);
        add(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        add(0xe0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3f));
        add(0x80 | (code & 0x3f));
    } else {
        add(0xf0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3f));
        add(0x80 | (code >> 6 & 0x3f));
        add(0x80 | (code & 0x3f));
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const char c = text[0];
        const std::size_t length = utf8_character(text);
        if (length > 1) {
            out += text.substr(0, length);
        } else if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte_at(text, 0) < 0x20) {
            append_control(out, c);
        } else {
            out += c;
        }
        text.remove_prefix(length > 0 ? length : 1);
    }
    out += '"';
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    while (!text.empty() && out.size() < kLongestQuote) {
        const std::size_t length = utf8_character(text);
        const unsigned char c = byte_at(text, 0);
        if (length == 0 || c < 0x20 || c == 0x7f) {
            append_hex_byte(out, "\\x", c);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length > 0 ? length : 1);
    }
    out += text.empty() ? "'" : "...'";
    return out;
}

}  // namespace mmsim
