// SPDX-License-Identifier: GPL-2.0-or-later
// A plain file on a file system. With DAX the pages of the device itself are mapped. Rule 7.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

class Ext4 final : public Driver {
public:
    explicit Ext4(bool dax) : dax_(dax) {}

    std::string_view name() const override { return dax_ ? "ext4_dax" : "ext4"; }
    std::string_view summary() const override {
        return dax_ ? "a file on a DAX device: huge pages allowed, never locked"
                    : "a plain file: no flags, no action, merges freely";
    }
    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        // Converted with most file systems in 6.17.
        return mmap_hook(choice, profile.version >= KernelVersion::v6_18, profile.mmap_prepare);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::thp; }
    bool dax() const override { return dax_; }
    // The flag is let through to the hook, which refuses it without DAX.
    bool map_sync() const override { return true; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        if (!dax_ && desc.flags.any(kVmSync)) return Errno::eopnotsupp;
        desc.ops = call.own_ops();
        if (dax_) desc.flags = desc.flags | kVmHugePage;
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (!dax_ && vma.flags.any(kVmSync)) return Errno::eopnotsupp;
        vma.ops = call.own_ops();
        if (dax_) vma.flags = vma.flags | kVmHugePage;
        return {};
    }

private:
    bool dax_;
};

}  // namespace

std::shared_ptr<const Driver> make_ext4() { return std::make_shared<const Ext4>(false); }
std::shared_ptr<const Driver> make_ext4_dax() { return std::make_shared<const Ext4>(true); }

}  // namespace mmsim
