// SPDX-License-Identifier: GPL-2.0-or-later
// Mappings that are there before the first event, and seals on files.
#include "base/linux_abi.h"
#include "mm/accounting.h"
#include "mm/ledger.h"
#include "mm/syscalls.h"

namespace mmsim {

void install_vma(Current& current, Vma vma) {
    World& world = current.world;
    vma.id = {world.next_vma_id++};
    link_file(world, vma);
    current.mm.vmas.insert(vma);
    ++current.mm.map_count;
    vm_stat_add(current.mm, vma.flags, vma.pages());
    count_known(world, vma.ops, 1);
    if (vma.flags.any(kVmLocked)) current.mm.locked_vm += vma.pages();
    if (vma.flags.any(kVmAccount)) {
        world.committed += vma.pages();
        current.mm.committed += vma.pages();
    }
}

Result<> add_seals(Current& current, FileId file, std::uint64_t seals) {
    File& f = current.world.files.edit(file.index);
    constexpr std::uint64_t kKnown =
        kSealSeal | kSealShrink | kSealGrow | kSealWrite | kSealFutureWrite | kSealExec;
    if (current.refuses(!f.writable)) return current.refuse(Errno::eperm, Check::seals_read_only);
    if ((seals & ~kKnown) != 0) {
        return current.refuse(Errno::einval, Check::unknown_seals, seals & ~kKnown);
    }
    const bool sealable = f.type == FileType::shmem || f.type == FileType::hugetlbfs;
    if (current.refuses(!sealable)) return current.refuse(Errno::einval, Check::not_sealable);
    if (current.refuses((f.seals & kSealSeal) != 0)) {
        return current.refuse(Errno::eperm, Check::seals_sealed);
    }
    constexpr std::uint64_t kImplied = kSealShrink | kSealGrow | kSealWrite | kSealFutureWrite;
    // A memfd can be executed, and one that can't has this seal from the start.
    const bool implies = (seals & kSealExec) != 0 && (f.seals & kSealExec) == 0;
    if (implies && current.profile().implied_write_seal_waits) seals |= kImplied;
    const bool denies_writers = (seals & kSealWrite) != 0 && (f.seals & kSealWrite) == 0;
    if (current.refuses(denies_writers && f.writable_vmas != 0)) {
        return current.refuse(Errno::ebusy, Check::writers_mapped,
                              static_cast<std::uint64_t>(f.writable_vmas));
    }
    f.seals |= implies ? seals | kImplied : seals;
    return {};
}

}  // namespace mmsim
