// SPDX-License-Identifier: GPL-2.0-or-later
// Files of huge pages. Linux: fs/hugetlbfs/inode.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"
#include "mm/world.h"

namespace mmsim {
namespace {

// The size of the pages that the pool has: 2 MiB.
constexpr Pages kPooled{512};
// Page offsets whose byte offset a signed number can't hold.
constexpr std::uint64_t kPgoffTooLarge = ~std::uint64_t{0} << (64 - kPageShift - 1);

constexpr DriverCheck kHugetlbfsChecks[] = {
    {"the offset in bytes needs more than 63 bits", Errno::einval},
    {"the offset is not a multiple of the huge page", Errno::einval},
    {"offset and length wrap", Errno::einval},
    {"more huge pages than the pool has left, unless MAP_NORESERVE; a file that is mapped shared "
     "takes its own once",
     Errno::enomem},
};
constexpr DriverChange kHugetlbfsChanges[] = {
    {"7.0",
     "converted, in 6.19: pages are reserved before it is known whether a VMA comes of it, its "
     "lock is made by a success hook"},
    {"7.1", "converted back: reserves and locks in mmap, after the VMA is allocated"},
};
constexpr DriverFacts kHugetlbfsFacts{
    .name = "hugetlbfs",
    .summary = "huge pages from the pool: special, cut at huge page boundaries only",
    .checks = kHugetlbfsChecks,
    .flags = "sets HUGETLB, DONTEXPAND, also where it refuses",
    .vm_ops = "open and close share the reservation; may_split keeps huge pages whole",
    .changes = kHugetlbfsChanges,
};

class Hugetlbfs final : public BuiltIn {
public:
    Hugetlbfs() : BuiltIn(kHugetlbfsFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        // `.mmap_prepare` lived from 6.19 to 7.0 and needs the success hook of those.
        const bool converted = profile.version == KernelVersion::v7_0;
        const HookSet set = mmap_hook(choice, converted, profile.success_and_error_hooks)
                                .with(Hook::open)
                                .with(Hook::close)
                                .with(Hook::may_split);
        return set.has(Hook::mmap_prepare) ? set.with(Hook::success_hook) : set;
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::hugetlb; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        desc.flags = desc.flags | kVmHugetlb | kVmDontExpand;
        desc.ops = call.own_ops();
        TRY(reserve(call, desc));
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
        TRY(reserve(call, vma));
        if (vma.flags.any(kVmMayShare)) vma.private_data = call.per_call_cookie();
        return {};
    }
    Result<> may_split(HookCall& call, const Vma&, Vpn at) const override {
        if (at.index % call.file().huge_page.count != 0) return Errno::einval;
        return {};
    }

private:
    template <typename Target>
    static Result<> reserve(HookCall& call, Target& target) {
        const Pages huge_page = call.file().huge_page;
        const std::uint64_t from = target.pgoff.index;
        if ((from & kPgoffTooLarge) != 0 || from % huge_page.count != 0) return Errno::einval;
        const Pages pages = target.range.pages();
        const std::uint64_t end = pages.bytes() + target.pgoff.bytes();
        if (end < pages.bytes()) return Errno::einval;
        if (target.flags.none(kVmNoReserve)) {
            const bool shared = target.flags.any(kVmMayShare);
            TRY(shared ? take_for_file(call, end / huge_page.bytes())
                       : take(call, pages.count / huge_page.count));
            // Whoever has it owns the pages: a child's copy does not.
            if (!shared) target.private_data = call.per_call_cookie();
        }
        if (target.flags.any(kVmWrite) && call.file().size < end) {
            call.world().files.edit(call.file_id().index).size = end;
        }
        return {};
    }

    // A file that is mapped shared has its pages from its beginning on, once for all mappings.
    static Result<> take_for_file(HookCall& call, std::uint64_t end) {
        const std::uint64_t has = call.file().hugepages;
        if (end <= has) return {};
        TRY(take(call, end - has));
        call.world().files.edit(call.file_id().index).hugepages = end;
        return {};
    }

    static Result<> take(HookCall& call, std::uint64_t wanted) {
        World& world = call.world();
        const bool pooled = call.file().huge_page == kPooled;
        const std::uint64_t pool = pooled ? world.system.hugepages : 0;
        const auto too_many = [&] { return world.hugepages_taken + wanted > pool; };
        // What was given back is found out only when it matters.
        if (too_many()) world.hugepages_taken = taken(call);
        if (call.refuses(too_many())) return Errno::enomem;
        if (pooled) world.hugepages_taken += wanted;
        return {};
    }

    static std::uint64_t taken(HookCall& call) {
        const World& world = call.world();
        std::uint64_t count = 0;
        for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
            if (world.files[i].huge_page == kPooled) count += world.files[i].hugepages;
        }
        for (std::uint32_t i = 1; i < world.mms.bound(); ++i) {
            for (auto vma = world.mms[i].vmas.first(); vma; vma.next()) {
                const bool owner = vma->ops == call.own_ops() && vma->private_data != 0 &&
                                   vma->flags.none(kVmMayShare);
                if (owner && world.files[vma->file.index].huge_page == kPooled) {
                    count += vma->pages().count / kPooled.count;
                }
            }
        }
        return count;
    }
};

}  // namespace

std::shared_ptr<const Driver> make_hugetlbfs() { return std::make_shared<const Hugetlbfs>(); }

}  // namespace mmsim
