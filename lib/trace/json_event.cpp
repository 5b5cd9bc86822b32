// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_event.h"

#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <system_error>

#include "trace/abi_names.h"
#include "trace/json_text.h"
#include "trace/json_values.h"

namespace mmsim {
namespace {

using Key = JsonEventKey;

// Any op may carry these.
constexpr std::uint32_t kCommonKeys =
    JsonEventValues::bit(Key::op) | JsonEventValues::bit(Key::pid) |
    JsonEventValues::bit(Key::tid) | JsonEventValues::bit(Key::result) |
    JsonEventValues::bit(Key::fail);

// How a process that appears is called: one of them is enough.
constexpr std::uint32_t kChildKeys =
    JsonEventValues::bit(Key::child) | JsonEventValues::bit(Key::result);

constexpr std::uint64_t kLargestPid = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kLargestN = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kLargestErrno = 4095;

// "ENOMEM"; "errno 600" for a number that Linux does not name.
Errno read_errno(const JsonTokens& json, std::string_view key, std::string_view text) {
    if (const auto error = errno_from_name(text)) return *error;
    constexpr std::string_view kNumbered = "errno ";
    if (text.starts_with(kNumbered)) {
        std::uint16_t number = 0;
        const char* const end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data() + kNumbered.size(), end, number);
        if (parsed.ptr == end && parsed.ec == std::errc{} && number > 0 &&
            number <= kLargestErrno) {
            return static_cast<Errno>(number);
        }
    }
    json.fail(quoted(key) + " names no errno that Linux has: " + quoted(text));
}

}  // namespace

JsonEventParser::JsonEventParser(JsonTokens& json, const TraceHeader& header) : json_(json) {
    for (const TraceFile& file : header.files) files_.emplace(file.id, &file);
}

void JsonEventParser::read(TraceRecord& record) {
    values_.seen = 0;
    values_.file = {};
    recorded_ = {};
    fail_.reset();

    if (json_.peek() != JsonKind::object) {
        json_.fail("an event must be an object, not " + std::string(json_kind_name(json_.peek())));
    }
    const JsonPlace event = json_.place();
    json_.begin_object();
    for (std::string_view name; json_.next_key(name);) {
        const auto key = json_event_key(name);
        if (!key) json_.fail("unknown key " + quoted(name) + " in an event");
        if (values_.has(*key)) fail_twice(json_, name);
        values_.places[static_cast<std::size_t>(*key)] = json_.place();
        read_value(*key);
        values_.seen |= JsonEventValues::bit(*key);
    }
    check_keys(event);
    if (values_.has(Key::flags) && values_.flags_are_text) {
        values_.set_number(Key::flags, abi_of_text(json_, values_.flags_place, "flags",
                                                   values_.op->flags, values_.flags_text));
    }

    record.line = json_.line();
    record.start_line = event.line;
    record.pid = values_.has(Key::pid) ? static_cast<std::int64_t>(values_.number(Key::pid)) : 1;
    record.tid = static_cast<std::int64_t>(values_.number(Key::tid));
    record.call = values_.op->build(values_);
    record.recorded = recorded_;
    record.fail = fail_;
}

void JsonEventParser::read_value(JsonEventKey key) {
    const std::string_view name = json_event_key_name(key);
    switch (key) {
        case Key::op:
            read_op();
            break;
        case Key::result:
            read_result();
            break;
        case Key::fail:
            read_fail();
            break;
        case Key::pid:
        case Key::tid:
        case Key::child:
            values_.set_number(key, read_u64(json_, name, 1, kLargestPid));
            break;
        case Key::prot:
            values_.set_number(key, read_abi(json_, name, AbiFamily::prot));
            break;
        case Key::advice:
            values_.set_number(key, read_abi(json_, name, AbiFamily::madv));
            break;
        case Key::mode:
            values_.set_number(key, read_abi(json_, name, AbiFamily::mpol));
            break;
        case Key::limit:
            values_.set_number(key, read_abi(json_, name, AbiFamily::rlimit));
            break;
        case Key::seals:
            values_.set_number(key, read_seals(json_, name));
            break;
        case Key::write:
        case Key::enable:
            values_.set_number(key, read_bool(json_, name) ? 1 : 0);
            break;
        case Key::value:
            values_.limit_value = read_limit(json_, name);
            break;
        case Key::maps:
            read_maps(json_, name, values_.maps);
            break;
        case Key::program:
            values_.program = read_text(json_, name);
            break;
        case Key::pkey:  // -1 stands for no key
            values_.set_number(key, static_cast<std::uint64_t>(read_int(json_, name)));
            break;
        case Key::flags:
            read_flags();
            break;
        case Key::name:
            read_name();
            break;
        case Key::file:
        case Key::id:
            read_file(key);
            break;
        case Key::addr:
        case Key::length:
        case Key::old_length:
        case Key::new_addr:
        case Key::offset:
        case Key::pgoff:
        case Key::nodes:
        case Key::fault_at:
            values_.set_number(key, read_u64(json_, name));
            break;
    }
}

void JsonEventParser::read_op() {
    const std::string_view op = read_text(json_, "op");
    values_.op = json_op(op);
    if (values_.op == nullptr) json_.fail("unknown op " + quoted(op));
}

void JsonEventParser::read_file(JsonEventKey key) {
    const std::string_view id = read_text(json_, json_event_key_name(key));
    const auto found = files_.find(id);
    if (found == files_.end()) json_.fail("no file of 'files' has the id " + quoted(id));
    values_.file = found->second->id;
}

void JsonEventParser::read_flags() {
    values_.flags_are_text = json_.peek() == JsonKind::string;
    if (values_.flags_are_text) {
        values_.flags_text = json_.string();
        values_.flags_place = json_.place();
    } else {
        values_.set_number(Key::flags, read_abi(json_, "flags", AbiFamily::none));
    }
}

void JsonEventParser::read_name() {
    values_.name_is_null = json_.peek() == JsonKind::null;
    if (values_.name_is_null) {
        json_.null();
    } else {
        values_.name = read_text(json_, "name");
    }
}

void JsonEventParser::read_result() {
    recorded_.known = true;
    if (json_.peek() == JsonKind::string) {
        const std::string_view text = json_.string();
        if (text.empty() || text[0] < '0' || text[0] > '9') {
            recorded_.error = read_errno(json_, "result", text);
            recorded_.value = -1;
            return;
        }
        recorded_.value = static_cast<std::int64_t>(u64_of_string(json_, "result", text));
    } else {
        recorded_.value = static_cast<std::int64_t>(read_u64(json_, "result"));
    }
}

void JsonEventParser::read_fail() {
    fail_.emplace();
    fail_point_.clear();
    std::uint32_t seen = 0;
    constexpr std::array<std::string_view, 3> kFailKeys = {"point", "n", "errno"};
    expect_kind(json_, "fail", JsonKind::object);
    json_.begin_object();
    const JsonPlace where = json_.place();
    for (std::string_view key; json_.next_key(key);) {
        switch (note_key(json_, kFailKeys, key, " in 'fail'", seen)) {
            case 0:
                fail_point_ = read_text(json_, "point");
                break;
            case 1:
                fail_->n = static_cast<std::uint32_t>(read_u64(json_, "n", 1, kLargestN));
                break;
            default:
                fail_->error = read_errno(json_, "errno", read_text(json_, "errno"));
        }
    }
    if (fail_point_.empty()) json_.fail(where, "'fail' needs a 'point'");
    fail_->point = fail_point_;
}

void JsonEventParser::check_keys(JsonPlace event) const {
    if (!values_.has(Key::op)) json_.fail(event, "an event needs an 'op'");
    const JsonOp& op = *values_.op;
    const std::uint32_t missing = op.required & ~values_.seen;
    const std::uint32_t unknown = values_.seen & ~(op.required | op.optional | kCommonKeys);
    const std::string name(op.name);
    // The first that stands there, whatever its number.
    std::optional<Key> first;
    for (std::size_t i = 0; i < kJsonEventKeys; ++i) {
        const auto key = static_cast<Key>(i);
        if ((unknown & JsonEventValues::bit(key)) == 0) continue;
        if (!first || values_.place(key) < values_.place(*first)) first = key;
    }
    if (first) {
        json_.fail(values_.place(*first),
                   "unknown key " + quoted(json_event_key_name(*first)) + " of op '" + name + "'");
    }
    if (missing != 0) {
        const auto key = static_cast<Key>(std::countr_zero(missing));
        json_.fail(event, "op '" + name + "' needs the key " + quoted(json_event_key_name(key)));
    }
    if (op.creates_process && (values_.seen & kChildKeys) == 0) {
        json_.fail(event, "op '" + name + "' needs the key 'child' or 'result'");
    }
}

}  // namespace mmsim
