// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that the kernel itself does not map: memfd_secret(2). Linux: mm/secretmem.c. Rule 7,
// DELTA 5.
#include "drivers/built_in.h"
#include "mm/vm_area_desc.h"

namespace mmsim {
namespace {

constexpr DriverCheck kSecretmemChecks[] = {
    {"private", Errno::einval},
    {"more locked memory than RLIMIT_MEMLOCK allows", Errno::eagain},
};
constexpr DriverChange kSecretmemChanges[] = {
    {"6.16",
     "converted, as the first of all: LOCKED and DONTDUMP are known before the merge, where "
     "before it took a second attempt"},
};
constexpr DriverFacts kSecretmemFacts{
    .name = "secretmem",
    .summary = "memory that the kernel itself does not map: always locked, never dumped",
    .checks = kSecretmemChecks,
    .flags = "sets LOCKED, DONTDUMP",
    .vm_ops = "no hooks",
    .changes = kSecretmemChanges,
};

class Secretmem final : public BuiltIn {
public:
    Secretmem() : BuiltIn(kSecretmemFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.mmap_prepare, profile.mmap_prepare);
    }
    bool secret() const override { return true; }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override { return set_up(call, vma); }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        return set_up(call, desc);
    }

private:
    template <typename Target>
    static Result<> set_up(HookCall& call, Target& target) {
        if (target.flags.none(kVmShared | kVmMayShare)) return Errno::einval;
        if (call.refuses(!call.mlock_future_ok(target.mm, target.range.pages()))) {
            return Errno::eagain;
        }
        target.flags = target.flags | kVmLocked | kVmDontDump;
        target.ops = call.own_ops();
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_secretmem() { return std::make_shared<const Secretmem>(); }

}  // namespace mmsim
