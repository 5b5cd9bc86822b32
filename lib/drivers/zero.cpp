// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/zero: a shared mapping gets shared memory of its own, a private one becomes anonymous
// memory that keeps the file. Linux: drivers/char/mem.c. Rule 7, DELTA 5, D7.
#include "drivers/built_in.h"
#include "mm/world.h"

namespace mmsim {
namespace {

class Zero final : public Driver {
public:
    std::string_view name() const override { return "zero"; }
    std::string_view summary() const override {
        return "/dev/zero: shared memory of its own, or anonymous memory with a file";
    }
    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        // A `.mmap_prepare` can say "anonymous" only through one of these.
        const bool can = profile.success_and_error_hooks || profile.desc_starts_with_dummy_ops;
        HookSet set = mmap_hook(choice, can, can);
        if (profile.success_and_error_hooks) set = set.with(Hook::success_hook);
        return set;
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::own_thp; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        if (shared(call.profile(), desc.flags)) {
            // The fresh reference goes with the file.
            desc.vm_file = TRY(call.new_shmem_file(desc.range.pages().bytes()));
            desc.ops = VmOps::of(call.world().shmem_driver);
            return {};
        }
        desc.ops = kVmOpsAnonymous;
        desc.action.success_hook = call.profile().success_and_error_hooks;
        return {};
    }
    Result<> success_hook(HookCall&, Vma& vma) const override {
        vma.ops = kVmOpsAnonymous;
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (!shared(call.profile(), vma.flags)) {
            vma.ops = kVmOpsAnonymous;
            return {};
        }
        const FileId file = TRY(call.new_shmem_file(vma.range.pages().bytes()));
        call.world().put_file(vma.file);
        vma.file = file;
        vma.ops = VmOps::of(call.world().shmem_driver);
        return {};
    }

private:
    // A read-only descriptor mapped MAP_SHARED has MAYSHARE alone.
    static bool shared(const Profile& profile, VmFlags flags) {
        return flags.any(profile.zero_readonly_shared_is_shmem ? kVmMayShare : kVmShared);
    }
};

}  // namespace

std::shared_ptr<const Driver> make_zero() { return std::make_shared<const Zero>(); }

}  // namespace mmsim
