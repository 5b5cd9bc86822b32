// SPDX-License-Identifier: GPL-2.0-or-later
// The kinds of values that a JSON trace is made of, checked. `key` stands in messages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/abi_names.h"
#include "trace/json_tokens.h"

namespace mmsim {

// An address or a size: a number, or a string in C notation; 64 bits, neither negative nor
// fractional.
std::uint64_t read_u64(JsonTokens& json, std::string_view key);
// The same within bounds.
std::uint64_t read_u64(JsonTokens& json, std::string_view key, std::uint64_t least,
                       std::uint64_t most);
// Also negative; of 32 bits.
std::int64_t read_int(JsonTokens& json, std::string_view key);
// The same for a string that has been taken already.
std::uint64_t u64_of_string(const JsonTokens& json, std::string_view key, std::string_view text);
// null: unlimited.
std::optional<std::uint64_t> read_limit(JsonTokens& json, std::string_view key);

// A view that is good until the next token is taken.
std::string_view read_text(JsonTokens& json, std::string_view key);
bool read_bool(JsonTokens& json, std::string_view key);

// A number, or constants of the family by name.
std::uint64_t read_abi(JsonTokens& json, std::string_view key, AbiFamily family);
// What read_abi() does with a string that has been read already, and its place.
std::uint64_t abi_of_text(const JsonTokens& json, JsonPlace where, std::string_view key,
                          AbiFamily family, std::string_view text);
// Also an array of names.
std::uint64_t read_seals(JsonTokens& json, std::string_view key);

// The index of a key of an object that has few. Throws if it is unknown (`where` is put behind it)
// or its bit in `seen` is set.
std::size_t note_key(const JsonTokens& json, std::span<const std::string_view> known,
                     std::string_view key, std::string_view where, std::uint32_t& seen);
[[noreturn]] void fail_twice(const JsonTokens& json, std::string_view key);

// An object as compact text.
std::string read_object(JsonTokens& json, std::string_view key);

// Lines of /proc/PID/maps or smaps, checked.
void read_maps(JsonTokens& json, std::string_view key, std::vector<std::string>& lines);

// Throws if the next value is not of this kind.
void expect_kind(JsonTokens& json, std::string_view key, JsonKind kind);
[[noreturn]] void fail_kind(JsonTokens& json, std::string_view key, std::string_view wanted);

}  // namespace mmsim
