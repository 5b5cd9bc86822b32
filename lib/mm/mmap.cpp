// SPDX-License-Identifier: GPL-2.0-or-later
// The front end of mmap: arguments in, a checked request out, in the kernel's order.
// Rules 2.1, 2.2.
#include "base/linux_abi.h"
#include "mm/accounting.h"
#include "mm/do_mmap.h"
#include "mm/driver_rules.h"
#include "mm/fault.h"
#include "mm/mmap_flags.h"
#include "mm/mmap_region.h"
#include "mm/syscalls.h"
#include "mm/unmapped_area.h"

namespace mmsim {
namespace {

// What MAP_SHARED lets through; everything else is dropped in silence.
constexpr std::uint64_t kLegacyFlags =
    kMapShared | kMapPrivate | kMapFixed | kMapAnonymous | kMapDenyWrite | kMapExecutable |
    kMapGrowsDown | kMapLocked | kMapNoReserve | kMapPopulate | kMapNonBlock | kMapStack |
    kMapHugetlb | kMap32Bit | kMapAbove4G | (kHuge2M << kMapHugeShift) |
    (kHuge1G << kMapHugeShift) | 0x4000000;

// Rule 2.2: regular, block and socket files have a largest offset.
bool offset_too_large(const File& file, Pgoff pgoff, Pages pages) {
    const bool bounded = file.type == FileType::regular || file.type == FileType::block ||
                         file.type == FileType::socket || file.type == FileType::shmem ||
                         file.type == FileType::hugetlbfs;
    const std::uint64_t largest = bounded ? std::uint64_t{0x7fffffffffffffff} : ~std::uint64_t{0};
    if (pages.bytes() > largest) return true;
    return pgoff.index > (largest - pages.bytes()) >> kPageShift;
}

bool both_or_neither(const DriverEntry& entry) {
    const bool legacy = entry.hooks.has(Hook::mmap);
    const bool prepare = entry.hooks.has(Hook::mmap_prepare);
    return entry.both_on_purpose || legacy == prepare;
}

Result<> check_shared_file(Current& current, const File& file, std::uint64_t prot,
                           std::uint64_t flags, VmFlags& vm_flags) {
    const DriverEntry* entry = file.driver ? &current.world.drivers[file.driver.index] : nullptr;
    std::uint64_t known = kLegacyFlags;
    if (entry != nullptr && entry->driver->map_sync()) known |= kMapSync;
    if ((flags & kMapType) == kMapSharedValidate && current.refuses((flags & ~known) != 0)) {
        return current.refuse(Errno::eopnotsupp, Check::unknown_to_file, flags & ~known);
    }
    const bool wants_write = (prot & kProtWrite) != 0;
    if (current.refuses(wants_write && !file.writable)) {
        return current.refuse(Errno::eacces, Check::file_not_writable);
    }
    if (current.refuses(file.append && file.writable)) {
        return current.refuse(Errno::eacces, Check::file_for_appending);
    }
    vm_flags = vm_flags | kVmShared | kVmMayShare;
    if (!file.writable) vm_flags = vm_flags.without(kVmShared | kVmMayWrite);
    return {};
}

// The file branch. Rule 2.2
Result<> check_file(Current& current, const MmapRegionArgs& args, VmFlags& vm_flags) {
    const File& file = current.world.files[args.file.index];
    if (current.refuses(offset_too_large(file, args.pgoff, args.pages))) {
        return current.refuse(Errno::eoverflow, Check::offset_too_large);
    }
    const std::uint64_t type = args.flags & kMapType;
    if (type == kMapShared || type == kMapSharedValidate) {
        TRY(check_shared_file(current, file, args.prot, args.flags, vm_flags));
    } else if (type != kMapPrivate) {
        return current.refuse(Errno::einval, Check::map_type);
    }
    if (current.refuses(!file.readable)) {
        return current.refuse(Errno::eacces, Check::file_not_readable);
    }
    if (file.noexec) {
        if (current.refuses(vm_flags.any(kVmExec))) {
            return current.refuse(Errno::eperm, Check::file_not_executable);
        }
        vm_flags = vm_flags.without(kVmMayExec);
    }
    const DriverEntry* entry = current.world.driver_of(args.file);
    if (current.refuses(entry == nullptr || both_or_neither(*entry))) {
        if (entry != nullptr && entry->both_on_purpose) {
            diagnose(current, "both-hooks", file.driver, *args.range);
        }
        return current.refuse(Errno::enodev, Check::no_mmap_hook);
    }
    if (vm_flags.any(kVmGrowsDown)) return current.refuse(Errno::einval, Check::grows_down);
    if ((file.seals & (kSealWrite | kSealFutureWrite)) != 0 && vm_flags.any(kVmShared)) {
        if (current.refuses(vm_flags.any(kVmWrite))) {
            return current.refuse(Errno::eperm, Check::file_sealed);
        }
        // With MAYWRITE left, the file's refusal of writers meets it later (2.1 row 25).
        const bool refused_later =
            current.profile().write_seal_refuses_reading && (file.seals & kSealWrite) != 0;
        if (!refused_later) vm_flags = vm_flags.without(kVmMayWrite);
    }
    return {};
}

// The branch without a file. Rule 2.2
Result<> check_anonymous(Current& current, MmapRegionArgs& args, VmFlags& vm_flags) {
    switch (args.flags & kMapType) {
        case kMapShared:
            if (vm_flags.any(kVmGrowsDown)) return current.refuse(Errno::einval, Check::grows_down);
            args.pgoff = {};
            vm_flags = vm_flags | kVmShared | kVmMayShare;
            return {};
        case kMapDroppable:
            if ((args.flags & (kMapLocked | kMapHugetlb)) != 0) {
                return current.refuse(Errno::einval, Check::droppable_locked);
            }
            if (vm_flags.any(kVmGrowsDown)) return current.refuse(Errno::einval, Check::grows_down);
            vm_flags = vm_flags | kVmDroppable | kVmNoReserve | kVmWipeOnFork | kVmDontDump;
            break;
        case kMapPrivate:
            break;
        default:
            return current.refuse(Errno::einval, Check::map_type);
    }
    args.pgoff = Pgoff{args.range->start().index};
    return {};
}

// Rule 2.1 row 12.
std::uint64_t round_hint_to_min(const Current& current, std::uint64_t hint) {
    hint &= ~kPageMask;
    const std::uint64_t lowest = current.world.system.mmap_min_addr;
    return hint != 0 && hint < lowest ? pages_round_up(lowest).bytes() : hint;
}

Result<Vpn> choose_address(Current& current, const MmapRegionArgs& args) {
    if (args.placed_at && (args.flags & kMapFixed) == 0) return vpn_of(*args.placed_at);
    return get_unmapped_area(current, {.hint = args.addr,
                                       .pages = args.pages,
                                       .pgoff = args.file ? args.pgoff : Pgoff{},
                                       .file = args.file,
                                       .fixed = (args.flags & kMapFixed) != 0,
                                       .shared = (args.flags & kMapShared) != 0,
                                       .below_2g = (args.flags & kMap32Bit) != 0,
                                       .above_4g = (args.flags & kMapAbove4G) != 0,
                                       .never_aligned = args.never_aligned,
                                       .guard = Pages{args.shadow_stack ? 1U : 0U}});
}

Result<> check_locking(Current& current, const MmapRegionArgs& args, VmFlags vm_flags) {
    if ((args.flags & kMapLocked) != 0) TRY(can_do_mlock(current));
    return mlock_future_ok(current, vm_flags, args.pages);
}

// Rule 2.1 row 5. Linux: hstate_sizelog()
std::optional<Pages> huge_page_of(std::uint64_t flags) {
    switch (flags >> kMapHugeShift & kMapHugeMask) {
        case 0:
        case kHuge2M:
            return pages_round_up(std::uint64_t{1} << kHuge2M);
        case kHuge1G:
            return pages_round_up(std::uint64_t{1} << kHuge1G);
        default:
            return std::nullopt;
    }
}

// Rule 2.1 rows 2 to 6: what is mapped, and the length as its pages round it. A file that is made
// here has one reference, which is the caller's.
struct MmapTarget {
    FileId file;
    std::uint64_t length = 0;
    bool made = false;
};

Result<MmapTarget> find_target(Current& current, const MmapArgs& args) {
    World& world = current.world;
    const bool huge = (args.flags & kMapHugetlb) != 0;
    MmapTarget target{.file = args.file, .length = args.length};
    if ((args.flags & kMapAnonymous) != 0) {
        target.file = {};
        if (!huge) return target;
        const auto huge_page = huge_page_of(args.flags);
        if (!huge_page || !world.hugetlb_driver) {
            return current.refuse(Errno::einval, Check::huge_page_size);
        }
        target.file = world.new_hugetlb_file(*huge_page);
        target.made = true;
    } else {
        if (!args.file) return current.refuse(Errno::ebadf, Check::no_descriptor);
        const bool hugetlbfs = world.files[args.file.index].type == FileType::hugetlbfs;
        if (!hugetlbfs && huge) return current.refuse(Errno::einval, Check::huge_of_file);
        if (!hugetlbfs) return target;
    }
    const std::uint64_t mask = world.files[target.file.index].huge_page.bytes() - 1;
    target.length = (args.length + mask) & ~mask;
    return target;
}

}  // namespace

Result<std::uint64_t> do_mmap(Current& current, MmapRegionArgs args) {
    if (args.length == 0) return current.refuse(Errno::einval, Check::map_length_zero);
    if (current.mm.read_implies_exec && (args.prot & kProtRead) != 0) {
        const bool noexec = args.file && current.world.files[args.file.index].noexec;
        if (!noexec) args.prot |= kProtExec;
    }
    const bool no_replace = (args.flags & kMapFixedNoReplace) != 0;
    if (no_replace) args.flags |= kMapFixed;
    if ((args.flags & kMapFixed) == 0) args.addr = round_hint_to_min(current, args.addr);
    args.pages = pages_round_up(args.length);
    if (!args.pages) return current.refuse(Errno::enomem, Check::map_length_wraps);
    if (args.pgoff.index + args.pages.count < args.pgoff.index) {
        return current.refuse(Errno::eoverflow, Check::offset_wraps);
    }
    TRY(room_for_vmas(current, 0));
    VmFlags vm_flags = calc_vm_prot_bits(args.prot) | calc_vm_flag_bits(args.flags) |
                       current.mm.def_flags | kVmMayAccess;
    if (args.shadow_stack) vm_flags = vm_flags | kVmShadowStack | kVmWrite;
    const Vpn start = TRY(choose_address(current, args));
    args.range.emplace(start, args.pages);
    const Vma* there = no_replace ? current.mm.vmas.find_vma(start) : nullptr;
    if (current.refuses(there != nullptr && there->start < args.range->end())) {
        return current.refuse(Errno::eexist, Check::occupied, there->range());
    }
    TRY(check_locking(current, args, vm_flags));
    if (args.file) {
        TRY(check_file(current, args, vm_flags));
    } else {
        TRY(check_anonymous(current, args, vm_flags));
    }
    if ((args.flags & kMapNoReserve) != 0) {
        const bool hugetlbfs =
            args.file && current.world.files[args.file.index].type == FileType::hugetlbfs;
        if (hugetlbfs || current.world.system.overcommit != Overcommit::never) {
            vm_flags = vm_flags | kVmNoReserve;
        }
    }
    TRY(mmap_region(
        current,
        {.range = *args.range, .flags = vm_flags, .file = args.file, .pgoff = args.pgoff}));
    const bool populate = (args.flags & (kMapPopulate | kMapNonBlock)) == kMapPopulate;
    if (vm_flags.any(kVmLocked) || populate) {
        static_cast<void>(mm_populate(current, *args.range, PopulateErrors::ignore));
    }
    return start.bytes();
}

Result<std::uint64_t> sys_mmap(Current& current, const MmapArgs& args) {
    current.op = MmOp::mmap;
    if (!page_aligned(args.offset)) {
        return current.refuse(Errno::einval, Check::offset_in_page, args.offset);
    }
    const MmapTarget target = TRY(find_target(current, args));
    const auto mapped = do_mmap(current, {.addr = args.addr,
                                          .length = target.length,
                                          .prot = args.prot,
                                          .flags = args.flags,
                                          .file = target.file,
                                          .pgoff = Pgoff{args.offset >> kPageShift},
                                          .placed_at = args.placed_at});
    // From here on the mapping holds it, if there is one.
    if (target.made) current.world.close_file(target.file);
    return mapped;
}

}  // namespace mmsim
