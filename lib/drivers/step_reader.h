// SPDX-License-Identifier: GPL-2.0-or-later
// Reads one step of a declared driver: which verb it is, where that makes sense, and its keys.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/json_value.h"
#include "drivers/step_parser.h"
#include "drivers/steps.h"

namespace mmsim {

// One step of one hook: the JSON object, and where it stands.
class StepReader {
public:
    StepReader(const JsonText& text, const JsonValue& object, std::span<const ParamSpec> params,
               Hook hook, std::string where)
        : text_(text), object_(object), params_(params), hook_(hook), where_(std::move(where)) {}

    HookStep read(StepParser& parser, std::optional<Steps>& success_hook);

    using Body = decltype(HookStep::what);

    // The language. docs/trace-format.md shows these tables to users.
    struct Verb {
        std::string_view key;
        std::uint16_t hooks;  // a bit for each Hook that it makes sense in
        Body (StepReader::*read)();
        std::vector<std::string_view> with;  // other keys of such a step
    };
    static const std::vector<Verb>& verbs();

    struct ActionForm {
        std::string_view name;
        ActionType type;
        bool full;
        std::vector<std::string_view> needs;
        std::vector<std::string_view> takes;  // and need not be there
    };
    static const std::vector<ActionForm>& action_forms();

private:
    [[noreturn]] void fail(std::size_t offset, const std::string& what) const {
        text_.fail(offset, where_ + ": " + what);
    }
    [[noreturn]] void fail_key(std::string_view key, const std::string& what) const {
        fail(object_.find(key)->offset, "'" + std::string(key) + "': " + what);
    }

    const Verb& verb() const;
    void check_keys(const Verb& verb) const;
    bool has(std::string_view key) const { return object_.find(key) != nullptr; }
    const JsonValue& at(std::string_view key, JsonValue::Kind kind) const;
    const JsonValue& need(std::string_view key) const;

    std::string string(std::string_view key) const { return at(key, JsonValue::Kind::string).text; }
    bool boolean(std::string_view key) const {
        return has(key) && at(key, JsonValue::Kind::boolean).boolean;
    }
    Errno error(std::string_view key) const;
    std::int64_t override_value() const;
    Expression number(std::string_view key) const;
    std::optional<Expression> number_if(std::string_view key) const {
        return has(key) ? std::optional(number(key)) : std::nullopt;
    }
    Every every() const;
    WorkFailure work_failure() const;
    VmFlags flags(std::string_view key) const;
    NamedFile named_file(std::string_view key) const;
    bool per_object() const;
    void forbid(std::initializer_list<std::string_view> keys, const std::string& why) const;

    Body require() { return RequireStep{number("require"), error("errno")}; }
    Body change_flags() { return FlagsStep{flags("set_flags"), flags("clear_flags")}; }
    Body page_prot();
    Body pgoff() { return PgoffStep{number("pgoff")}; }
    Body vm_file() { return FileStep{named_file("vm_file")}; }
    Body private_data();
    Body vm_ops();
    Body get() { return ReferenceStep{string("get"), true, per_object()}; }
    Body put() { return ReferenceStep{string("put"), false, per_object()}; }
    Body fail_step() { return FailStep{error("fail"), every()}; }
    Body inner() { return InnerStep{named_file("inner")}; }
    Body action();
    Body helper();
    void read_helper_arguments(HelperStep& step, std::string_view key);

    const JsonText& text_;
    const JsonValue& object_;
    std::span<const ParamSpec> params_;
    Hook hook_;
    std::string where_;
};

}  // namespace mmsim
