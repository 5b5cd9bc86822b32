// SPDX-License-Identifier: GPL-2.0-or-later
// The invariants of rules 9, checked on one address space.
#include "mm/accounting.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

struct Sums {
    std::uint64_t vmas = 0;
    Pages total, exec_vm, stack_vm, data_vm, locked, accounted;
};

std::string broken(const char* rule, const Vma& vma, const char* what) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string addr;
    for (std::uint64_t rest = vma.start.bytes(); rest != 0; rest >>= 4) {
        addr.insert(addr.begin(), kHex[rest & 15]);
    }
    return std::string(rule) + " at " + addr + ": " + what;
}

// What only memory without a file must be: drivers may do to the flags of theirs what they like.
std::string check_fileless(const Vma& vma) {
    const VmFlags flags = vma.flags;
    const VmFlags beyond{flags.bits & ~(flags.bits >> 4) & kVmAccess.bits};
    if (!beyond.empty()) return broken("9.15", vma, "an access without the right to it");
    const bool charged = flags.only(kVmWrite | kVmShared | kVmNoReserve) == kVmWrite;
    if (charged && flags.none(kVmAccount)) {
        return broken("9.7", vma, "private writable memory that is not accounted");
    }
    return {};
}

// Rules 9.7, 9.12, 9.14 and 9.15: what one VMA may look like.
std::string check_vma(const World& world, MmId mm, const Vma& vma) {
    const VmFlags flags = vma.flags;
    if (const UffdId uffd = world.attrs[vma.attr()].uffd) {
        if (flags.none(kVmUffd)) return broken("5.7", vma, "registered in no mode");
        if (world.uffds[uffd.index].mm != mm) {
            return broken("5.7", vma, "registered with the userfaultfd of another process");
        }
    }
    if (vma.file && flags.any(kVmWipeOnFork)) return broken("9.15", vma, "WIPEONFORK on a file");
    if (flags.any(kVmLockOnFault) && flags.none(kVmLocked)) {
        return broken("9.15", vma, "LOCKONFAULT without LOCKED");
    }
    // A DAX file mapped with MAP_STACK has both: its hook doesn't ask what is there.
    if (!vma.file && flags.all(kVmHugePage | kVmNoHugePage)) {
        return broken("9.15", vma, "HUGEPAGE and NOHUGEPAGE");
    }
    if (flags.all(kVmAccount | kVmShared)) return broken("9.7", vma, "ACCOUNT on a shared VMA");
    if (vma.anon_vma && flags.any(kVmShared) && !vma.anonymous()) {
        return broken("9.12", vma, "a shared VMA has an anon_vma");
    }
    if (!vma.anon_vma && vma.chain) return broken("9.12", vma, "a chain without an anon_vma");
    if (vma.anon_vma && world.anon_vmas.chain_length(vma) < 1) {
        return broken("9.12", vma, "an anon_vma without a chain");
    }
    // A child's copy that was wiped keeps the offset of memory that was written, and moved.
    const bool plain_anonymous =
        vma.anonymous() && !vma.file && !vma.anon_vma && flags.none(kVmWipeOnFork);
    if (plain_anonymous && vma.pgoff.index != vma.start.index &&
        world.profile->dontunmap_resets_pgoff) {
        return broken("9.14", vma, "a never-faulted anonymous VMA with a foreign pgoff");
    }
    return {};
}

void add(Sums& sums, const Vma& vma) {
    const Pages pages = vma.pages();
    ++sums.vmas;
    sums.total += pages;
    if (Pages* counter = class_counter(sums, vma.flags)) *counter += pages;
    if (vma.flags.any(kVmLocked)) sums.locked += pages;
    if (vma.flags.any(kVmAccount)) sums.accounted += pages;
}

std::string check_sums(const Mm& mm, const Sums& sums) {
    if (sums.vmas != mm.map_count) return "9.2: map_count differs from the number of VMAs";
    if (sums.total != mm.total_vm) return "9.4: total_vm differs from the pages of all VMAs";
    if (sums.data_vm != mm.data_vm) return "9.4: data_vm differs";
    if (sums.exec_vm != mm.exec_vm) return "9.4: exec_vm differs";
    if (sums.stack_vm != mm.stack_vm) return "9.4: stack_vm differs";
    if (sums.locked + mm.locked_leaked != mm.locked_vm) return "9.5: locked_vm differs";
    if (sums.accounted + mm.commit_leaked != mm.committed) {
        return "9.6: the commit counter differs from ACCOUNT pages plus recorded leaks";
    }
    return {};
}

}  // namespace

std::string validate_mm(const World& world, MmId mm_id) {
    const Mm& mm = world.mms[mm_id.index];
    Sums sums;
    Vpn last;
    for (auto vma = mm.vmas.first(); vma; vma.next()) {
        if (vma->start >= vma->end) return broken("9.1", *vma, "empty");
        if (vma->start < last) return broken("9.1", *vma, "overlaps its neighbour");
        if (vma->end > mm.layout.task_size) return broken("9.1", *vma, "beyond TASK_SIZE");
        last = vma->end;
        if (std::string what = check_vma(world, mm_id, *vma); !what.empty()) return what;
        if (!vma->file && !mm.account_lost) {
            if (std::string what = check_fileless(*vma); !what.empty()) return what;
        }
        add(sums, *vma);
    }
    return check_sums(mm, sums);
}

}  // namespace mmsim
