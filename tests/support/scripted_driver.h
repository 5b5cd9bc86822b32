// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers for tests of the core, which knows no real ones: each does what the test tells it.
#pragma once

#include <functional>
#include <memory>

#include "mm/driver.h"

namespace mmsim::test {

// Hooks that are not told anything do what a plain file's do: set the driver's own vm_ops.
class ScriptedDriver final : public Driver {
public:
    explicit ScriptedDriver(HookSet set) : set_(set) {}

    std::string_view name() const override { return "scripted"; }
    std::string_view summary() const override { return "for tests"; }
    HookSet hooks(const Profile&, HookChoice) const override { return set_; }
    UnmappedArea unmapped_area() const override { return area; }
    bool dax() const override { return is_dax; }
    bool secret() const override { return is_secret; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        if (sets_ops) desc.ops = call.own_ops();
        return on_mmap_prepare ? on_mmap_prepare(call, desc) : Result<>{};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (sets_ops) vma.ops = call.own_ops();
        return on_mmap ? on_mmap(call, vma) : Result<>{};
    }
    Result<> success_hook(HookCall&, Vma&) const override { return on_success; }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t& private_data) const override {
        return on_mapped ? on_mapped(call, private_data) : Result<>{};
    }
    Result<> may_split(HookCall&, const Vma&, Vpn) const override { return on_may_split; }
    Result<> mprotect(HookCall&, const Vma&, VmFlags) const override { return on_mprotect; }
    Result<> mremap(HookCall&, const Vma&) const override { return on_mremap; }

    UnmappedArea area = UnmappedArea::plain;
    bool is_dax = false;
    bool is_secret = false;
    bool sets_ops = true;
    std::function<Result<>(HookCall&, VmAreaDesc&)> on_mmap_prepare;
    std::function<Result<>(HookCall&, HalfBuiltVma&)> on_mmap;
    std::function<Result<>(HookCall&, std::uint64_t&)> on_mapped;
    Result<> on_success, on_may_split, on_mprotect, on_mremap;

private:
    HookSet set_;
};

inline std::shared_ptr<ScriptedDriver> scripted(HookSet set) {
    return std::make_shared<ScriptedDriver>(set);
}

// A file without any wishes: merges freely.
inline std::shared_ptr<ScriptedDriver> plain_file() { return scripted(HookSet{}.with(Hook::mmap)); }

// What a private mapping of /dev/zero comes to: a file, but anonymous memory.
inline std::shared_ptr<ScriptedDriver> anonymous_file() {
    auto driver = plain_file();
    driver->on_mmap = [](HookCall&, HalfBuiltVma& vma) -> Result<> {
        vma.ops = kVmOpsAnonymous;
        return {};
    };
    return driver;
}

}  // namespace mmsim::test
