// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/params.h"

#include <optional>

#include "base/assert.h"
#include "base/input_error.h"
#include "drivers/json_value.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

using JsonKind = JsonValue::Kind;

bool is_list(ParamKind kind) { return kind == ParamKind::numbers || kind == ParamKind::words; }

bool is_number(ParamKind kind) { return kind == ParamKind::number || kind == ParamKind::numbers; }

// Whether `word` is one of those that `choices` has between blanks.
bool is_choice(std::string_view choices, std::string_view word) {
    while (!choices.empty()) {
        const std::size_t blank = choices.find(' ');
        if (choices.substr(0, blank) == word) return true;
        choices = blank == std::string_view::npos ? "" : choices.substr(blank + 1);
    }
    return false;
}

std::optional<std::uint64_t> number_of(const JsonValue& value) {
    if (value.kind == JsonKind::boolean) return value.boolean ? 1 : 0;
    if (value.kind != JsonKind::number && value.kind != JsonKind::string) return std::nullopt;
    return parse_c_number(value.text);
}

// False where the value is of another kind.
bool add_item(const ParamSpec& spec, const JsonValue& value, DriverParams::Value& to) {
    if (is_number(spec.kind)) {
        const auto number = number_of(value);
        if (number) to.numbers.push_back(*number);
        return number.has_value();
    }
    const bool known = spec.kind == ParamKind::file || is_choice(spec.choices, value.text);
    if (value.kind != JsonKind::string || !known) return false;
    to.words.push_back(value.text);
    return true;
}

bool read_value(const ParamSpec& spec, const JsonValue& value, DriverParams::Value& to) {
    if (!is_list(spec.kind)) return add_item(spec, value, to);
    if (value.kind != JsonKind::array) return false;
    for (const JsonValue& item : value.items) {
        if (!add_item(spec, item, to)) return false;
    }
    return true;
}

[[noreturn]] void fail_unknown(const Driver& driver, const std::string& name,
                               const std::string& place) {
    std::string known;
    for (const ParamSpec& spec : driver.params()) {
        (known += known.empty() ? "" : ", ") += spec.name;
    }
    throw InputError(place + ": driver '" + std::string(driver.name()) + "' has no param '" + name +
                     "'; it has " + (known.empty() ? "none" : known));
}

void check_names(const Driver& driver, const JsonValue& object, const std::string& place) {
    for (const JsonKey& key : object.keys) {
        bool known = false;
        for (const ParamSpec& spec : driver.params()) known = known || spec.name == key.name;
        if (!known) fail_unknown(driver, key.name, place);
    }
}

}  // namespace

std::string param_kind_name(const ParamSpec& spec) {
    switch (spec.kind) {
        case ParamKind::number:
            return "a number";
        case ParamKind::numbers:
            return "a list of numbers";
        case ParamKind::word:
            return "one of: " + std::string(spec.choices);
        case ParamKind::words:
            return "a list of: " + std::string(spec.choices);
        case ParamKind::file:
            return "the id of a file";
    }
    return {};
}

std::shared_ptr<const DriverParams> read_params(const Driver& driver, std::string_view json,
                                                const std::string& place) {
    const JsonText text(json, place, std::span<const TokenPlace>{});
    check_names(driver, text.root(), place);
    auto params = std::make_shared<DriverParams>();
    for (const ParamSpec& spec : driver.params()) {
        DriverParams::Value value;
        if (const JsonValue* const given = text.root().find(spec.name)) {
            if (!read_value(spec, *given, value)) {
                throw InputError(place + ": param '" + std::string(spec.name) + "' of driver '" +
                                 std::string(driver.name()) + "' must be " + param_kind_name(spec));
            }
        } else {
            const JsonText fallback(spec.fallback, std::string(spec.name));
            const bool read = read_value(spec, fallback.root(), value);
            MMSIM_ASSERT(read);
        }
        params->add(spec.name, std::move(value));
    }
    return params;
}

}  // namespace mmsim
