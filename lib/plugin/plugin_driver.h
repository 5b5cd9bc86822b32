// SPDX-License-Identifier: GPL-2.0-or-later
// A driver whose hooks are functions of a plug-in.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mm/driver.h"
#include "plugin/message.h"
#include "plugin/plugin_set.h"

namespace mmsim {

class Session;

class PluginDriver final : public Driver {
public:
    // `position`: from 0, among those of the plug-in.
    PluginDriver(std::shared_ptr<const PluginSet> set, std::uint32_t position);

    // Its file_operations have both mmap hooks: its files cannot be mapped.
    bool both() const;
    // What files say that say nothing.
    const DriverParams& fallbacks() const { return *fallbacks_; }

    std::string_view name() const override { return facts_.name; }
    std::string_view summary() const override { return facts_.summary; }
    // Hooks of vm_ops come to it in a World once a mapping hook has stored the table.
    HookSet hooks(const Profile& profile, HookChoice choice) const override;
    std::span<const ParamSpec> params() const override { return facts_.params; }
    std::vector<std::string_view> references() const override {
        return {facts_.references.begin(), facts_.references.end()};
    }
    UnmappedArea unmapped_area() const override { return facts_.unmapped_area; }
    bool in_tree() const override { return false; }
    bool takes_advice() const override;
    bool real() const override { return true; }
    bool mmap_is_deprecated() const override;

    // A driver that crashed is not called again: its mmaps are EIO.
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
    // False where the driver is dead, before or now: then the message is an Ask::died.
    bool run(HookCall& call, Hook hook, VmRange range, Message& message) const;
    bool run_untold(HookCall& call, Hook hook, VmRange range, Message& message,
                    std::string& text) const;
    Result<> run_on(HookCall& call, Hook hook, const Vma& vma, std::uint64_t extra) const;
    Session& session(HookCall& call) const;
    void tell_death(HookCall& call, Hook hook, VmRange range, const Message& message,
                    const std::string& text) const;
    void tell_written(HookCall& call, Hook hook, VmRange range, std::uint32_t written) const;
    void learn_hooks(HookCall& call, VmOps ops, std::uint32_t hooks) const;
    Result<> result_of(HookCall& call, Hook hook, VmRange range, std::int32_t returned) const;

    std::shared_ptr<const PluginSet> set_;
    std::uint32_t position_;
    const PluginFacts& facts_;
    std::shared_ptr<const DriverParams> fallbacks_;
    // Whether it has asked for another file, to hand its mapping on: then its `.mmap` has to stay.
    mutable std::atomic<bool> hands_on_ = false;
};

}  // namespace mmsim
