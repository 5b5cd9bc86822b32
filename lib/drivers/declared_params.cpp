// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/declared_params.h"

#include <algorithm>
#include <cctype>

#include "drivers/json_value.h"
#include "mm/world.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

using Kind = JsonValue::Kind;

bool is_param_name(std::string_view name) {
    const auto fits = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
           std::ranges::all_of(name, fits);
}

bool is_word(const JsonValue& value) {
    return value.kind == Kind::string && !value.text.empty() &&
           value.text.find_first_of(" \"\\") == std::string::npos;
}

// What one param is, and what holds where a file says nothing.
struct Declaration {
    ParamKind kind = ParamKind::number;
    std::string choices;
    DriverParams::Value fallback;
};

Declaration read_declaration(const JsonText& text, const JsonValue& value, const std::string& who) {
    if (value.kind == Kind::null) {
        return {.kind = ParamKind::file, .choices = {}, .fallback = {.numbers = {}, .words = {""}}};
    }
    if (value.kind == Kind::array) {
        if (value.items.empty() || !std::ranges::all_of(value.items, is_word)) {
            text.fail(value.offset, who + ": expected a list of words");
        }
        Declaration words{.kind = ParamKind::word,
                          .choices = {},
                          .fallback = {.numbers = {}, .words = {value.items[0].text}}};
        for (const JsonValue& word : value.items) {
            words.choices.append(words.choices.empty() ? "" : " ").append(word.text);
        }
        return words;
    }
    const bool number = value.kind == Kind::number || value.kind == Kind::string;
    const auto fallback = number ? parse_c_number(value.text) : std::nullopt;
    if (!fallback) {
        text.fail(value.offset, who + ": expected a number, a list of words, or null for a file");
    }
    return {.kind = ParamKind::number,
            .choices = {},
            .fallback = {.numbers = {*fallback}, .words = {}}};
}

// As JSON.
std::string text_of(const DriverParams::Value& value) {
    if (!value.numbers.empty()) return std::to_string(value.numbers.front());
    return '"' + value.words.front() + '"';
}

std::uint64_t place_among(std::string_view choices, std::string_view word) {
    std::uint64_t place = 0;
    for (;; ++place) {
        const std::size_t blank = choices.find(' ');
        if (choices.substr(0, blank) == word || blank == std::string_view::npos) return place;
        choices.remove_prefix(blank + 1);
    }
}

}  // namespace

DeclaredParams::DeclaredParams(const JsonText& text, const JsonValue* object,
                               const std::string& who) {
    if (object == nullptr) return;
    if (object->kind != Kind::object) {
        text.fail(object->offset, who + ", 'params': expected an object");
    }
    constexpr std::size_t kTexts = 3;
    texts_.reserve(object->keys.size() * kTexts);
    for (std::size_t i = 0; i < object->keys.size(); ++i) {
        const JsonKey& key = object->keys[i];
        const std::string where = who + ", param '" + key.name + "'";
        if (!is_param_name(key.name)) {
            text.fail(key.offset, where + ": a name is made of letters, digits and '_'");
        }
        Declaration declared = read_declaration(text, object->items[i], where);
        texts_.push_back(key.name);
        texts_.push_back(text_of(declared.fallback));
        texts_.push_back(std::move(declared.choices));
        specs_.push_back({.name = texts_[i * kTexts],
                          .kind = declared.kind,
                          .fallback = texts_[i * kTexts + 1],
                          .what = "",
                          .choices = texts_[i * kTexts + 2]});
        fallbacks_.add(key.name, std::move(declared.fallback));
    }
}

const DriverParams& DeclaredParams::values_of(const HookCall& call) const {
    const auto& given = call.file().params;
    return given ? *given : fallbacks_;
}

std::vector<std::uint64_t> DeclaredParams::numbers(const HookCall& call) const {
    std::vector<std::uint64_t> numbers;
    if (specs_.empty()) return numbers;
    const DriverParams& values = values_of(call);
    numbers.reserve(specs_.size());
    for (const ParamSpec& spec : specs_) {
        if (spec.kind == ParamKind::number) {
            numbers.push_back(values.number(spec.name));
        } else if (spec.kind == ParamKind::file) {
            numbers.push_back(values.word(spec.name).empty() ? 0 : 1);
        } else {
            numbers.push_back(place_among(spec.choices, values.word(spec.name)));
        }
    }
    return numbers;
}

const std::string& DeclaredParams::file(const HookCall& call, std::string_view name) const {
    return values_of(call).word(name);
}

}  // namespace mmsim
