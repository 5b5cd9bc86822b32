// SPDX-License-Identifier: GPL-2.0-or-later
// A driver described in JSON: hooks as lists of steps. docs/trace-format.md has the language.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/declared_params.h"
#include "drivers/steps.h"
#include "mm/driver.h"
#include "mm/profile.h"
#include "trace/trace_header.h"

namespace mmsim {

class JsonText;
class StepParser;
struct JsonValue;
struct World;

class DeclaredDriver final : public Driver {
public:
    // The language: the keys of a driver, and the hooks that its vm_ops can have.
    // docs/trace-format.md shows both to users.
    struct Key {
        std::string_view name;
        // Null: the constructor reads it before the others.
        void (DeclaredDriver::*read)(const JsonText& text, StepParser& parser,
                                     const JsonValue& value);
    };
    static std::span<const Key> keys();
    static std::span<const Hook> vm_ops_hooks();

    // Throws InputError. `object` is the driver's part of `text`.
    DeclaredDriver(const JsonText& text, const JsonValue& object);

    // Throws InputError where the hooks that it would show need what that kernel does not have.
    void validate(const Profile& profile, HookChoice choice) const;
    // It has both mmap hooks and means it: its files cannot be mapped.
    bool both_on_purpose() const { return both_; }
    // "widget.json:1:3: driver 'widget'".
    const std::string& place() const { return place_; }
    // Null for a hook that is not set.
    const Steps* steps(Hook hook) const;

    std::string_view name() const override { return name_; }
    std::string_view summary() const override { return summary_; }
    std::span<const ParamSpec> params() const override { return params_.specs(); }
    HookSet hooks(const Profile& profile, HookChoice choice) const override;
    std::vector<std::string_view> references() const override;
    UnmappedArea unmapped_area() const override { return unmapped_area_; }
    bool in_tree() const override { return false; }
    bool takes_advice() const override;
    bool mmap_is_deprecated() const override;
    bool mapped_can_fail() const override;

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override;
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override;
    Result<> success_hook(HookCall& call, Vma& vma) const override;
    Result<> mapped(HookCall& call, const Vma& vma, std::uint64_t& private_data) const override;
    void open(HookCall& call, const Vma& vma) const override;
    void close(HookCall& call, const Vma& vma) const override;
    Result<> may_split(HookCall& call, const Vma& vma, Vpn at) const override;
    Result<> mprotect(HookCall& call, const Vma& vma, VmFlags flags) const override;
    Result<> mremap(HookCall& call, const Vma& vma) const override;

private:
    void read_summary(const JsonText& text, StepParser& parser, const JsonValue& value);
    template <Hook hook>
    void read_hook(const JsonText& text, StepParser& parser, const JsonValue& value);
    void read_both(const JsonText& text, StepParser& parser, const JsonValue& value);
    void read_vm_ops(const JsonText& text, StepParser& parser, const JsonValue& table);
    void read_unmapped_area(const JsonText& text, StepParser& parser, const JsonValue& value);
    std::string where(std::string_view key) const;
    Result<> run(Hook hook, HookCall& call, const Vma& vma, VmFlags flags) const;

    std::string name_;
    std::string summary_;
    std::string place_;
    DeclaredParams params_;
    std::string mapped_place_;
    UnmappedArea unmapped_area_ = UnmappedArea::plain;
    bool both_ = false;
    std::array<std::optional<Steps>, kHooks> hooks_;  // by Hook
};

// One driver from its JSON object; `name` is that of the text, for messages.
std::shared_ptr<const DeclaredDriver> parse_declared_driver(std::string_view json,
                                                            std::string name);
// One of a trace with that name.
std::shared_ptr<const DeclaredDriver> parse_declared_driver(const TraceDriver& driver,
                                                            std::string trace);

// A file of one driver, of an array of them, or {"drivers": [...]}. Throws InputError.
std::vector<std::shared_ptr<const DeclaredDriver>> load_driver_file(const std::string& path);

}  // namespace mmsim
