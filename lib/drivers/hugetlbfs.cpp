// SPDX-License-Identifier: GPL-2.0-or-later
// Files of 2 MiB pages. Linux: fs/hugetlbfs/inode.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"
#include "mm/world.h"

namespace mmsim {
namespace {

constexpr std::uint64_t kHugePagePages = 512;
// Page offsets whose byte offset a signed number can't hold.
constexpr std::uint64_t kPgoffTooLarge = ~std::uint64_t{0} << (64 - kPageShift - 1);

class Hugetlbfs final : public Driver {
public:
    std::string_view name() const override { return "hugetlbfs"; }
    std::string_view summary() const override {
        return "2 MiB pages from the pool: special, cut at huge page boundaries only";
    }
    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        // `.mmap_prepare` lived from 6.19 to 7.0 and needs the success hook of those.
        const bool converted = profile.version == KernelVersion::v7_0;
        return mmap_hook(choice, converted, profile.success_and_error_hooks)
            .with(Hook::open)
            .with(Hook::close)
            .with(Hook::may_split)
            .with(Hook::success_hook);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::hugetlb; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        desc.flags = desc.flags | kVmHugetlb | kVmDontExpand;
        desc.ops = call.own_ops();
        TRY(reserve(call, desc.range.pages(), desc.pgoff, desc.flags));
        desc.action.hide_from_rmap = true;
        desc.action.success_hook = true;
        return {};
    }
    // The lock of a VMA that can be shared.
    Result<> success_hook(HookCall& call, Vma& vma) const override {
        if (vma.flags.any(kVmMayShare)) vma.private_data = call.per_call_cookie();
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.flags = vma.flags | kVmHugetlb | kVmDontExpand;
        vma.ops = call.own_ops();
        TRY(reserve(call, vma.range.pages(), vma.pgoff, vma.flags));
        if (vma.flags.any(kVmMayShare)) vma.private_data = call.per_call_cookie();
        return {};
    }
    Result<> may_split(HookCall&, const Vma&, Vpn at) const override {
        if (at.index % kHugePagePages != 0) return Errno::einval;
        return {};
    }

private:
    // The pool is asked for each mapping by itself: what others took from it is not kept.
    static Result<> reserve(HookCall& call, Pages pages, Pgoff pgoff, VmFlags flags) {
        if ((pgoff.index & kPgoffTooLarge) != 0) return Errno::einval;
        if (pgoff.index % kHugePagePages != 0) return Errno::einval;
        const std::uint64_t end = pages.bytes() + pgoff.bytes();
        if (end < pages.bytes()) return Errno::einval;
        World& world = call.world();
        const std::uint64_t wanted = pages.count / kHugePagePages;
        if (flags.none(kVmNoReserve) && wanted > world.system.hugepages) return Errno::enomem;
        if (flags.any(kVmWrite) && call.file().size < end) {
            world.files.edit(call.file_id().index).size = end;
        }
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_hugetlbfs() { return std::make_shared<const Hugetlbfs>(); }

}  // namespace mmsim
