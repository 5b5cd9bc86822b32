// SPDX-License-Identifier: GPL-2.0-or-later
// A JSON object that grows at the end of a string, key by key: {"a": 1, "b": "0x2"}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/abi_names.h"
#include "trace/c_number.h"
#include "trace/json_text.h"

namespace mmsim {

class JsonObject {
public:
    explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }

    // Where the value belongs.
    std::string& key(std::string_view name) {
        if (!first_) out_ += ", ";
        first_ = false;
        append_json_string(out_, name);
        out_ += ": ";
        return out_;
    }
    void text(std::string_view name, std::string_view value) {
        append_json_string(key(name), value);
    }
    void address(std::string_view name, std::uint64_t value) { append_address(key(name), value); }
    void size(std::string_view name, std::uint64_t value) { append_size(key(name), value); }
    void abi(std::string_view name, AbiFamily family, std::uint64_t value) {
        key(name) += '"';
        append_abi_text(out_, family, value);
        out_ += '"';
    }
    void boolean(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
    // A value that is JSON already.
    void raw(std::string_view name, std::string_view json) { key(name) += json; }
    void end() { out_ += '}'; }

    static void append_address(std::string& out, std::uint64_t value) {
        out += '"';
        append_hex(out, value);
        out += '"';
    }
    // A number, unless it is one that programs which count in doubles would round.
    static void append_size(std::string& out, std::uint64_t value) {
        constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
        value <= kExact ? append_decimal(out, value) : append_address(out, value);
    }

private:
    std::string& out_;
    bool first_ = true;
};

}  // namespace mmsim
