// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/declared.h"

#include <algorithm>
#include <fstream>

#include "base/input_error.h"
#include "drivers/json_value.h"
#include "drivers/registry.h"
#include "drivers/step_parser.h"
#include "mm/world.h"

namespace mmsim {
namespace {

using Kind = JsonValue::Kind;

std::size_t index(Hook hook) { return static_cast<std::size_t>(hook); }

void expect(const JsonText& text, const JsonValue& value, Kind kind, const std::string& what) {
    if (value.kind == kind) return;
    text.fail(value.offset, what + ": expected " + std::string(json_kind_name(kind)) + ", not " +
                                std::string(json_kind_name(value.kind)));
}

std::string name_of(const JsonText& text, const JsonValue& object) {
    expect(text, object, Kind::object, "driver");
    const JsonValue* const name = object.find("name");
    if (name == nullptr) text.fail(object.offset, "driver: 'name' is missing");
    expect(text, *name, Kind::string, "driver: 'name'");
    if (name->text.empty()) text.fail(name->offset, "driver: 'name' is empty");
    return name->text;
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string content;
    char block[4096];
    while (in.read(block, sizeof block) || in.gcount() > 0) {
        content.append(block, static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof() || in.bad()) throw InputError("cannot read '" + path + "'");
    return content;
}

}  // namespace

DeclaredDriver::DeclaredDriver(const JsonText& text, const JsonValue& object)
    : name_(name_of(text, object)),
      place_(text.place(object.offset) + ": driver '" + name_ + "'"),
      params_(text, object.find("params"), "driver '" + name_ + "'") {
    StepParser parser(text, name_, params_.specs());
    for (std::size_t i = 0; i < object.keys.size(); ++i) {
        const auto key = std::ranges::find(keys(), object.keys[i].name, &Key::name);
        if (key == keys().end()) {
            text.fail(object.keys[i].offset,
                      "driver '" + name_ + "': unknown key '" + object.keys[i].name + "'");
        }
        if (key->read != nullptr) (this->*key->read)(text, parser, object.items[i]);
    }
    hooks_[index(Hook::success_hook)] = parser.take_success_hook();
    if (!both_) return;
    for (const Hook hook : {Hook::mmap_prepare, Hook::mmap}) {
        if (!hooks_[index(hook)]) hooks_[index(hook)].emplace();
    }
}

std::span<const DeclaredDriver::Key> DeclaredDriver::keys() {
    static constexpr Key kKeys[] = {
        {"name", nullptr},
        {"summary", &DeclaredDriver::read_summary},
        {"params", nullptr},
        {"mmap_prepare", &DeclaredDriver::read_hook<Hook::mmap_prepare>},
        {"mmap", &DeclaredDriver::read_hook<Hook::mmap>},
        {"both", &DeclaredDriver::read_both},
        {"vm_ops", &DeclaredDriver::read_vm_ops},
        {"get_unmapped_area", &DeclaredDriver::read_unmapped_area},
    };
    return kKeys;
}

std::span<const Hook> DeclaredDriver::vm_ops_hooks() {
    static constexpr Hook kHooksOfVmOps[] = {Hook::open,      Hook::close,    Hook::mapped,
                                             Hook::may_split, Hook::mprotect, Hook::mremap};
    return kHooksOfVmOps;
}

std::string DeclaredDriver::where(std::string_view key) const {
    std::string text = "driver '" + name_ + "'";
    return text.append(", '").append(key).append("'");
}

void DeclaredDriver::read_summary(const JsonText& text, StepParser&, const JsonValue& value) {
    expect(text, value, Kind::string, where("summary"));
    summary_ = value.text;
}

template <Hook hook>
void DeclaredDriver::read_hook(const JsonText&, StepParser& parser, const JsonValue& value) {
    hooks_[index(hook)] = parser.parse(value, hook);
}

void DeclaredDriver::read_both(const JsonText& text, StepParser&, const JsonValue& value) {
    expect(text, value, Kind::boolean, where("both"));
    both_ = value.boolean;
}

void DeclaredDriver::read_unmapped_area(const JsonText& text, StepParser&, const JsonValue& value) {
    expect(text, value, Kind::string, where("get_unmapped_area"));
    if (value.text != "plain" && value.text != "thp") {
        text.fail(value.offset,
                  "driver '" + name_ + "': 'get_unmapped_area' is \"plain\" or \"thp\"");
    }
    unmapped_area_ = value.text == "thp" ? UnmappedArea::thp : UnmappedArea::plain;
}

void DeclaredDriver::read_vm_ops(const JsonText& text, StepParser& parser, const JsonValue& table) {
    expect(text, table, Kind::object, where("vm_ops"));
    for (std::size_t i = 0; i < table.keys.size(); ++i) {
        const std::string& key = table.keys[i].name;
        const auto hook = std::ranges::find(vm_ops_hooks(), key, hook_name);
        if (hook == vm_ops_hooks().end()) {
            text.fail(table.keys[i].offset,
                      "driver '" + name_ + "', vm_ops: unknown hook '" + key + "'");
        }
        hooks_[index(*hook)] = parser.parse(table.items[i], *hook);
        if (*hook == Hook::mapped) mapped_place_ = text.place(table.keys[i].offset);
    }
}

const Steps* DeclaredDriver::steps(Hook hook) const {
    const auto& steps = hooks_[index(hook)];
    return steps ? &*steps : nullptr;
}

HookSet DeclaredDriver::hooks(const Profile& profile, HookChoice choice) const {
    HookSet set;
    for (std::size_t i = 0; i < kHooks; ++i) {
        if (hooks_[i]) set = set.with(static_cast<Hook>(i));
    }
    if (!profile.mmap_prepare) set = set.without(Hook::mmap_prepare);
    if (!profile.mapped_hook) set = set.without(Hook::mapped);
    if (!profile.success_and_error_hooks) set = set.without(Hook::success_hook);
    if (!both_ && set.has(Hook::mmap_prepare) && set.has(Hook::mmap)) {
        const bool legacy = choice == HookChoice::legacy;
        set = set.without(legacy ? Hook::mmap_prepare : Hook::mmap);
    }
    return set;
}

std::vector<std::string_view> DeclaredDriver::references() const {
    std::vector<std::string_view> names;
    for (const auto& steps : hooks_) {
        if (!steps) continue;
        for (const HookStep& step : *steps) {
            const auto* const counts = std::get_if<ReferenceStep>(&step.what);
            if (counts == nullptr || std::ranges::count(names, counts->name) != 0) continue;
            names.push_back(counts->name);
        }
    }
    return names;
}

void DeclaredDriver::validate(const Profile& profile, HookChoice choice) const {
    const HookSet shown = hooks(profile, choice);
    if (!shown.has(Hook::mmap_prepare)) return;
    check_steps(*steps(Hook::mmap_prepare), profile);
    if (steps(Hook::mapped) != nullptr && !profile.mapped_hook) {
        throw InputError(mapped_place_ + ": driver '" + name_ +
                         "', vm_ops: 'mapped' is not in "
                         "kernel " +
                         std::string(profile.name) + ", only in " +
                         versions_with(&Profile::mapped_hook));
    }
}

// One that hands on to another file has to stay: that file may have an old hook.
bool DeclaredDriver::takes_advice() const { return make_driver(name_) == nullptr; }

bool DeclaredDriver::mmap_is_deprecated() const {
    const Steps* old = steps(Hook::mmap);
    if (old == nullptr || steps(Hook::mmap_prepare) != nullptr) return false;
    return std::ranges::none_of(
        *old, [](const HookStep& step) { return std::holds_alternative<InnerStep>(step.what); });
}

bool DeclaredDriver::mapped_can_fail() const {
    const Steps* steps_of_it = steps(Hook::mapped);
    return steps_of_it != nullptr && std::ranges::any_of(*steps_of_it, [](const HookStep& step) {
               return std::holds_alternative<FailStep>(step.what) ||
                      std::holds_alternative<RequireStep>(step.what);
           });
}

Result<> DeclaredDriver::mmap_prepare(HookCall& call, VmAreaDesc& desc) const {
    StepTarget target{.range = desc.range,
                      .pgoff = desc.pgoff,
                      .flags = desc.flags,
                      .private_data = desc.private_data,
                      .ops = &desc.ops,
                      .desc = &desc};
    return run_steps(*steps(Hook::mmap_prepare), params_, call, target);
}

Result<> DeclaredDriver::mmap(HookCall& call, HalfBuiltVma& vma) const {
    StepTarget target{.range = vma.range,
                      .pgoff = vma.pgoff,
                      .flags = vma.flags,
                      .private_data = vma.private_data,
                      .ops = &vma.ops,
                      .half = &vma};
    return run_steps(*steps(Hook::mmap), params_, call, target);
}

Result<> DeclaredDriver::success_hook(HookCall& call, Vma& vma) const {
    if (steps(Hook::success_hook) == nullptr) return {};
    Pgoff pgoff = vma.pgoff;
    VmFlags flags = vma.flags;
    StepTarget target{.range = vma.range(),
                      .pgoff = pgoff,
                      .flags = flags,
                      .private_data = vma.private_data,
                      .ops = &vma.ops};
    return run_steps(*steps(Hook::success_hook), params_, call, target);
}

Result<> DeclaredDriver::mapped(HookCall& call, const Vma& vma, std::uint64_t& private_data) const {
    Pgoff pgoff = vma.pgoff;
    VmFlags flags = vma.flags;
    StepTarget target{
        .range = vma.range(), .pgoff = pgoff, .flags = flags, .private_data = private_data};
    return run_steps(*steps(Hook::mapped), params_, call, target);
}

// A vm_ops hook that can only look at the VMA.
Result<> DeclaredDriver::run(Hook hook, HookCall& call, const Vma& vma, VmFlags flags) const {
    Pgoff pgoff = vma.pgoff;
    std::uint64_t private_data = vma.private_data;
    StepTarget target{
        .range = vma.range(), .pgoff = pgoff, .flags = flags, .private_data = private_data};
    return run_steps(*steps(hook), params_, call, target);
}

void DeclaredDriver::open(HookCall& call, const Vma& vma) const {
    static_cast<void>(run(Hook::open, call, vma, vma.flags));
}

void DeclaredDriver::close(HookCall& call, const Vma& vma) const {
    static_cast<void>(run(Hook::close, call, vma, vma.flags));
}

Result<> DeclaredDriver::may_split(HookCall& call, const Vma& vma, Vpn) const {
    return run(Hook::may_split, call, vma, vma.flags);
}

// Its expressions see the flags that are to come.
Result<> DeclaredDriver::mprotect(HookCall& call, const Vma& vma, VmFlags flags) const {
    return run(Hook::mprotect, call, vma, flags);
}

Result<> DeclaredDriver::mremap(HookCall& call, const Vma& vma) const {
    return run(Hook::mremap, call, vma, vma.flags);
}

std::shared_ptr<const DeclaredDriver> parse_declared_driver(std::string_view json,
                                                            std::string name) {
    const JsonText text(json, std::move(name));
    return std::make_shared<const DeclaredDriver>(text, text.root());
}

std::shared_ptr<const DeclaredDriver> parse_declared_driver(const TraceDriver& driver,
                                                            std::string trace) {
    const JsonText text(driver.json, std::move(trace), driver.places);
    return std::make_shared<const DeclaredDriver>(text, text.root());
}

std::vector<std::shared_ptr<const DeclaredDriver>> load_driver_file(const std::string& path) {
    const std::string json = content_of(path);
    const JsonText text(json, path);

    const JsonValue* list = &text.root();
    if (const JsonValue* const drivers = list->find("drivers")) {
        if (list->keys.size() != 1) {
            const auto& keys = list->keys;
            const bool first = keys[0].name == "drivers";
            text.fail(keys[first ? 1 : 0].offset, "unknown key '" + keys[first ? 1 : 0].name + "'");
        }
        list = drivers;
        expect(text, *list, Kind::array, "'drivers'");
    }
    std::vector<std::shared_ptr<const DeclaredDriver>> made;
    if (list->kind == Kind::object) {
        made.push_back(std::make_shared<const DeclaredDriver>(text, *list));
        return made;
    }
    expect(text, *list, Kind::array, "a driver file");
    for (const JsonValue& object : list->items) {
        auto driver = std::make_shared<const DeclaredDriver>(text, object);
        if (std::ranges::count(made, driver->name(), [](const auto& d) { return d->name(); }) !=
            0) {
            text.fail(object.offset, "driver '" + std::string(driver->name()) + "' is there twice");
        }
        made.push_back(std::move(driver));
    }
    return made;
}

}  // namespace mmsim
