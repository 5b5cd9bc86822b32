// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_values.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "trace/c_number.h"
#include "trace/json_text.h"
#include "trace/maps_text.h"

namespace mmsim {
namespace {

constexpr std::size_t kLongestMaps = std::size_t{64} << 20;

[[noreturn]] void fail_number(const JsonTokens& json, std::string_view key, std::string_view why,
                              std::string_view text) {
    json.fail(quoted(key) + ' ' + std::string(why) + ": " + quoted(text));
}

std::uint64_t u64_of_number(const JsonTokens& json, std::string_view key, std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (stopped == end && error == std::errc{}) return value;
    if (text.starts_with('-')) fail_number(json, key, "must not be negative", text);
    if (stopped != end) fail_number(json, key, "must be a whole number", text);
    fail_number(json, key, "does not fit in 64 bits", text);
}

}  // namespace

void fail_kind(JsonTokens& json, std::string_view key, std::string_view wanted) {
    const JsonKind found = json.peek();
    // Of a bare word only the first letter has been looked at.
    if (found == JsonKind::boolean) json.boolean();
    if (found == JsonKind::null) json.null();
    json.fail(quoted(key) + " must be " + std::string(wanted) + ", not " +
              std::string(json_kind_name(found)));
}

void expect_kind(JsonTokens& json, std::string_view key, JsonKind kind) {
    if (json.peek() != kind) fail_kind(json, key, json_kind_name(kind));
}

std::uint64_t u64_of_string(const JsonTokens& json, std::string_view key, std::string_view text) {
    CNumberFault fault{};
    const auto value = parse_c_number(text, &fault);
    if (value) return *value;
    if (fault == CNumberFault::too_large) fail_number(json, key, "does not fit in 64 bits", text);
    if (text.starts_with('-')) fail_number(json, key, "must not be negative", text);
    fail_number(json, key, "is not a number in C notation", text);
}

std::uint64_t read_u64(JsonTokens& json, std::string_view key) {
    switch (json.peek()) {
        case JsonKind::number:
            return u64_of_number(json, key, json.number());
        case JsonKind::string:
            return u64_of_string(json, key, json.string());
        default:
            fail_kind(json, key, "a number or a string in C notation");
    }
}

std::uint64_t read_u64(JsonTokens& json, std::string_view key, std::uint64_t least,
                       std::uint64_t most) {
    const std::uint64_t value = read_u64(json, key);
    if (value < least || value > most) {
        json.fail(quoted(key) + " must be from " + std::to_string(least) + " to " +
                  std::to_string(most));
    }
    return value;
}

std::int64_t read_int(JsonTokens& json, std::string_view key) {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    expect_kind(json, key, JsonKind::number);
    const std::string_view text = json.number();
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (stopped != end) fail_number(json, key, "must be a whole number", text);
    if (error != std::errc{} || value < kLeast || value > kMost) {
        fail_number(json, key, "does not fit in 32 bits", text);
    }
    return value;
}

std::optional<std::uint64_t> read_limit(JsonTokens& json, std::string_view key) {
    if (json.peek() != JsonKind::null) return read_u64(json, key);
    json.null();
    return std::nullopt;
}

std::string_view read_text(JsonTokens& json, std::string_view key) {
    expect_kind(json, key, JsonKind::string);
    return json.string();
}

bool read_bool(JsonTokens& json, std::string_view key) {
    expect_kind(json, key, JsonKind::boolean);
    return json.boolean();
}

std::uint64_t abi_of_text(const JsonTokens& json, JsonPlace where, std::string_view key,
                          AbiFamily family, std::string_view text) {
    std::string_view bad;
    const auto value = parse_abi_text(family, text, &bad);
    if (!value) json.fail(where, "unknown name " + quoted(bad) + " in " + quoted(key));
    return *value;
}

std::uint64_t read_abi(JsonTokens& json, std::string_view key, AbiFamily family) {
    if (json.peek() == JsonKind::number) return u64_of_number(json, key, json.number());
    if (json.peek() != JsonKind::string) fail_kind(json, key, "names joined by '|' or a number");
    const std::string_view text = json.string();
    return abi_of_text(json, json.place(), key, family, text);
}

std::uint64_t read_seals(JsonTokens& json, std::string_view key) {
    if (json.peek() != JsonKind::array) return read_abi(json, key, AbiFamily::seal);
    std::uint64_t seals = 0;
    json.begin_array();
    while (json.next_element()) seals |= read_abi(json, key, AbiFamily::seal);
    return seals;
}

void fail_twice(const JsonTokens& json, std::string_view key) {
    json.fail("the key " + quoted(key) + " stands here twice");
}

std::size_t note_key(const JsonTokens& json, std::span<const std::string_view> known,
                     std::string_view key, std::string_view where, std::uint32_t& seen) {
    const auto index = static_cast<std::size_t>(std::ranges::find(known, key) - known.begin());
    if (index == known.size()) json.fail("unknown key " + quoted(key) + std::string(where));
    const std::uint32_t bit = std::uint32_t{1} << index;
    if ((seen & bit) != 0) fail_twice(json, key);
    seen |= bit;
    return index;
}

std::string read_object(JsonTokens& json, std::string_view key) {
    expect_kind(json, key, JsonKind::object);
    std::string text;
    json.copy_value(text);
    return text;
}

void read_maps(JsonTokens& json, std::string_view key, std::vector<std::string>& lines) {
    expect_kind(json, key, JsonKind::array);
    MapsParser parser;
    std::size_t size = 0;
    lines.clear();
    json.begin_array();
    while (json.next_element()) {
        lines.emplace_back(read_text(json, key));
        size += lines.back().size();
        if (size > kLongestMaps) json.fail(quoted(key) + " holds more than 64 MiB");
        if (const auto fault = parser.add(lines.back(), lines.size())) {
            json.fail("in " + quoted(key) + ", line " + std::to_string(lines.size()) + ", column " +
                      std::to_string(fault->column) + ": " + fault->what);
        }
    }
}

}  // namespace mmsim
