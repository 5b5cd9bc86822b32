// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/failed_check.h"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "base/linux_abi.h"
#include "mm/accounting.h"
#include "report/explain_events.h"

namespace mmsim {
namespace {

std::string bare_hex(std::uint64_t address) { return fmt::format("{:x}", address); }

// What a range of bytes covers; empty where it wraps.
struct Extent {
    Vpn from, to;

    Vpn start() const { return from; }
    Vpn end() const { return to; }
    bool empty() const { return from == to; }
    Pages pages() const { return to - from; }
};
Extent covered(std::uint64_t addr, std::uint64_t length) {
    const Vpn start = vpn_of(addr);
    const Pages pages = pages_round_up(length + (addr & kPageMask));
    const Vpn end = vpn_of((addr & ~kPageMask) + pages.bytes());
    return {start, std::max(start, end)};
}

// Asks checks in order and keeps the first that objects with the errno in question.
class Asked {
public:
    Asked(const World& world, const Mm& mm, Errno error) : world_(world), mm_(mm), error_(error) {}

    const std::string& answer() const { return found_; }
    bool open(Errno error) const { return error == error_ && found_.empty(); }
    void check(Errno error, bool objects, const std::string& what) {
        if (open(error) && objects) found_ = what;
    }

    void aligned(std::uint64_t addr, std::string_view what = "the address") {
        check(Errno::einval, !page_aligned(addr),
              fmt::format("{} {} is not that of a page", what, bare_hex(addr)));
    }
    void known(std::uint64_t flags, std::uint64_t known, std::string_view what) {
        const std::uint64_t unknown = flags & ~known;
        check(Errno::einval, unknown != 0, fmt::format("unknown {}: {:#x}", what, unknown));
    }
    void no_hole(Extent range, Errno error) {
        if (!open(error)) return;
        Vpn at = range.start();
        for (auto vma = mm_.vmas.find(at); at < range.end(); vma.next()) {
            if (!vma || vma->start > at) {
                return check(error, true, "nothing is mapped at " + bare_hex(at.bytes()));
            }
            at = vma->end;
        }
    }
    // The first VMA in the range that a test objects to.
    template <typename Test>
    void none(Extent range, Errno error, Test test, std::string_view what) {
        if (!open(error)) return;
        for (auto vma = mm_.vmas.find(range.start()); vma && vma->start < range.end(); vma.next()) {
            if (!test(*vma)) continue;
            return check(error, true, fmt::format("{} {}", addresses_of(vma->range()), what));
        }
    }
    void not_sealed(Extent range) {
        none(
            range, Errno::eperm, [](const Vma& vma) { return vma.flags.any(kVmSealed); },
            "is sealed");
    }
    // `more`: VMAs that the call may have to add.
    void room(std::uint64_t more, Errno error = Errno::enomem) {
        const std::uint64_t limit = world_.system.max_map_count;
        check(error, mm_.map_count + more > limit,
              fmt::format("{} VMAs{}, max_map_count is {}", mm_.map_count,
                          more == 0 ? "" : fmt::format(", and it may need {} more", more), limit));
    }
    void edges(Extent range, Errno error = Errno::enomem) {
        const auto cut = [&](Vpn at) {
            const Vma* const vma = mm_.vmas.find_vma(at);
            return vma != nullptr && vma->start < at;
        };
        if (cut(range.start()) || cut(range.end())) room(1, error);
    }
    void lockable() {
        check(Errno::eperm, mm_.limits.memlock == 0 && !mm_.limits.capable(Capability::ipc_lock),
              "RLIMIT_MEMLOCK is 0 and CAP_IPC_LOCK is missing");
    }
    void lock_limit(Pages more, Errno error) {
        const std::uint64_t limit = mm_.limits.memlock;
        if (limit == kUnlimited || mm_.limits.capable(Capability::ipc_lock)) return;
        check(error, (mm_.locked_vm + more).count > limit >> kPageShift,
              fmt::format("{} pages locked and {} more: RLIMIT_MEMLOCK is {} bytes",
                          mm_.locked_vm.count, more.count, limit));
    }
    void space_limits(Pages more, bool data) {
        const ProcessLimits& limits = mm_.limits;
        const auto over = [](std::uint64_t limit, Pages pages) {
            return limit != kUnlimited && pages.count > limit >> kPageShift;
        };
        check(Errno::enomem, over(limits.as, mm_.total_vm + more),
              fmt::format("{} pages mapped and {} more: RLIMIT_AS is {} bytes", mm_.total_vm.count,
                          more.count, limits.as));
        check(Errno::enomem, data && limits.data != 0 && over(limits.data, mm_.data_vm + more),
              fmt::format("{} pages of data and {} more: RLIMIT_DATA is {} bytes",
                          mm_.data_vm.count, more.count, limits.data));
    }
    void commit(Pages more) {
        constexpr std::string_view kHow[] = {"heuristic", "always", "never"};
        check(Errno::enomem, world_.system.overcommit != Overcommit::always,
              fmt::format("no commit charge for {} pages: {} are charged, overcommit is {}",
                          more.count, world_.committed.count,
                          kHow[static_cast<std::size_t>(world_.system.overcommit)]));
    }

    const Mm& mm() const { return mm_; }
    const World& world() const { return world_; }

private:
    const World& world_;
    const Mm& mm_;
    Errno error_;
    std::string found_;
};

bool mapped(const Mm& mm, Vpn at) {
    const Vma* const vma = mm.vmas.find_vma(at);
    return vma != nullptr && vma->start <= at;
}

void ask(Asked& asked, const MmapCall& call) {
    const Mm& mm = asked.mm();
    const bool fixed = (call.flags & (kMapFixed | kMapFixedNoReplace)) != 0;
    const bool anonymous = (call.flags & kMapAnonymous) != 0;
    const std::uint64_t type = call.flags & kMapType;
    const Pages pages = pages_round_up(call.length);
    asked.check(Errno::einval, (call.offset & kPageMask) != 0,
                fmt::format("the offset {:#x} is inside a page (row 1)", call.offset));
    asked.check(Errno::ebadf, !anonymous, "the descriptor is not open (row 2)");
    asked.check(Errno::einval, call.length == 0, "the length is 0 (row 9)");
    asked.check(Errno::enomem, !pages, "the length rounds up to 0 (row 13)");
    asked.room(0);
    const Vpn top = mm.layout.task_size;
    asked.check(Errno::enomem, pages > top - Vpn{}, "longer than user space (row 17)");
    if (fixed) {
        asked.check(Errno::enomem, call.addr > (top - pages).bytes(),
                    fmt::format("it would end behind {} (row 17)", bare_hex(top.bytes())));
        asked.aligned(call.addr);
        asked.check(Errno::eperm, call.addr < asked.world().system.mmap_min_addr,
                    "the address is below mmap_min_addr (row 17)");
    }
    if ((call.flags & kMapFixedNoReplace) != 0) {
        asked.none(
            covered(call.addr, call.length), Errno::eexist, [](const Vma&) { return true; },
            "is there (row 18)");
    }
    if ((call.flags & kMapLocked) != 0) asked.lockable();
    asked.lock_limit(pages, Errno::eagain);
    asked.check(Errno::einval,
                type != kMapShared && type != kMapSharedValidate && type != kMapPrivate &&
                    type != kMapDroppable,
                "neither MAP_SHARED nor MAP_PRIVATE (rule 2.2)");
    asked.check(Errno::einval, (call.flags & kMapGrowsDown) != 0,
                "MAP_GROWSDOWN of a file or of shared memory (rule 2.2)");
    asked.check(Errno::eacces, !anonymous, "the file is not open for that access (rule 2.2)");
    asked.check(Errno::enodev, !anonymous, "the file has no mmap hook, or both (rule 2.2)");
    asked.check(Errno::eopnotsupp, type == kMapSharedValidate,
                "a flag that the file does not know (rule 2.2)");
    asked.check(Errno::eoverflow, true, "offset and length pass the largest file (rule 2.2)");
}

void ask(Asked& asked, const MunmapCall& call) {
    const Vpn top = asked.mm().layout.task_size;
    const Extent range = covered(call.addr, call.length);
    asked.aligned(call.addr);
    asked.check(Errno::einval, call.length == 0, "the length is 0");
    asked.check(Errno::einval, range.empty() || range.end() > top,
                fmt::format("it ends behind {}, where user space does", bare_hex(top.bytes())));
    asked.not_sealed(range);
    asked.edges(range);
    asked.check(Errno::einval, true, "a VMA at its edge may not be cut: may_split");
}

void ask(Asked& asked, const MprotectCall& call) {
    const std::uint64_t grows = call.prot & (kProtGrowsDown | kProtGrowsUp);
    const Extent range = covered(call.addr, call.length);
    asked.check(Errno::einval, grows == (kProtGrowsDown | kProtGrowsUp),
                "PROT_GROWSDOWN and PROT_GROWSUP");
    asked.aligned(call.addr);
    asked.check(Errno::enomem, range.empty(), "the end is not above the start");
    asked.known(call.prot & ~grows, kProtRead | kProtWrite | kProtExec | kProtSem, "protection");
    asked.check(Errno::einval, call.pkey.value_or(-1) > 0, "no such protection key");
    asked.check(Errno::einval, grows != 0, "there is no stack");
    asked.no_hole(range, Errno::enomem);
    const std::uint64_t wanted = call.prot & (kProtRead | kProtWrite | kProtExec);
    asked.none(
        range, Errno::eacces,
        [&](const Vma& vma) { return (wanted & ~(vma.flags.bits >> 4)) != 0; },
        "may never have that access: a MAY bit is missing (step 3)");
    asked.check(Errno::eacces, asked.mm().mdwe, "PR_SET_MDWE forbids it (step 4)");
    asked.not_sealed(range);
    asked.edges(range);
    asked.space_limits(range.pages(), (call.prot & kProtWrite) != 0);
    if ((call.prot & kProtWrite) != 0) asked.commit(range.pages());
}

void ask(Asked& asked, const MremapCall& call) {
    constexpr std::uint64_t kPlaced = kMremapFixed | kMremapDontUnmap;
    const Vpn top = asked.mm().layout.task_size;
    const Pages old_pages = pages_round_up(call.old_length);
    const Pages pages = pages_round_up(call.length);
    asked.known(call.flags, kPlaced | kMremapMayMove, "flag");
    asked.aligned(call.addr);
    asked.check(Errno::einval, !pages, "the new length is 0");
    asked.check(Errno::einval, pages > top - Vpn{},
                "the new length is that of more than all there is");
    if ((call.flags & kPlaced) != 0) {
        asked.check(Errno::einval, call.new_addr > (top - pages).bytes(),
                    fmt::format("the new place ends behind {}", bare_hex(top.bytes())));
        asked.aligned(call.new_addr, "the new address");
        asked.check(Errno::einval, (call.flags & kMremapMayMove) == 0, "MREMAP_MAYMOVE is missing");
        asked.check(Errno::einval, (call.flags & kMremapDontUnmap) != 0 && old_pages != pages,
                    "MREMAP_DONTUNMAP with two lengths");
        asked.check(Errno::einval,
                    call.addr + old_pages.bytes() > call.new_addr &&
                        call.new_addr + pages.bytes() > call.addr,
                    "the old and the new place overlap");
    }
    const Vpn start = vpn_of(call.addr);
    asked.check(Errno::efault, !mapped(asked.mm(), start),
                "nothing is mapped at " + bare_hex(call.addr));
    const Vma* const vma = asked.mm().vmas.find_vma(start);
    if (vma == nullptr) return;
    const bool grows = pages > old_pages;
    const std::string name = addresses_of(vma->range());
    asked.not_sealed(covered(call.addr, std::max(call.old_length, std::uint64_t{1})));
    asked.check(Errno::einval, vma->flags.any(kVmHugetlb), name + " is of huge pages");
    asked.check(Errno::einval, !old_pages, "the old length is 0 and " + name + " is not shared");
    asked.check(Errno::einval, vma->flags.any(kVmDontExpand | kVmPfnmap),
                "MREMAP_DONTUNMAP of " + name + ", which has DONTEXPAND or PFNMAP");
    asked.check(Errno::efault, old_pages > vma->end - start, "it crosses the end of " + name);
    asked.check(Errno::efault, grows && vma->flags.any(kVmDontExpand | kVmPfnmap),
                name + " may not grow: it has DONTEXPAND or PFNMAP");
    if (grows) {
        const Pages more = pages - old_pages;
        asked.lock_limit(more, Errno::eagain);
        asked.space_limits(more, vm_class(vma->flags) == VmClass::data);
        asked.check(Errno::enomem, (call.flags & kMremapMayMove) == 0,
                    "no room behind it to grow, and MREMAP_MAYMOVE is missing");
        asked.room(3);
        asked.commit(more);
    }
    asked.room(3);
}

void ask(Asked& asked, const BrkCall& call) {
    const Mm& mm = asked.mm();
    asked.check(Errno::enomem, call.addr < mm.layout.start_brk,
                "below the start of the heap, " + bare_hex(mm.layout.start_brk));
    if (call.addr <= mm.brk) return asked.not_sealed(covered(call.addr, mm.brk - call.addr));
    const Vpn end = vpn_of(call.addr + kPageMask);
    const Pages more = end - vpn_of(mm.brk + kPageMask);
    const Vma* const next = mm.vmas.find_vma(vpn_of(mm.brk + kPageMask));
    asked.check(Errno::enomem, next != nullptr && next->start < end + Pages{1},
                next == nullptr ? "" : "too close to " + addresses_of(next->range()));
    asked.lock_limit(more, Errno::enomem);
    asked.space_limits(more, true);
    asked.room(1);
    asked.commit(more);
}

void ask(Asked& asked, const MadviseCall& call) {
    const Extent range = covered(call.addr, call.length);
    asked.aligned(call.addr);
    asked.check(Errno::einval, call.length != 0 && range.empty(), "the end is not above the start");
    asked.none(
        range, Errno::eperm, [](const Vma& vma) { return vma.flags.any(kVmSealed); },
        "is sealed and may not be written: what it holds may not be dropped");
    asked.no_hole(range, Errno::enomem);
    asked.edges(range, Errno::eagain);
    asked.none(
        range, Errno::einval, [](const Vma& vma) { return vma.flags.any(kVmLocked); }, "is locked");
    asked.none(
        range, Errno::einval, [](const Vma& vma) { return !can_merge(vma.flags); }, "is special");
    asked.none(
        range, Errno::einval, [](const Vma& vma) { return bool(vma.file); },
        "is of a file or shared");
    asked.check(Errno::einval, true, "this advice is unknown, or not for this memory");
}

void ask(Asked& asked, const MlockCall& call) {
    const Extent range = covered(call.addr, call.length);
    if (call.kind != MlockKind::munlock) {
        asked.known(call.flags, kMlockOnFault, "flag");
        asked.lockable();
        asked.lock_limit(range.pages(), Errno::enomem);
    }
    asked.check(Errno::einval, call.length != 0 && range.empty(), "the end is not above the start");
    asked.no_hole(range, Errno::enomem);
    asked.edges(range);
    asked.none(
        range, Errno::enomem, [](const Vma& vma) { return vma.flags.none(kVmAccess); },
        "has no access: it is locked, but its pages cannot be read");
}

void ask(Asked& asked, const MlockallCall& call) {
    asked.check(Errno::einval, call.flags == 0, "no flag");
    asked.known(call.flags, kMclCurrent | kMclFuture | kMclOnFault, "flag");
    asked.check(Errno::einval, call.flags == kMclOnFault, "MCL_ONFAULT alone");
    asked.lockable();
    asked.lock_limit(asked.mm().total_vm, Errno::enomem);
}

void ask(Asked& asked, const MsealCall& call) {
    const Extent range = covered(call.addr, call.length);
    asked.known(call.flags, 0, "flag");
    asked.aligned(call.addr);
    asked.check(Errno::einval, call.length != 0 && range.empty(), "the end is not above the start");
    asked.no_hole(range, Errno::enomem);
    asked.edges(range);
}

void ask(Asked& asked, const PrctlSetVmaCall& call) {
    const Extent range = covered(call.addr, call.length);
    asked.check(Errno::einval, call.name && call.name->size() > 79,
                "a name has 79 characters at most");
    asked.aligned(call.addr);
    asked.check(Errno::einval, call.length != 0 && range.empty(), "the end is not above the start");
    asked.check(Errno::einval, call.name.has_value(),
                "a name has printable characters, and none of \\ ` $ [ ]");
    asked.none(
        range, Errno::ebadf, [](const Vma& vma) { return bool(vma.file); },
        "is of a file and cannot have a name");
    asked.no_hole(range, Errno::enomem);
    asked.edges(range, Errno::eagain);
}

void ask(Asked& asked, const MbindCall& call) {
    const Extent range = covered(call.addr, call.length);
    asked.known(call.flags, kMpolMfStrict | kMpolMfMove | kMpolMfMoveAll, "flag");
    asked.aligned(call.addr);
    asked.check(Errno::einval, call.length != 0 && range.empty(), "the end is not above the start");
    asked.check(Errno::einval, true, "this mode is unknown, or does not go with these nodes");
    asked.no_hole(range, Errno::efault);
    asked.edges(range);
}

void ask(Asked& asked, const ShmatCall& call) {
    if ((call.flags & kShmRnd) == 0) asked.aligned(call.addr);
    asked.check(Errno::einval, call.addr == 0 && (call.flags & kShmRemap) != 0,
                "SHM_REMAP without an address");
    asked.check(Errno::einval, call.addr != 0 && (call.flags & kShmRemap) == 0,
                "something is mapped where it was to go");
    asked.room(0);
}

void ask(Asked& asked, const ShmdtCall& call) {
    asked.aligned(call.addr);
    asked.check(Errno::einval, true, "no segment was attached at " + bare_hex(call.addr));
}

void ask(Asked& asked, const RemapFilePagesCall& call) {
    asked.check(Errno::einval, call.prot != 0, "the protection is not 0");
    asked.no_hole(covered(call.addr, call.length), Errno::einval);
    asked.check(Errno::einval, true, "not all of one shared file with equal flags");
}

// Calls of which nothing more is known than their errno.
template <typename Call>
void ask(Asked&, const Call&) {}

}  // namespace

std::string failed_check(const World& world, const Mm& mm, const TraceCall& call, Errno error) {
    Asked asked(world, mm, error);
    std::visit([&](const auto& of) { ask(asked, of); }, call);
    return asked.answer();
}

}  // namespace mmsim
