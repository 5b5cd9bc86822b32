// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers that count or allocate in the wrong hook, each beside the form that does it right.
// Rules 3.5, 6.6; 5.3 for what a move calls.
#include "drivers/misbehaving.h"

namespace mmsim {
namespace {

constexpr DriverChange kAfsRefChanges[] = {
    {"6.16",
     "converted: counts in mmap_prepare, before that in mmap, whose mappings never merge after "
     "it save on 6.12"},
};
constexpr DriverChange kAfsRefFixedChanges[] = {
    {"7.1", "converted: counts in mapped, before that in mmap"},
};
constexpr DriverFacts kAfsRefFacts{
    .name = "afs_ref",
    .summary =
        "counts users in mmap_prepare: mappings that merge or fail later are never taken back",
    .vm_ops = "the mmap hook and open take users, close drops it",
    .changes = kAfsRefChanges,
    .reference = "users",
};
constexpr DriverFacts kAfsRefFixedFacts{
    .name = "afs_ref_fixed",
    .summary = "counts users in mapped, or where there is none in mmap",
    .vm_ops =
        "open takes users, close drops it; from 7.1 on mapped takes it, before that the mmap "
        "hook",
    .changes = kAfsRefFixedChanges,
    .reference = "users",
};

// CVE-2026-46100, as in afs: a reference taken for a mapping that may never be.
class AfsRef final : public Misbehaving {
public:
    explicit AfsRef(bool fixed) : Misbehaving(fixed, kAfsRefFacts, kAfsRefFixedFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        const bool can = fixed() ? profile.mapped_hook : profile.mmap_prepare;
        const HookSet set = mmap_hook(choice, can, can).with(Hook::open).with(Hook::close);
        return fixed() && set.has(Hook::mmap_prepare) ? set.with(Hook::mapped) : set;
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        if (!fixed()) call.get(kUsers);
        desc.ops = call.own_ops();
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        call.get(kUsers);
        vma.ops = call.own_ops();
        return {};
    }
    bool mapped_can_fail() const override { return false; }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t&) const override {
        call.get(kUsers);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kUsers); }
    void close(HookCall& call, const Vma&) const override { call.put(kUsers); }

private:
    static constexpr std::string_view kUsers = "users";
};

constexpr DriverChange kHugetlbLockChanges[] = {
    {"7.0",
     "converted, in 6.19: the lock is allocated before it is known whether a VMA comes of it"},
    {"7.1", "converted back"},
};
constexpr DriverFacts kHugetlbLockFacts{
    .name = "hugetlb_lock",
    .summary =
        "in 7.0 (later with --hook prepare) allocates a lock per mapping in mmap_prepare: lost "
        "when a later step fails",
    .flags = "sets DONTEXPAND",
    .vm_ops =
        "of a mapping that can be shared: the mmap hook and open take vma_locks, close drops it",
    .changes = kHugetlbLockChanges,
    .reference = "vma_locks",
};
constexpr DriverFacts kHugetlbLockFixedFacts{
    .name = "hugetlb_lock_fixed",
    .summary = "allocates the lock in mmap, whose mapping is closed",
    .flags = "sets DONTEXPAND",
    .vm_ops =
        "of a mapping that can be shared: the mmap hook and open take vma_locks, close drops it",
    .reference = "vma_locks",
};

// hugetlbfs as it was converted in 6.19 and reverted in 7.1: a lock per mapping, allocated before
// there is one.
class HugetlbLock final : public Misbehaving {
public:
    explicit HugetlbLock(bool fixed)
        : Misbehaving(fixed, kHugetlbLockFacts, kHugetlbLockFixedFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        const bool converted = !fixed() && profile.version == KernelVersion::v7_0;
        return mmap_hook(choice, converted, !fixed() && profile.mmap_prepare)
            .with(Hook::open)
            .with(Hook::close);
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        return allocate(call, desc);
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override { return allocate(call, vma); }
    void open(HookCall& call, const Vma& vma) const override {
        if (vma.flags.any(kVmMayShare)) call.get(kLocks);
    }
    void close(HookCall& call, const Vma& vma) const override {
        if (vma.flags.any(kVmMayShare)) call.put(kLocks);
    }

private:
    static constexpr std::string_view kLocks = "vma_locks";

    template <typename Target>
    static Result<> allocate(HookCall& call, Target& target) {
        target.flags = target.flags | kVmDontExpand;
        target.ops = call.own_ops();
        if (target.flags.any(kVmMayShare)) {
            call.get(kLocks);
            target.private_data = call.per_call_cookie();
        }
        return {};
    }
};

constexpr DriverFacts kUacceRegionFacts{
    .name = "uacce_region",
    .summary = "frees its region in close and has no open: a moved or cut mapping frees it twice",
    .flags = "sets DONTCOPY, DONTEXPAND",
    .vm_ops = "the mmap hook takes regions, close drops it; nobody counts copies of the mapping",
    .reference = "regions",
};
constexpr DriverFacts kUacceRegionFixedFacts{
    .name = "uacce_region_fixed",
    .summary = "takes its region once more in open, for every copy",
    .flags = "sets DONTCOPY, DONTEXPAND",
    .vm_ops = "the mmap hook and open take regions, close drops it",
    .reference = "regions",
};

// CVE-2026-23056, as in uacce: a move copies private_data, and both copies are closed.
class UacceRegion final : public Misbehaving {
public:
    explicit UacceRegion(bool fixed)
        : Misbehaving(fixed, kUacceRegionFacts, kUacceRegionFixedFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override {
        const HookSet set = HookSet{}.with(Hook::mmap).with(Hook::close);
        return fixed() ? set.with(Hook::open) : set;
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.flags = vma.flags | kVmDontCopy | kVmDontExpand;
        vma.ops = call.own_ops();
        vma.private_data = call.per_call_cookie();
        call.get(kRegions);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kRegions); }
    void close(HookCall& call, const Vma&) const override { call.put(kRegions); }

private:
    static constexpr std::string_view kRegions = "regions";
};

}  // namespace

std::shared_ptr<const Driver> make_afs_ref() { return std::make_shared<const AfsRef>(false); }
std::shared_ptr<const Driver> make_afs_ref_fixed() { return std::make_shared<const AfsRef>(true); }
std::shared_ptr<const Driver> make_hugetlb_lock() {
    return std::make_shared<const HugetlbLock>(false);
}
std::shared_ptr<const Driver> make_hugetlb_lock_fixed() {
    return std::make_shared<const HugetlbLock>(true);
}
std::shared_ptr<const Driver> make_uacce_region() {
    return std::make_shared<const UacceRegion>(false);
}
std::shared_ptr<const Driver> make_uacce_region_fixed() {
    return std::make_shared<const UacceRegion>(true);
}

}  // namespace mmsim
