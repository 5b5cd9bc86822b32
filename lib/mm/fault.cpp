// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/fault.h"

#include <algorithm>

#include "mm/accounting.h"
#include "mm/syscalls.h"
#include "mm/unmapped_area.h"

namespace mmsim {
namespace {

constexpr Pages kPmdPages{512};

// Two neighbours so alike that one anon_vma can serve both. Rule 4.6
bool anon_vma_compatible(const World& world, const Vma& below, const Vma& above) {
    const VmFlags differing =
        (below.flags ^ above.flags).without(kVmAccess | world.profile->merge_ignores);
    const bool offsets = below.pgoff + below.pages() == above.pgoff;
    const bool anon_offsets = !world.profile->anon_pgoff_contiguous ||
                              below.anon_pgoff + below.pages() == above.anon_pgoff;
    return below.end == above.start && below.file == above.file && differing.empty() && offsets &&
           anon_offsets && world.attrs[below.attr()].policy == world.attrs[above.attr()].policy;
}

bool lends(const World& world, const Vma& vma) {
    return vma.anon_vma && world.anon_vmas.chain_length(vma) == 1;
}

AnonVmaId find_mergeable_anon_vma(const World& world, const VmaTree& vmas, const Vma& vma) {
    auto cursor = vmas.find(vma.start);
    auto above = cursor;
    if (above.next() && lends(world, *above) && anon_vma_compatible(world, vma, *above)) {
        return above->anon_vma;
    }
    if (cursor.prev() && lends(world, *cursor) && anon_vma_compatible(world, *cursor, vma)) {
        return cursor->anon_vma;
    }
    return {};
}

bool private_writable(const Vma& vma) { return vma.flags.only(kVmWrite | kVmShared) == kVmWrite; }

// Rule E6: a read fault takes a whole huge page where one fits, and that needs an anon_vma.
bool read_takes_huge_page(const Mm& mm, const Vma& vma, VmRange range) {
    if (mm.thp_disabled) return false;
    if (!vma.anonymous() || vma.flags.none(kVmHugePage)) return false;
    const std::uint64_t mask = kPmdPages.count - 1;
    const Vpn first{std::max(range.start().index & ~mask, (vma.start.index + mask) & ~mask)};
    const Vpn block_end = first + kPmdPages;
    return first < range.end() && block_end <= vma.end;
}

template <typename Visit>
Result<> each_vma(Current& current, VmRange range, Visit visit) {
    Vpn at = range.start();
    while (at < range.end()) {
        const Vma* found = current.mm.vmas.find_vma(at);
        if (found == nullptr || found->start >= range.end()) break;
        Vma vma = *found;
        const VmRange part{std::max(at, vma.start), std::min(range.end(), vma.end)};
        TRY(visit(vma, part));
        at = part.end();
    }
    return {};
}

// The pages of one VMA. A write gives a private VMA its anon_vma.
void fault_in(Current& current, Vma& vma, VmRange part, bool write) {
    const bool needs = write ? private_writable(vma) : read_takes_huge_page(current.mm, vma, part);
    if (needs) anon_vma_prepare(current, vma);
}

// The part reaches behind the last page of a file whose pages are cached: SIGBUS there. Rule E4
bool behind_end(const Current& current, const Vma& vma, VmRange part) {
    if (!vma.file || vma.anonymous()) return false;
    const File& file = current.world.files[vma.file.index];
    const bool cached = file.type == FileType::regular || file.type == FileType::shmem;
    if (!cached) return false;
    if (file.size == kSizeUnknown) return current.files_end;
    return (vma.pgoff + (part.end() - vma.start)).index > pages_round_up(file.size).count;
}

// A write to a page that can't be had. A private copy of a file's page gets its anon_vma before the
// page is asked for, so SIGBUS leaves it; a guard page is met before. Rule 4.6
bool refused_write_leaves_anon_vma(const Mm& mm, const Vma& vma, Vpn page) {
    if (vma.anonymous() || !private_writable(vma)) return false;
    if (vma.flags.any(kVmHugetlb | kVmIo | kVmPfnmap)) return false;
    return !mm.guards.first_in(VmRange{page, Pages{1}});
}

// The pages of memory that the kernel itself can't reach.
bool secret(const World& world, const Vma& vma) {
    const DriverEntry* entry = world.ops_of(vma.ops);
    return entry != nullptr && entry->driver->secret();
}

// A page in the part can't be had. Rule E4
bool lacks_pages(const Current& current, const Vma& vma, VmRange part) {
    if (vma.flags.any(kVmHugetlb)) return current.world.system.hugepages == 0;
    return behind_end(current, vma, part);
}

// Faults in the pages of one VMA up to the first that can't be had: EFAULT. Rule E4
Result<> fault_in_all(Current& current, Vma& vma, VmRange part, bool write) {
    const std::optional<Vpn> guard = current.mm.guards.first_in(part);
    if (!guard) {
        fault_in(current, vma, part, write);
        if (!lacks_pages(current, vma, part)) return {};
        return current.refuse(Errno::efault, Check::pages_missing, vma.range());
    }
    if (part.start() < *guard) fault_in(current, vma, VmRange{part.start(), *guard}, write);
    return current.refuse(Errno::efault, Check::page_guarded, guard->bytes());
}

Result<> populate_vma(Current& current, Vma& vma, VmRange part) {
    if (vma.flags.any(kVmIo | kVmPfnmap | kVmLockOnFault)) return {};
    if (vma.flags.none(kVmAccess)) {
        return current.refuse(Errno::efault, Check::no_access, vma.range());
    }
    if (secret(current.world, vma)) {
        return current.refuse(Errno::efault, Check::pages_secret, vma.range());
    }
    return fault_in_all(current, vma, part, private_writable(vma));
}

// Growth is charged whatever the flags are; only ACCOUNT gives it back. Rule 5.8
void settle_growth(Current& current, Pages grow) {
    if (current.world.fixed_accounting) return uncharge(current, grow);
    leak_charge(current, grow);
    current.tell(Leaked{.kind = LeakKind::commit,
                        .driver = {},
                        .file = {},
                        .count = static_cast<std::int64_t>(grow.count),
                        .cause = LeakCause::growth});
}

// One access by the program: grows a stack first and asks for permission then. Rule E7
bool access_page(Current& current, Vpn page, bool write, Vma& vma) {
    const Vma* found = current.mm.vmas.find_vma(page);
    if (found == nullptr) return false;
    if (found->start > page) {
        if (!expand_downwards(current, page)) return false;
        found = current.mm.vmas.find_vma(page);
    }
    vma = *found;
    return vma.flags.any(write ? kVmWrite : kVmAccess);
}

}  // namespace

void anon_vma_prepare(Current& current, Vma& vma) {
    if (vma.anon_vma) return;
    const AnonVmaId shared = find_mergeable_anon_vma(current.world, current.mm.vmas, vma);
    if (shared) {
        current.world.anon_vmas.share(vma, shared);
    } else {
        current.world.anon_vmas.prepare(vma);
    }
    current.mm.vmas.assign(vma.start, vma);
}

Result<> mm_populate(Current& current, VmRange range, PopulateErrors errors) {
    return each_vma(current, range, [&](Vma& vma, VmRange part) -> Result<> {
        const auto populated = populate_vma(current, vma, part);
        return errors == PopulateErrors::ignore ? Result<>{} : populated;
    });
}

Result<> madvise_populate(Current& current, VmRange range, bool write) {
    Vpn at = range.start();
    const auto populate = [&](Vma& vma, VmRange part) -> Result<> {
        if (vma.start > at) return current.refuse(Errno::enomem, Check::hole, at.bytes());
        if (vma.flags.any(kVmIo | kVmPfnmap) || secret(current.world, vma)) {
            return current.refuse(Errno::einval, Check::populates_special, vma.range());
        }
        if (vma.flags.none(write ? kVmWrite : kVmRead)) {
            return current.refuse(Errno::einval, Check::populates_no_right, vma.range());
        }
        TRY(fault_in_all(current, vma, part, write));
        at = part.end();
        return {};
    };
    TRY(each_vma(current, range, populate));
    if (at < range.end()) return current.refuse(Errno::enomem, Check::hole, at.bytes());
    return {};
}

bool expand_downwards(Current& current, Vpn page) {
    const Vma* found = current.mm.vmas.find_vma(page);
    if (found == nullptr || found->flags.none(kVmGrowsDown)) return false;
    Vma vma = *found;
    if (page.bytes() < current.world.system.mmap_min_addr) return false;
    const Vma* below = current.mm.vmas.find_below(vma.start);
    const bool guarded = below != nullptr && below->flags.none(kVmGrowsDown) &&
                         below->flags.any(kVmAccess) && page - below->end < kStackGuardGap;
    if (guarded) return false;

    // Before the limits are asked: a refused growth leaves the anon_vma.
    anon_vma_prepare(current, vma);
    const Pages grow = vma.start - page;
    if (grow.count > vma.pgoff.index) return false;
    if (!may_expand_vm(current, vma.flags, grow)) return false;
    const std::uint64_t stack_limit = current.mm.limits.stack;
    if (current.refuses(stack_limit != kUnlimited && (vma.end - page).bytes() > stack_limit)) {
        return false;
    }
    if (!mlock_future_ok(current, vma.flags, grow) || !charge(current, grow)) return false;
    if (vma.flags.none(kVmAccount)) settle_growth(current, grow);

    const Vpn key = vma.start;
    vma.move_start(page);
    vma.start_made(current.stamp);
    current.mm.vmas.assign(key, vma);
    vm_stat_add(current.mm, vma.flags, grow);
    if (vma.flags.any(kVmLocked)) current.mm.locked_vm += grow;
    current.tell(VmaChanged{.id = vma.id, .range = vma.range()});
    return true;
}

void touch(Current& current, std::uint64_t addr, std::uint64_t length, bool write,
           std::optional<std::uint64_t> fault_at) {
    current.op = MmOp::fault;
    Vpn page = vpn_of(addr);
    const Vpn end = fault_at ? vpn_of(*fault_at) : vpn_of(addr + length + kPageMask);
    Vma vma;
    while (page < end) {
        if (!access_page(current, page, write, vma)) {
            page = page + Pages{1};
            continue;
        }
        const Vpn stop = std::min(end, vma.end);
        fault_in(current, vma, VmRange{page, stop}, write);
        page = stop;
    }
    if (!fault_at || !access_page(current, vpn_of(*fault_at), write, vma)) return;
    if (write && refused_write_leaves_anon_vma(current.mm, vma, vpn_of(*fault_at))) {
        anon_vma_prepare(current, vma);
    }
}

}  // namespace mmsim
