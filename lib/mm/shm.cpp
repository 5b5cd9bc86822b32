// SPDX-License-Identifier: GPL-2.0-or-later
// SysV attaches and remap_file_pages. Rules 5.7, E10.
#include "base/linux_abi.h"
#include "mm/do_mmap.h"
#include "mm/gather.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

// An attach of a SysV segment: its vm_ops are the driver's that hands out own areas.
bool is_attach(const World& world, const Vma& vma) {
    const DriverEntry* entry = world.driver_of(vma.file);
    if (entry == nullptr || entry->driver->unmapped_area() != UnmappedArea::own_plain) return false;
    const FileType type = world.files[vma.file.index].type;
    return type == FileType::shmem || type == FileType::hugetlbfs;
}

// The address the attach that this VMA is part of would have begun at.
std::uint64_t attach_base(const Vma& vma) { return vma.start.bytes() - vma.pgoff.bytes(); }

std::uint64_t attach_prot(std::uint64_t flags) {
    std::uint64_t prot = kProtRead;
    if ((flags & kShmRdonly) == 0) prot |= kProtWrite;
    if ((flags & kShmExec) != 0) prot |= kProtExec;
    return prot;
}

// The first VMA that lies in the range, or null.
const Vma* first_inside(const VmaTree& vmas, std::uint64_t addr, std::uint64_t size) {
    const Vma* next = vmas.find_vma(vpn_of(addr));
    return next != nullptr && next->start.bytes() < addr + size ? next : nullptr;
}

}  // namespace

Result<std::uint64_t> sys_shmat(Current& current, const ShmatArgs& args) {
    current.op = MmOp::shm;
    if (!args.segment) return current.refuse(Errno::einval, Check::no_segment);
    std::uint64_t addr = args.addr;
    if (!page_aligned(addr)) {
        if ((args.flags & kShmRnd) == 0) {
            return current.refuse(Errno::einval, Check::unaligned, addr);
        }
        addr &= ~kPageMask;
    }
    const bool remap = (args.flags & kShmRemap) != 0;
    if (addr == 0 && remap) return current.refuse(Errno::einval, Check::remaps_nowhere);
    // What is rounded down to 0 is as fixed as any other address.
    const bool fixed = args.addr != 0;
    File attach = current.world.files[args.segment.index];
    const std::uint64_t size = attach.size;
    if (addr != 0 && !remap) {
        if (addr + size < addr) return current.refuse(Errno::einval, Check::end_wraps);
        const Vma* const there = first_inside(current.mm.vmas, addr, size);
        if (current.refuses(there != nullptr)) {
            return current.refuse(Errno::einval, Check::attach_occupied, there->range());
        }
    }
    attach.writable = (args.flags & kShmRdonly) == 0;
    const FileId file = current.world.open_file(std::move(attach));
    const auto mapped = do_mmap(current, {.addr = addr,
                                          .length = size,
                                          .prot = attach_prot(args.flags),
                                          .flags = kMapShared | (fixed ? kMapFixed : 0),
                                          .file = file,
                                          .pgoff = {},
                                          .placed_at = args.placed_at,
                                          .never_aligned = true});
    // The mapping holds the attach from here on.
    current.world.close_file(file);
    return mapped;
}

Result<> sys_shmdt(Current& current, std::uint64_t addr) {
    current.op = MmOp::shm;
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    Vpn at = vpn_of(addr);
    FileId file;
    std::uint64_t size = 0;
    while (const Vma* found = current.mm.vmas.find_vma(at)) {
        const Vma vma = *found;
        at = vma.end;
        if (file && vma.end.bytes() - addr > size) break;
        if (!is_attach(current.world, vma) || attach_base(vma) != addr) continue;
        if (!file) {
            size = pages_round_up(current.world.files[vma.file.index].size).bytes();
            file = vma.file;
            // Held here, so that the id stays this attach's until all of it is gone.
            current.world.get_file(file);
        } else if (vma.file != file) {
            continue;
        }
        static_cast<void>(do_munmap(current, vma.range()));
    }
    if (!file) return current.refuse(Errno::einval, Check::nothing_attached, addr);
    current.world.put_file(file);
    return {};
}

Result<> sys_remap_file_pages(Current& current, std::uint64_t addr, std::uint64_t length,
                              std::uint64_t prot, std::uint64_t pgoff, std::uint64_t flags) {
    current.op = MmOp::remap_file_pages;
    const Vpn start = vpn_of(addr);
    const Pages pages{length >> kPageShift};
    if (prot != 0) return current.refuse(Errno::einval, Check::prot_given, prot);
    if (!pages) return current.refuse(Errno::einval, Check::length_zero);
    if ((start + pages).bytes() <= start.bytes())
        return current.refuse(Errno::einval, Check::end_wraps);
    if (pgoff + pages.count < pgoff) return current.refuse(Errno::einval, Check::offset_wraps);
    const Vma* found = current.mm.vmas.find_vma(start);
    if (found == nullptr || found->start > start) {
        return current.refuse(Errno::einval, Check::hole, start.bytes());
    }
    const Vma vma = *found;
    if (vma.flags.none(kVmShared)) {
        return current.refuse(Errno::einval, Check::remap_not_shared, vma.range());
    }
    Vpn covered = vma.end;
    while (covered < start + pages) {
        const Vma* next = current.mm.vmas.find_vma(covered);
        if (next == nullptr || next->start != covered || next->file != vma.file ||
            next->flags != vma.flags) {
            return current.refuse(Errno::einval, Check::remap_several, covered.bytes());
        }
        covered = next->end;
    }
    std::uint64_t new_prot = 0;
    if (vma.flags.any(kVmRead)) new_prot |= kProtRead;
    if (vma.flags.any(kVmWrite)) new_prot |= kProtWrite;
    if (vma.flags.any(kVmExec)) new_prot |= kProtExec;
    std::uint64_t map_flags = (flags & kMapNonBlock) | kMapShared | kMapFixed | kMapPopulate;
    if (vma.flags.any(kVmLocked)) map_flags |= kMapLocked;
    current.world.get_file(vma.file);
    const auto mapped = do_mmap(current, {.addr = start.bytes(),
                                          .length = pages.bytes(),
                                          .prot = new_prot,
                                          .flags = map_flags,
                                          .file = vma.file,
                                          .pgoff = Pgoff{pgoff},
                                          .placed_at = {}});
    current.world.put_file(vma.file);
    return mapped ? Result<>{} : Result<>{mapped.error()};
}

}  // namespace mmsim
