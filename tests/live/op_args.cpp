// SPDX-License-Identifier: GPL-2.0-or-later
// The arguments of each kind of call.
#include <algorithm>
#include <sys/resource.h>

#include "base/linux_abi.h"
#include "live/op_source.h"

namespace mmsim::live {
namespace {

constexpr std::uint64_t kBadFd = 990;
constexpr std::uint64_t kLongestTouch = 1024 * kPageSize;
constexpr std::uint64_t kNoFd = ~std::uint64_t{0};
constexpr std::uint64_t kHugePage = 0x200000;

std::uint64_t fd_of(std::size_t file) { return static_cast<std::uint64_t>(kFirstFileFd) + file; }

}  // namespace

Op OpSource::make(OpKind kind, const View& view) {
    const Range where = range(view);
    Op op{.kind = kind, .slot = view.slot, .args = {where.addr, where.length}};
    switch (kind) {
        case OpKind::mmap:
            return mmap(view);
        case OpKind::mprotect:
            op.args[2] = prot();
            if (random_.percent(6)) {
                op.args[2] |= random_.pick(
                    {kProtGrowsDown, kProtGrowsDown, kProtGrowsUp, kProtGrowsDown | kProtGrowsUp});
            }
            return op;
        case OpKind::pkey_mprotect:
            op.args[2] = prot();
            op.args[3] = random_.pick<std::uint64_t>(
                {kNoFd, kNoFd, host_.protection_keys ? 0 : kNoFd, 1, 16});
            return op;
        case OpKind::mremap:
            return mremap(view);
        case OpKind::brk:
            return brk(view);
        case OpKind::madvise:
            return madvise(view);
        case OpKind::process_madvise:
            return process_madvise(view);
        case OpKind::memory_merge:
            op.args = {random_.percent(60) ? 1U : 0U};
            return op;
        case OpKind::mlock:
        case OpKind::mlock2:
        case OpKind::mlockall:
            return lock(kind, view);
        case OpKind::set_vma_name:
            return name(view);
        case OpKind::mbind:
            return mbind(view);
        case OpKind::shmat:
            return shmat(view);
        case OpKind::shmdt:
            return shmdt(view);
        case OpKind::remap_file_pages:
            return remap_file_pages(view);
        case OpKind::setrlimit:
            return setrlimit(view);
        case OpKind::mseal:
            op.args[2] = random_.percent(4) ? 1 : 0;
            return op;
        case OpKind::add_seals: {
            op.args = {fd_of(random_.below(host_.files.size())),
                       random_.pick({kSealWrite, kSealFutureWrite, kSealSeal, kSealShrink,
                                     kSealGrow, kSealWrite | kSealSeal})};
            const auto file = static_cast<std::size_t>(op.args[0] - fd_of(0));
            return host_.files[file].sealable ? op : make(OpKind::mmap, view);
        }
        case OpKind::uffd_open:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
            return uffd(kind, view);
        case OpKind::touch:
            return touch(view);
        case OpKind::fork:
        case OpKind::exit:
            return fork_or_exit(kind, view);
        default:
            return op;
    }
}

std::uint64_t OpSource::prot() {
    constexpr std::uint64_t kR = kProtRead;
    constexpr std::uint64_t kW = kProtWrite;
    constexpr std::uint64_t kX = kProtExec;
    if (random_.percent(1)) return random_.pick<std::uint64_t>({0x10, kR | 0x40, kProtSem | kR});
    return random_.pick({kR | kW, kR | kW, kR | kW, kR | kW, kR | kW, kR, kR, kR, std::uint64_t{0},
                         std::uint64_t{0}, kR | kX, kR | kW | kX, kW,
                         host_.protection_keys ? kR | kX : kX});
}

std::uint64_t OpSource::mmap_extras() {
    std::uint64_t extras = 0;
    if (random_.percent(70)) return extras;
    for (unsigned i = 0; i < 1 + random_.below(2); ++i) {
        extras |= random_.pick({kMapNoReserve, kMapNoReserve, kMapStack, kMapStack, kMapLocked,
                                kMapPopulate, kMapPopulate, kMapGrowsDown, kMapGrowsDown,
                                kMapNonBlock, kMapDenyWrite, kMapExecutable, kMapSync, kMapAbove4G,
                                predictable_32bit_ ? kMap32Bit : kMapNonBlock});
    }
    return extras;
}

void OpSource::map_file(Op& op, const View& view) {
    const std::size_t file = random_.below(host_.files.size());
    op.args[4] = random_.percent(3) ? kBadFd : fd_of(file);
    op.args[5] = random_.below(16) * kPageSize;
    // Where the neighbour below leaves off, as programs that map piece by piece do.
    for (const Vma& vma : view.vmas) {
        if (vma.file && vma.end.bytes() == op.args[0] && random_.percent(60)) {
            op.args[5] = (vma.pgoff + vma.pages()).bytes();
        }
    }
    if (random_.percent(2)) op.args[5] += 1 + random_.below(kPageMask);
    const std::uint64_t size = op.args[4] == kBadFd ? 0 : host_.files[file].file.size;
    if (!bad_pages_ && size != 0) {
        op.args[5] = std::min(op.args[5], size - kPageSize);
        op.args[1] = std::min(op.args[1], pages_round_up(size - op.args[5]).bytes());
    } else if (random_.percent(4)) {
        op.args[5] = random_.pick<std::uint64_t>(
            {std::uint64_t{1} << 62, std::uint64_t{1} << 63, ~kPageMask, 0x7ffffffffffff000});
    }
}

// Memory of huge pages. Without a pool only what reserves none can be had.
Op OpSource::mmap_huge_pages() {
    const std::uint64_t size = random_.pick<std::uint64_t>({0, 0, 0, 0, 21, 30, 20});
    std::uint64_t flags = kMapAnonymous | kMapHugetlb | size << kMapHugeShift |
                          random_.pick({kMapPrivate, kMapPrivate, kMapShared, kMapSharedValidate});
    if (random_.percent(75)) flags |= kMapNoReserve;
    std::uint64_t addr = 0;
    if (random_.percent(70)) {
        addr = huge_place();
        flags |= random_.pick({kMapFixed, kMapFixed, kMapFixedNoReplace, std::uint64_t{0}});
    }
    flags |= mmap_extras();
    const std::uint64_t offset = random_.percent(20) ? random_.pick({kHugePage, kPageSize}) : 0;
    return {.kind = OpKind::mmap,
            .args = {addr, random_.small(3) * kHugePage - random_.below(2) * kPageSize, prot(),
                     flags, kNoFd, offset}};
}

Op OpSource::mmap(const View& view) {
    if (host_.system.hugepages == 0 && random_.percent(2)) return mmap_huge_pages();
    Op op{.kind = OpKind::mmap, .args = {free_place(view), length(), prot(), 0, kNoFd, 0}};
    std::uint64_t& flags = op.args[3];
    const std::uint64_t how = random_.below(100);
    if (how < 50) {
        flags = kMapFixed;
    } else if (how < 60) {
        flags = kMapFixedNoReplace;
    } else if (how < 80) {
        op.args[0] = 0;
    } else if (random_.percent(10)) {
        op.args[0] = random_.pick<std::uint64_t>(
            {1, 0x1000, 0x10000, 0x7ffffffff000, 0x7fffffffe000, ~std::uint64_t{0}, 0x400000});
    }
    if (random_.percent(anonymous_share_)) {
        flags |= kMapAnonymous |
                 random_.pick({kMapPrivate, kMapPrivate, kMapPrivate, kMapPrivate, kMapPrivate,
                               kMapPrivate, kMapPrivate, kMapPrivate, kMapShared, kMapDroppable});
        if (random_.percent(2)) flags ^= random_.below(16);
    } else {
        map_file(op, view);
        flags |=
            random_.pick({kMapPrivate, kMapPrivate, kMapShared, kMapShared, kMapSharedValidate});
    }
    flags |= mmap_extras();
    const Range spoilt = spoil({op.args[0], op.args[1]});
    op.args[0] = spoilt.addr;
    op.args[1] = spoilt.length;
    return op;
}

Op OpSource::mremap(const View& view) {
    const Range source = random_.percent(4) ? Range{place(view), 0} : range(view);
    std::uint64_t flags = random_.pick<std::uint64_t>(
        {0, kMremapMayMove, kMremapMayMove, kMremapMayMove | kMremapFixed,
         kMremapMayMove | kMremapFixed, kMremapMayMove | kMremapFixed,
         kMremapMayMove | kMremapDontUnmap, kMremapMayMove | kMremapDontUnmap | kMremapFixed});
    if (random_.percent(3)) flags = random_.below(16);
    const bool same = (flags & kMremapDontUnmap) != 0 && random_.percent(90);
    std::uint64_t new_length = source.length;
    const std::uint64_t change = random_.small(12) * kPageSize;
    const std::uint64_t kind = same ? 0 : random_.below(100);
    if (kind >= 40 && kind < 65) new_length = source.length + change;
    if (kind >= 65 && kind < 85) new_length -= std::min(source.length - 1, change);
    if (kind >= 85) new_length = length();
    std::uint64_t to = random_.percent(70) ? free_place(view) : place(view);
    if (to < source.addr + source.length && source.addr < to + new_length && random_.percent(80)) {
        to = source.addr + source.length + random_.below(4) * kPageSize;
    }
    if ((flags & kMremapFixed) == 0 && random_.percent(50)) to = 0;
    if (random_.percent(2)) to += 1 + random_.below(kPageMask);
    return {.kind = OpKind::mremap, .args = {source.addr, source.length, new_length, flags, to}};
}

Op OpSource::madvise(const View& view) {
    const Range where = range(view);
    Madv advice = random_.pick({Madv::normal,        Madv::random,         Madv::sequential,
                                Madv::willneed,      Madv::dontneed,       Madv::dontneed,
                                Madv::free,          Madv::remove,         Madv::dontfork,
                                Madv::dontfork,      Madv::dofork,         Madv::dofork,
                                Madv::mergeable,     Madv::unmergeable,    Madv::hugepage,
                                Madv::nohugepage,    Madv::dontdump,       Madv::dodump,
                                Madv::wipeonfork,    Madv::keeponfork,     Madv::cold,
                                Madv::pageout,       Madv::populate_read,  Madv::populate_write,
                                Madv::populate_read, Madv::populate_write, Madv::dontneed_locked,
                                Madv::guard_install, Madv::guard_install,  Madv::guard_remove,
                                Madv::collapse,      Madv::collapse});
    if (advice == Madv::guard_install && !bad_pages_) advice = Madv::sequential;
    // Holes can only be made at offsets that file systems know.
    constexpr std::uint64_t kFar = std::uint64_t{1} << 30;
    const bool far = std::any_of(view.vmas.begin(), view.vmas.end(),
                                 [](const Vma& vma) { return vma.file && vma.pgoff.index > kFar; });
    if (advice == Madv::remove && far) advice = Madv::cold;
    if (advice == Madv::hugepage && !host_.huge_pages_on_advice) advice = Madv::nohugepage;
    auto number = static_cast<std::uint64_t>(advice);
    if (random_.percent(1)) number = 5 + random_.below(3);
    return {.kind = OpKind::madvise, .args = {where.addr, where.length, number}};
}

// What no iovec can hold is refused before it is looked at.
Op OpSource::process_madvise(const View& view) {
    constexpr std::uint64_t kLongest = std::uint64_t{1} << 30;
    Op op = madvise(view);
    if (op.args[1] > kLongest) return op;
    op.kind = OpKind::process_madvise;
    return op;
}

Op OpSource::lock(OpKind kind, const View& view) {
    const Range where = range(view);
    if (kind == OpKind::mlockall) {
        const std::uint64_t flags = random_.pick<std::uint64_t>(
            {kMclFuture, kMclFuture, kMclCurrent, kMclCurrent | kMclFuture,
             kMclFuture | kMclOnFault, kMclCurrent | kMclOnFault, kMclOnFault, 0, 8});
        return {.kind = kind, .args = {flags}};
    }
    std::uint64_t flags = 0;
    if (kind == OpKind::mlock2) flags = random_.pick<std::uint64_t>({0, kMlockOnFault, 2});
    return {.kind = kind, .args = {where.addr, where.length, flags}};
}

Op OpSource::mbind(const View& view) {
    const Range where = range(view);
    const std::uint64_t mode = random_.pick(
        {kMpolDefault, kMpolDefault, kMpolPreferred, kMpolBind, kMpolBind, kMpolInterleave,
         kMpolLocal, kMpolPreferredMany, std::uint64_t{0x8000} | kMpolBind, std::uint64_t{9}});
    std::uint64_t nodes = mode == kMpolDefault || mode == kMpolLocal ? 0 : 1;
    if (random_.percent(8)) nodes ^= 1;
    // Strict about no node at all, the kernel looks which pages are there.
    std::uint64_t flags = random_.percent(15) ? random_.pick({kMpolMfMove, kMpolMfStrict}) : 0;
    if (nodes == 0) flags &= ~kMpolMfStrict;
    return {.kind = OpKind::mbind, .args = {where.addr, where.length, mode, nodes, flags}};
}

Op OpSource::shmat(const View& view) {
    std::uint64_t segment = random_.below(host_.segments.size());
    if (random_.percent(3)) segment = host_.segments.size();
    std::uint64_t addr = random_.percent(30) ? 0 : free_place(view);
    std::uint64_t flags = 0;
    if (random_.percent(25)) flags |= kShmRdonly;
    if (random_.percent(30)) flags |= kShmRnd;
    if (random_.percent(40)) flags |= kShmRemap;
    if (random_.percent(5)) flags |= kShmExec;
    if (addr != 0 && random_.percent(15)) addr += random_.below(kPageSize);
    return {.kind = OpKind::shmat, .args = {segment, addr, flags}};
}

Op OpSource::shmdt(const View& view) {
    std::uint64_t addr = place(view);
    for (const Vma& vma : view.vmas) {
        const bool sysv =
            vma.file && view.simulation.world().files[vma.file.index].path == "/SYSV00000000";
        if (sysv && random_.percent(50)) addr = vma.start.bytes() - vma.pgoff.bytes();
    }
    return {.kind = OpKind::shmdt, .args = {addr}};
}

Op OpSource::remap_file_pages(const View& view) {
    Range where = range(view);
    for (const Vma& vma : view.vmas) {
        if (vma.flags.any(kVmShared) && random_.percent(40)) where = spoil(inside(vma));
    }
    const std::uint64_t prot = random_.percent(4) ? 1 : 0;
    const std::uint64_t flags = random_.percent(20) ? kMapNonBlock : 0;
    return {.kind = OpKind::remap_file_pages,
            .args = {where.addr, where.length, prot, random_.below(20), flags}};
}

Op OpSource::setrlimit(const View& view) {
    Op op{.kind = OpKind::setrlimit};
    const Mm& mm = view.mm;
    const std::uint64_t slack = random_.below(100) * kPageSize + random_.below(2) * 100;
    switch (random_.below(4)) {
        case 0:
            op.args = {RLIMIT_AS, mm.total_vm.bytes() + slack, hard_.as};
            break;
        case 1:
            op.args = {RLIMIT_DATA, mm.data_vm.bytes() + slack, hard_.data};
            break;
        case 2:
            op.args = {RLIMIT_MEMLOCK, random_.percent(70) ? slack : 0, hard_.memlock};
            break;
        default:
            op.args = {RLIMIT_STACK, slack, hard_.stack};
            break;
    }
    if (random_.percent(40)) op.args[1] = op.args[2];
    op.args[1] = std::min(op.args[1], op.args[2]);
    return op;
}

Op OpSource::uffd(OpKind kind, const View& view) {
    const std::uint64_t which = random_.below(kUffds);
    if (kind == OpKind::uffd_open) return {.kind = kind, .args = {which, uffd_flags_}};
    const Range where = range(view);
    std::uint64_t modes = kUffdModeWp;
    if (which == 1 && random_.percent(25)) {
        modes = random_.pick({kUffdModeMissing, kUffdModeMissing, kUffdModeMinor,
                              kUffdModeMissing | kUffdModeWp, kUffdModeMissing | kUffdModeMinor});
    }
    if (random_.percent(3)) modes = random_.pick<std::uint64_t>({0, 8, 7});
    if (kind == OpKind::uffd_unregister) modes = 0;
    return {.kind = kind, .args = {where.addr, where.length, modes, which}};
}

Op OpSource::touch(const View& view) {
    Range where{place(view), random_.small(8) * kPageSize};
    bool write = random_.percent(60);
    const Vma* vma = some_vma(view);
    if (vma != nullptr && random_.percent(85)) {
        where = inside(*vma);
        const bool refused = vma->flags.none(write ? kVmWrite : kVmAccess);
        if (refused && random_.percent(80)) write = vma->flags.any(kVmWrite);
    }
    if (vma != nullptr && vma->flags.any(kVmGrowsDown) && random_.percent(60)) {
        where.addr = vma->start.bytes() - random_.small(300) * kPageSize;
        where.length = kPageSize;
    }
    // The first page that a private mapping has and its file has not.
    for (const Vma& candidate : view.vmas) {
        if (!bad_pages_ || !candidate.file || candidate.anonymous() || random_.percent(80))
            continue;
        const std::uint64_t size = view.simulation.world().files[candidate.file.index].size;
        const Pages there = pages_round_up(size);
        if (size == kSizeUnknown ||
            candidate.pgoff.index + candidate.pages().count <= there.count) {
            continue;
        }
        const std::uint64_t first = std::max(there.count, candidate.pgoff.index);
        where = {(candidate.start + Pages{first - candidate.pgoff.index}).bytes(), kPageSize};
        write = random_.percent(70);
    }
    where.length = std::min(where.length, kLongestTouch);
    return {.kind = OpKind::touch, .args = {where.addr, where.length, write ? 1U : 0U}};
}

Op OpSource::brk(const View& view) {
    const std::uint64_t heap = view.mm.layout.start_brk;
    std::uint64_t addr = heap + random_.below(64) * kPageSize;
    if (random_.percent(20)) addr += random_.below(kPageSize);
    if (random_.percent(5)) addr = random_.pick<std::uint64_t>({0, heap - 1, 0x7fffffffffff, ~0UL});
    return {.kind = OpKind::brk, .args = {addr}};
}

Op OpSource::name(const View& view) {
    const Range where = range(view);
    Op op{.kind = OpKind::set_vma_name, .args = {where.addr, where.length}};
    op.name = random_.pick({"a", "a", "b", "two words", "", "bad[", "\x01", "tab\t"});
    op.clears_name = random_.percent(30);
    return op;
}

Op OpSource::fork_or_exit(OpKind kind, const View& view) {
    Op op{.kind = kind};
    if (kind == OpKind::fork) op.args[0] = 1 + random_.below(kSlots - 1);
    op.slot = view.slot;
    return op;
}

}  // namespace mmsim::live
