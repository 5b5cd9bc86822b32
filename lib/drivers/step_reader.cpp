// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/step_reader.h"

#include <algorithm>
#include <utility>

#include "base/input_error.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

using Kind = JsonValue::Kind;

constexpr std::uint16_t bits(std::initializer_list<Hook> hooks) {
    HookSet set;
    for (const Hook hook : hooks) set = set.with(hook);
    return set.bits;
}

constexpr auto kMappingHooks = bits({Hook::mmap_prepare, Hook::mmap});
constexpr auto kDataHooks =
    bits({Hook::mmap_prepare, Hook::mmap, Hook::mapped, Hook::success_hook});
constexpr auto kOpsHooks = bits({Hook::mmap_prepare, Hook::mmap, Hook::success_hook});
constexpr auto kAll = static_cast<std::uint16_t>((1U << kHooks) - 1);
constexpr auto kFallible = HookSet{kAll}.without(Hook::open).without(Hook::close).bits;

}  // namespace

// The first that a step has decides what it is: `fail` stands behind those it can be a part of.
const std::vector<StepReader::Verb>& StepReader::verbs() {
    static const std::vector<Verb> kVerbs = {
        {"require", kFallible, &StepReader::require, {"errno"}},
        {"set_flags", kMappingHooks, &StepReader::change_flags, {"clear_flags"}},
        {"clear_flags", kMappingHooks, &StepReader::change_flags, {}},
        {"page_prot", kMappingHooks, &StepReader::page_prot, {}},
        {"vm_file", kMappingHooks, &StepReader::vm_file, {}},
        {"private_data", kDataHooks, &StepReader::private_data, {}},
        {"vm_ops", kOpsHooks, &StepReader::vm_ops, {}},
        {"get", kAll, &StepReader::get, {"per"}},
        {"put", kAll, &StepReader::put, {"per"}},
        {"inner", kMappingHooks, &StepReader::inner, {}},
        {"action",
         bits({Hook::mmap_prepare}),
         &StepReader::action,
         {"start", "pfn", "size", "phys", "pages", "fail", "fail_page", "every", "error_override",
          "error_hook", "success_hook", "hide_from_rmap"}},
        {"remap_pfn_range",
         bits({Hook::mmap}),
         &StepReader::helper,
         {"start", "pfn", "size", "fail", "fail_page", "every"}},
        {"vm_iomap_memory",
         bits({Hook::mmap}),
         &StepReader::helper,
         {"phys", "size", "fail", "fail_page", "every"}},
        {"vm_insert_pages",
         bits({Hook::mmap}),
         &StepReader::helper,
         {"start", "pages", "fail", "fail_page", "every"}},
        {"vm_insert_page",
         bits({Hook::mmap}),
         &StepReader::helper,
         {"start", "fail", "fail_page", "every"}},
        {"pgoff", kMappingHooks, &StepReader::pgoff, {}},
        {"fail", kFallible, &StepReader::fail_step, {"every"}},
    };
    return kVerbs;
}

const StepReader::Verb& StepReader::verb() const {
    for (const Verb& verb : verbs()) {
        if (!has(verb.key)) continue;
        if (!HookSet{verb.hooks}.has(hook_)) {
            fail(object_.offset, "'" + std::string(verb.key) + "' is no step of '" +
                                     std::string(hook_name(hook_)) + "'");
        }
        return verb;
    }
    if (object_.keys.empty()) fail(object_.offset, "the step is empty");
    fail(object_.keys[0].offset, "unknown step '" + object_.keys[0].name + "'");
}

void StepReader::check_keys(const Verb& verb) const {
    for (const JsonKey& key : object_.keys) {
        if (key.name == verb.key || std::ranges::count(verb.with, key.name) != 0) continue;
        const bool other = std::ranges::count(verbs(), key.name, &Verb::key) != 0;
        fail(key.offset,
             other ? "'" + std::string(verb.key) + "' and '" + key.name + "' are two steps"
                   : "unknown key '" + key.name + "' beside '" + std::string(verb.key) + "'");
    }
}

const JsonValue& StepReader::need(std::string_view key) const {
    const JsonValue* const value = object_.find(key);
    if (value == nullptr) fail(object_.offset, "'" + std::string(key) + "' is missing");
    return *value;
}

const JsonValue& StepReader::at(std::string_view key, Kind kind) const {
    const JsonValue& value = need(key);
    if (value.kind != kind) {
        fail_key(key, "expected " + std::string(json_kind_name(kind)) + ", not " +
                          std::string(json_kind_name(value.kind)));
    }
    return value;
}

Errno StepReader::error(std::string_view key) const {
    const std::string name = string(key);
    const auto error = errno_from_name(name);
    if (!error) fail_key(key, "unknown errno '" + name + "'");
    return *error;
}

// As drivers write it: a negative errno. Its name alone means that too; any other number is taken
// as it is, since a kernel has something to say about those.
std::int64_t StepReader::override_value() const {
    const JsonValue& value = need("error_override");
    if (value.kind == Kind::string) {
        const std::string_view text = value.text;
        const auto error = errno_from_name(text.substr(text.starts_with('-') ? 1 : 0));
        if (error) return -static_cast<std::int64_t>(*error);
    }
    const bool minus = value.text.starts_with('-');
    const auto number = parse_c_number(std::string_view(value.text).substr(minus ? 1 : 0));
    const bool is_number = value.kind == Kind::string || value.kind == Kind::number;
    if (!is_number || !number || *number > std::uint64_t{1} << 32) {
        fail_key("error_override", "expected an errno or a small number");
    }
    return minus ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
}

Expression StepReader::number(std::string_view key) const {
    const JsonValue& value = need(key);
    if (value.kind == Kind::number) {
        CNumberFault fault{};
        const auto number = parse_c_number(value.text, &fault);
        if (number) return Expression::constant(*number);
        fail_key(key, fault == CNumberFault::too_large
                          ? value.text + " needs more than 64 bits"
                          : value.text + " is negative or not a whole number");
    }
    if (value.kind != Kind::string) {
        fail_key(key, "expected a number or an expression, not " +
                          std::string(json_kind_name(value.kind)));
    }
    try {
        return Expression::parse(value.text, params_);
    } catch (const InputError& error) {
        fail_key(key, error.what());
    }
}

Every StepReader::every() const {
    if (!has("every")) return {};
    const auto calls = parse_c_number(at("every", Kind::number).text);
    if (!calls || *calls == 0) fail_key("every", "expected a whole number above 0");
    return {*calls};
}

WorkFailure StepReader::work_failure() const {
    WorkFailure failure;
    if (has("fail")) failure.error = error("fail");
    failure.page = number_if("fail_page");
    failure.every = every();
    if (has("every") && !failure.possible()) fail_key("every", "goes with 'fail'");
    return failure;
}

VmFlags StepReader::flags(std::string_view key) const {
    VmFlags flags;
    if (!has(key)) return flags;
    for (const JsonValue& name : at(key, Kind::array).items) {
        const auto bit = name.kind == Kind::string ? vma_bit_from_name(name.text) : std::nullopt;
        if (!bit) {
            fail(name.offset, name.kind == Kind::string
                                  ? "unknown flag '" + name.text + "'; flags look like VMA_IO_BIT"
                                  : "'" + std::string(key) + "': expected names of flags");
        }
        flags = flags | *bit;
    }
    return flags;
}

NamedFile StepReader::named_file(std::string_view key) const {
    const JsonValue& value = need(key);
    if (value.kind != Kind::object) return {string(key), false};
    const JsonValue* const name = value.find("param");
    if (name == nullptr || value.keys.size() != 1 || name->kind != Kind::string) {
        fail_key(key, "expected the id of a file, or {\"param\": its name}");
    }
    const auto spec = std::ranges::find(params_, name->text, &ParamSpec::name);
    if (spec == params_.end() || spec->kind != ParamKind::file) {
        fail_key(key, "the driver has no param '" + name->text + "' that is a file");
    }
    return {name->text, true};
}

bool StepReader::per_object() const {
    if (!has("per")) return false;
    if (string("per") != "object") fail_key("per", "expected \"object\"");
    return true;
}

void StepReader::forbid(std::initializer_list<std::string_view> keys,
                        const std::string& why) const {
    for (const std::string_view key : keys) {
        if (has(key)) fail_key(key, why);
    }
}

StepReader::Body StepReader::page_prot() {
    const std::string name = string("page_prot");
    if (name == "noncached") return PageProtStep{PageProt::noncached};
    if (name == "writecombine") return PageProtStep{PageProt::writecombine};
    if (name == "decrypted") return PageProtStep{PageProt::decrypted};
    fail_key("page_prot", "'" + name + "' is none of noncached, writecombine, decrypted");
}

StepReader::Body StepReader::private_data() {
    const JsonValue& value = need("private_data");
    using From = PrivateDataStep::From;
    if (value.kind == Kind::string && value.text == "per-call") {
        return PrivateDataStep{From::per_call, Expression::constant(0)};
    }
    if (value.kind == Kind::string && value.text == "per-file") {
        return PrivateDataStep{From::per_file, Expression::constant(0)};
    }
    return PrivateDataStep{From::number, number("private_data")};
}

StepReader::Body StepReader::vm_ops() {
    const JsonValue& value = need("vm_ops");
    if (value.kind == Kind::null) return OpsStep{OpsStep::To::anonymous};
    return OpsStep{at("vm_ops", Kind::boolean).boolean ? OpsStep::To::own : OpsStep::To::same};
}

HookStep StepReader::read(StepParser& parser, std::optional<Steps>& success_hook) {
    const Verb& found = verb();
    check_keys(found);
    HookStep step{text_.place(object_.offset) + ": " + where_, (this->*found.read)()};
    if (const auto* action = std::get_if<ActionStep>(&step.what)) {
        success_hook.reset();  // an earlier action's goes with that action
        if (action->success_hook) {
            success_hook = parser.parse(*object_.find("success_hook"), Hook::success_hook);
        }
    }
    return step;
}

}  // namespace mmsim
