// SPDX-License-Identifier: GPL-2.0-or-later
// A small JSON text in memory whose every value knows where it stands, so that a message about a
// driver can point at the word that is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/trace_header.h"

namespace mmsim {

struct JsonKey {
    std::string name;
    std::size_t offset = 0;
};

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    std::string text;              // string: without escapes; number: as written
    std::vector<JsonValue> items;  // array: the elements; object: the values
    std::vector<JsonKey> keys;     // object: one for each item
    std::size_t offset = 0;        // of its first byte in the text

    // The member of that name; null when there is none.
    const JsonValue* find(std::string_view name) const;
};

// Says what kind of value it is: "an object".
std::string_view json_kind_name(JsonValue::Kind kind);

// A text with the name and the line by which users know it.
class JsonText {
public:
    // Throws InputError where the text is not JSON, is nested deeper than anything in a driver, or
    // has a key twice in one object. The text must outlive this. `places`: it is a copy without
    // blanks of what the user wrote, where its keys and values stood so; they must outlive this
    // too. Without any of them the name says all that is known about the place.
    JsonText(std::string_view text, std::string name,
             std::optional<std::span<const TokenPlace>> places = {});

    const JsonValue& root() const { return root_; }
    // "widget.json:3:7" for an offset into the text.
    std::string place(std::size_t offset) const;
    [[noreturn]] void fail(std::size_t offset, const std::string& what) const;

private:
    std::string place_in_copy(std::size_t offset) const;

    std::string_view text_;
    std::string name_;
    std::optional<std::span<const TokenPlace>> places_;  // nullopt: the text is the user's own
    JsonValue root_;
};

}  // namespace mmsim
