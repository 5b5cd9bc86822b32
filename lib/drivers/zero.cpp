// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/zero: a shared mapping gets shared memory of its own, a private one becomes anonymous
// memory that keeps the file. Linux: drivers/char/mem.c. Rule 7, DELTA 5, D7.
#include "drivers/built_in.h"
#include "mm/world.h"

namespace mmsim {
namespace {

constexpr DriverCheck kZeroChecks[] = {
    {"shared, and there is no memory for the file behind it", Errno::enomem},
};
constexpr ParamSpec kZeroParams[] = {
    {"no_memory", ParamKind::number, "0", "1: no file can be made behind a shared mapping", ""},
};
constexpr DriverChange kZeroChanges[] = {
    {"7.0", "converted, in 6.19: a success hook makes a private mapping anonymous"},
    {"7.2", "the description of a private mapping says that it is anonymous"},
    {"7.3",
     "mapped shared with a read-only descriptor it is shared memory too, where before it was "
     "anonymous memory that merged"},
};
constexpr DriverFacts kZeroFacts{
    .name = "zero",
    .summary = "/dev/zero: shared memory of its own, or anonymous memory with a file",
    .checks = kZeroChecks,
    .vm_ops = "shared: those of shared memory, no hooks; private: NULL, the memory is anonymous",
    .params = kZeroParams,
    .changes = kZeroChanges,
};

class Zero final : public BuiltIn {
public:
    Zero() : BuiltIn(kZeroFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        // A `.mmap_prepare` can say "anonymous" only through one of these.
        const bool can = profile.success_and_error_hooks || profile.desc_starts_with_dummy_ops;
        const HookSet set = mmap_hook(choice, can, can);
        const bool asks = profile.success_and_error_hooks && set.has(Hook::mmap_prepare);
        return asks ? set.with(Hook::success_hook) : set;
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::own_thp; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        if (shared(call.profile(), desc.flags)) {
            // The fresh reference goes with the file.
            desc.vm_file = TRY(new_memory(call, desc));
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
        const FileId file = TRY(new_memory(call, vma));
        call.world().put_file(vma.file);
        vma.file = file;
        vma.ops = VmOps::of(call.world().shmem_driver);
        return {};
    }

private:
    template <typename Target>
    Result<FileId> new_memory(HookCall& call, const Target& target) const {
        if (params_of(call).yes("no_memory")) return Errno::enomem;
        return call.new_shmem_file(target.range.pages().bytes(), target.flags);
    }
    // A read-only descriptor mapped MAP_SHARED has MAYSHARE alone.
    static bool shared(const Profile& profile, VmFlags flags) {
        return flags.any(profile.zero_readonly_shared_is_shmem ? kVmMayShare : kVmShared);
    }
};

}  // namespace

std::shared_ptr<const Driver> make_zero() { return std::make_shared<const Zero>(); }

}  // namespace mmsim
