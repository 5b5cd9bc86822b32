// SPDX-License-Identifier: GPL-2.0-or-later
// Strings of JsonTokens: nearly all are plain ASCII and are returned where they stand.
#include <array>

#include "trace/json_text.h"
#include "trace/json_tokens.h"

namespace mmsim {
namespace {

constexpr std::size_t kLongestString = std::size_t{1} << 20;
constexpr std::string_view kStringTooLong = "a string of more than 1 MiB";
constexpr std::string_view kHalfCharacter = "\\u with half of a surrogate pair";

// Bytes of a string that stand for themselves, ASCII only.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}();

}  // namespace

std::string_view JsonTokens::string() {
    if (look() != '"') fail_expected("a string");
    return scan_string();
}

// REQUIRES: cur_ is at the opening quote
std::string_view JsonTokens::scan_string() {
    keep_ = ++cur_;
    while (true) {
        while (cur_ != end_ && kPlain[static_cast<unsigned char>(*cur_)]) ++cur_;
        if (static_cast<std::size_t>(cur_ - keep_) > kLongestString) fail(kStringTooLong);
        if (cur_ != end_) break;
        if (!refill()) fail_at_end("inside a string");
    }
    const std::string_view text{keep_, static_cast<std::size_t>(cur_ - keep_)};
    keep_ = nullptr;
    if (*cur_ == '"') {
        ++cur_;
        return text;
    }
    scratch_.assign(text);
    decode_string();
    return scratch_;
}

// The rest of a string that holds more than plain ASCII, into scratch_.
void JsonTokens::decode_string() {
    while (true) {
        const unsigned char c = string_byte();
        if (c == '"') {
            ++cur_;
            return;
        }
        if (c == '\\') {
            ++cur_;
            decode_escape();
        } else if (c >= 0x80) {
            decode_utf8();
        } else if (c < 0x20) {
            if (c == '\n' || c == '\r') fail_here("a string does not end on its line");
            fail_here("a control character in a string: " + quoted({cur_, 1}));
        } else {
            scratch_ += *cur_++;
        }
        if (scratch_.size() > kLongestString) fail(kStringTooLong);
    }
}

unsigned char JsonTokens::string_byte() {
    if (cur_ == end_ && !refill()) fail_at_end("inside a string");
    return static_cast<unsigned char>(*cur_);
}

// What stands behind a backslash.
void JsonTokens::decode_escape() {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const auto c = static_cast<char>(string_byte());
    const std::size_t simple = kLetters.find(c);
    if (simple != std::string_view::npos) {
        ++cur_;
        scratch_ += kMeanings[simple];
        return;
    }
    if (c != 'u') fail_here("a backslash before " + quoted({&c, 1}) + " means nothing");
    const JsonPlace where = here();
    ++cur_;
    std::uint32_t code = hex_digits();
    if (code >= 0xd800 && code < 0xdc00) {
        // The first half of a character beyond 16 bits: the second must follow.
        for (const char expected : {'\\', 'u'}) {
            if (string_byte() != static_cast<unsigned char>(expected)) fail(where, kHalfCharacter);
            ++cur_;
        }
        const std::uint32_t low = hex_digits();
        if (low < 0xdc00 || low > 0xdfff) fail(where, kHalfCharacter);
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        fail(where, kHalfCharacter);
    }
    append_utf8(scratch_, code);
}

std::uint32_t JsonTokens::hex_digits() {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
        const std::size_t digit = kDigits.find(static_cast<char>(string_byte()));
        if (digit == std::string_view::npos) fail_here("\\u needs four hexadecimal digits");
        code = code * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
        ++cur_;
    }
    return code;
}

void JsonTokens::decode_utf8() {
    const JsonPlace where = here();
    std::string character;
    // At most four bytes, and no further than they continue a character.
    do {
        character += static_cast<char>(string_byte());
        ++cur_;
        if (utf8_character(character) > 0) {
            scratch_ += character;
            return;
        }
    } while (character.size() < 4 && (string_byte() & 0xc0) == 0x80);
    fail(where, "bytes in a string that are not UTF-8");
}

}  // namespace mmsim
