// SPDX-License-Identifier: GPL-2.0-or-later
// What files may say to a declared driver: the `params` of its JSON object.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mm/driver.h"

namespace mmsim {

class JsonText;
struct JsonValue;

class DeclaredParams {
public:
    // Throws InputError that begins with `who`. `object`: null where the driver has none.
    DeclaredParams(const JsonText& text, const JsonValue* object, const std::string& who);
    DeclaredParams(const DeclaredParams&) = delete;
    DeclaredParams& operator=(const DeclaredParams&) = delete;

    std::span<const ParamSpec> specs() const { return specs_; }
    // What the file of a call says, or what holds where it says nothing, as numbers by position: a
    // word is its place among the choices, a file 1 where there is one.
    std::vector<std::uint64_t> numbers(const HookCall& call) const;
    // The id of a file; empty where none is named. REQUIRES: there is such a param.
    const std::string& file(const HookCall& call, std::string_view name) const;

private:
    const DriverParams& values_of(const HookCall& call) const;

    std::vector<std::string> texts_;  // what specs_ points into
    std::vector<ParamSpec> specs_;
    DriverParams fallbacks_;
};

}  // namespace mmsim
