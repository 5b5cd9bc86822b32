// SPDX-License-Identifier: GPL-2.0-or-later
// Files in memory: tmpfs, /dev/shm, memfds. Linux: mm/shmem.c. Rule 7.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr DriverChange kTmpfsChanges[] = {{"7.0", "converted, in 6.19: nothing else changed"}};
constexpr DriverFacts kTmpfsFacts{
    .name = "tmpfs",
    .summary = "a file in memory, /dev/shm or a memfd: no flags, no action, merges freely",
    .vm_ops = "no hooks",
    .changes = kTmpfsChanges,
};

class Tmpfs final : public BuiltIn {
public:
    Tmpfs() : BuiltIn(kTmpfsFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.version >= KernelVersion::v7_0, profile.mmap_prepare);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::shmem; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        desc.ops = call.own_ops();
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.ops = call.own_ops();
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_tmpfs() { return std::make_shared<const Tmpfs>(); }

}  // namespace mmsim
