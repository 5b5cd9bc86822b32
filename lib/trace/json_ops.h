// SPDX-License-Identifier: GPL-2.0-or-later
// The ops of JSON events: which keys each takes, and what it makes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/abi_names.h"
#include "trace/json_tokens.h"
#include "trace/trace_record.h"

namespace mmsim {

// The keys of events; one event has each at most once.
enum class JsonEventKey : std::uint8_t {
    op,
    pid,
    tid,
    result,
    fail,
    addr,
    length,
    old_length,
    new_addr,
    offset,
    pgoff,
    nodes,
    prot,
    flags,
    advice,
    mode,
    limit,
    seals,
    pkey,
    child,
    value,
    fault_at,
    write,
    enable,
    file,
    id,
    name,
    maps,
    program,
};
inline constexpr std::size_t kJsonEventKeys = static_cast<std::size_t>(JsonEventKey::program) + 1;

std::string_view json_event_key_name(JsonEventKey key);
std::optional<JsonEventKey> json_event_key(std::string_view name);

struct JsonOp;

// The values of one event by key. Keys come in any order, so the op is looked at last.
struct JsonEventValues {
    std::uint32_t seen = 0;  // a bit for each key
    std::uint64_t numbers[kJsonEventKeys] = {};
    JsonPlace places[kJsonEventKeys];  // of the keys
    const JsonOp* op = nullptr;
    std::string_view file;   // "file" or "id": the header's own text
    std::string flags_text;  // "flags" where it is a string: what it means depends on the op
    bool flags_are_text = false;
    JsonPlace flags_place;
    std::optional<std::uint64_t> limit_value;  // "value"; nullopt: unlimited
    std::string name;
    bool name_is_null = false;
    std::vector<std::string> maps;
    std::string program;

    static constexpr std::uint32_t bit(JsonEventKey key) {
        return std::uint32_t{1} << static_cast<unsigned>(key);
    }
    bool has(JsonEventKey key) const { return (seen & bit(key)) != 0; }
    JsonPlace place(JsonEventKey key) const { return places[static_cast<std::size_t>(key)]; }
    // 0 where it is absent
    std::uint64_t number(JsonEventKey key) const {
        return has(key) ? numbers[static_cast<std::size_t>(key)] : 0;
    }
    void set_number(JsonEventKey key, std::uint64_t number) {
        numbers[static_cast<std::size_t>(key)] = number;
    }
};

struct JsonOp {
    std::string_view name;
    std::uint32_t required = 0;  // bits of JsonEventValues
    std::uint32_t optional = 0;
    AbiFamily flags = AbiFamily::none;
    // Texts of the call are views into the values.
    TraceCall (*build)(const JsonEventValues& values) = nullptr;
    bool creates_process = false;
};

// Null for a name that is no op.
const JsonOp* json_op(std::string_view name);
std::vector<std::string_view> json_op_names();

}  // namespace mmsim
