// SPDX-License-Identifier: GPL-2.0-or-later
// What a file tells its driver about the device behind it: `params` of a trace's file, typed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mmsim {

enum class ParamKind : std::uint8_t {
    number,   // also true and false
    word,     // one of ParamSpec::choices
    numbers,  // a list
    words,    // a list of the choices
    file,     // the id of another file of the trace; "" for none
};

struct ParamSpec {
    std::string_view name;
    ParamKind kind;
    std::string_view fallback;  // the value where a file says nothing, as JSON
    std::string_view what;      // one line
    std::string_view choices;   // separated by blanks
};

// The values of one file: each param that its driver has, in the driver's order.
class DriverParams {
public:
    struct Value {
        std::vector<std::uint64_t> numbers;
        std::vector<std::string> words;

        bool operator==(const Value&) const = default;
    };

    void add(std::string_view name, Value value) { values_.emplace_back(name, std::move(value)); }
    // REQUIRES: the driver has a param of that name and kind.
    const std::vector<std::uint64_t>& numbers(std::string_view name) const {
        return value(name).numbers;
    }
    const std::vector<std::string>& words(std::string_view name) const { return value(name).words; }
    std::uint64_t number(std::string_view name) const { return numbers(name).front(); }
    bool yes(std::string_view name) const { return number(name) != 0; }
    const std::string& word(std::string_view name) const { return words(name).front(); }

private:
    const Value& value(std::string_view name) const;

    std::vector<std::pair<std::string, Value>> values_;
};

}  // namespace mmsim
