// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/json_value.h"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "base/input_error.h"

namespace mmsim {
namespace {

constexpr int kValueNesting = 32;

// What nlohmann says is wrong, without the position that we say better.
std::string reason(const nlohmann::json::exception& error) {
    const std::string_view what = error.what();
    const auto column = what.find("column");
    const auto colon = what.find(": ", column == std::string_view::npos ? 0 : column);
    return std::string(colon == std::string_view::npos ? what : what.substr(colon + 2));
}

// Walks a text that is known to be valid JSON.
class Walker {
public:
    Walker(std::string_view text, const JsonText& messages) : text_(text), messages_(messages) {
        if (text.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark
    }

    JsonValue value(int depth) {
        skip_blanks();
        JsonValue value;
        value.offset = at_;
        switch (text_[at_]) {
            case '{':
                object(value, depth);
                break;
            case '[':
                array(value, depth);
                break;
            case '"':
                value.kind = JsonValue::Kind::string;
                value.text = string();
                break;
            default:
                word(value);
        }
        return value;
    }

private:
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    char next() {
        skip_blanks();
        return text_[at_];
    }

    void enter(std::size_t offset, int depth) const {
        if (depth >= kValueNesting) messages_.fail(offset, "nested too deeply");
    }

    void object(JsonValue& value, int depth) {
        enter(value.offset, depth);
        value.kind = JsonValue::Kind::object;
        ++at_;
        while (next() != '}') {
            if (text_[at_] == ',') {
                ++at_;
                continue;
            }
            const std::size_t offset = at_;
            value.keys.push_back({string(), offset});
            skip_blanks();
            ++at_;  // the colon
            value.items.push_back(this->value(depth + 1));
        }
        ++at_;
        check_keys(value.keys);
    }

    void check_keys(std::vector<JsonKey> keys) const {
        std::ranges::stable_sort(keys, {}, &JsonKey::name);
        const auto twice = std::ranges::adjacent_find(keys, {}, &JsonKey::name);
        if (twice == keys.end()) return;
        messages_.fail(twice[1].offset, "the key '" + twice->name + "' is there twice");
    }

    void array(JsonValue& value, int depth) {
        enter(value.offset, depth);
        value.kind = JsonValue::Kind::array;
        ++at_;
        while (next() != ']') {
            if (text_[at_] == ',') {
                ++at_;
                continue;
            }
            value.items.push_back(this->value(depth + 1));
        }
        ++at_;
    }

    std::string string() {
        const std::size_t begin = at_++;
        for (; text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\') ++at_;
        }
        ++at_;
        const std::string_view token = text_.substr(begin, at_ - begin);
        if (token.find('\\') == std::string_view::npos) {
            return std::string(token.substr(1, token.size() - 2));
        }
        return nlohmann::json::parse(token).get<std::string>();
    }

    void word(JsonValue& value) {
        const std::size_t begin = at_;
        at_ = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
        value.text = text_.substr(begin, at_ - begin);
        if (value.text == "null") return;
        const bool truth = value.text == "true";
        value.boolean = truth;
        value.kind =
            truth || value.text == "false" ? JsonValue::Kind::boolean : JsonValue::Kind::number;
    }

    std::string_view text_;
    const JsonText& messages_;
    std::size_t at_ = 0;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].name == name) return &items[i];
    }
    return nullptr;
}

std::string_view json_kind_name(JsonValue::Kind kind) {
    switch (kind) {
        case JsonValue::Kind::null:
            return "null";
        case JsonValue::Kind::boolean:
            return "true or false";
        case JsonValue::Kind::number:
            return "a number";
        case JsonValue::Kind::string:
            return "a string";
        case JsonValue::Kind::array:
            return "an array";
        case JsonValue::Kind::object:
            return "an object";
    }
    return {};
}

JsonText::JsonText(std::string_view text, std::string name,
                   std::optional<std::span<const TokenPlace>> places)
    : text_(text), name_(std::move(name)), places_(places) {
    try {
        // Only the syntax is of interest: nothing is kept.
        const auto drop = [](int, nlohmann::json::parse_event_t, nlohmann::json&) { return false; };
        const auto nothing = nlohmann::json::parse(text, drop);
    } catch (const nlohmann::json::parse_error& error) {
        fail(error.byte == 0 ? 0 : error.byte - 1, reason(error));
    } catch (const nlohmann::json::exception& error) {
        fail(0, reason(error));  // a number that no computer can hold
    }
    root_ = Walker(text, *this).value(0);
}

std::string JsonText::place(std::size_t offset) const {
    if (places_) return place_in_copy(offset);
    const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
    const auto newlines = std::ranges::count(before, '\n');
    const auto line_start = before.rfind('\n');
    const std::size_t column =
        line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
    return name_ + ":" + std::to_string(newlines + 1) + ":" + std::to_string(column + 1);
}

// Of the last token that begins there or before.
std::string JsonText::place_in_copy(std::size_t offset) const {
    const auto behind = std::ranges::upper_bound(*places_, offset, {}, &TokenPlace::offset);
    if (behind == places_->begin()) return name_;
    const TokenPlace& token = *std::prev(behind);
    return name_ + ":" + std::to_string(token.line) + ":" + std::to_string(token.column);
}

void JsonText::fail(std::size_t offset, const std::string& what) const {
    std::string line = place(offset) + ": " + what;
    // What is quoted from the text may hold line breaks; a message is one line.
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    throw InputError(line);
}

}  // namespace mmsim
