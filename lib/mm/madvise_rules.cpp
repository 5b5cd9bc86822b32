// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/madvise_rules.h"

#include "mm/ksm.h"

namespace mmsim {
namespace {

// Contents that may be dropped or aged.
bool reclaimable(const Vma& vma) { return vma.flags.none(kVmPfnmap | kVmHugetlb | kVmLocked); }

// Of huge pages it is enough to begin with one; what does not reach the end of one is left.
bool droppable(const World& world, const Vma& vma, VmRange part, bool locked_too) {
    if (vma.flags.any(kVmHugetlb)) {
        return part.start().index % huge_page_of(world, vma).count == 0;
    }
    return vma.flags.none(locked_too ? kVmPfnmap : kVmPfnmap | kVmLocked);
}

constexpr std::uint64_t kBlockMask = 511;

// Memory that huge pages may take the place of. Linux: thp_vma_allowable_order()
bool collapsible(const World& world, const Vma& vma) {
    if (!can_merge(vma.flags) || vma.flags.any(kVmHugetlb | kVmNoHugePage)) return false;
    const std::uint64_t first = (vma.start.index + kBlockMask) & ~kBlockMask;
    if (first + kBlockMask >= vma.end.index) return false;
    // Nothing to collapse where nothing was ever written.
    if (vma.anonymous()) return static_cast<bool>(vma.anon_vma);
    const bool in_memory = vma.file && world.files[vma.file.index].type == FileType::shmem;
    return in_memory && ((vma.start.index - vma.pgoff.index) & kBlockMask) == 0;
}

// Of the whole blocks in a part: none is not an error, fewer than none is.
bool collapses(const World& world, const Vma& vma, VmRange part) {
    const std::uint64_t first = (part.start().index + kBlockMask) & ~kBlockMask;
    return collapsible(world, vma) && first <= (part.end().index & ~kBlockMask);
}

Result<VmFlags> remove_pages(Current& current, const Vma& vma) {
    if (vma.flags.any(kVmLocked)) {
        return current.refuse(Errno::einval, Check::advised_locked, vma.range());
    }
    if (!vma.file) return current.refuse(Errno::einval, Check::advised_no_file, vma.range());
    if (!vma.flags.all(kVmMayShare | kVmMayWrite)) {
        return current.refuse(Errno::eacces, Check::advised_read_only, vma.range());
    }
    return vma.flags;
}

}  // namespace

bool advice_known(const Profile& profile, std::uint64_t advice) {
    switch (static_cast<Madv>(advice)) {
        case Madv::guard_install:
        case Madv::guard_remove:
            return profile.guard_advice;
        case Madv::normal:
        case Madv::random:
        case Madv::sequential:
        case Madv::willneed:
        case Madv::dontneed:
        case Madv::free:
        case Madv::remove:
        case Madv::dontfork:
        case Madv::dofork:
        case Madv::mergeable:
        case Madv::unmergeable:
        case Madv::hugepage:
        case Madv::nohugepage:
        case Madv::dontdump:
        case Madv::dodump:
        case Madv::wipeonfork:
        case Madv::keeponfork:
        case Madv::cold:
        case Madv::pageout:
        case Madv::populate_read:
        case Madv::populate_write:
        case Madv::dontneed_locked:
        case Madv::collapse:
            return true;
        // For a kernel that can take pages out of use. Rule E8
        case Madv::hwpoison:
        case Madv::soft_offline:
            return false;
    }
    return false;
}

bool sealed_against(const Vma& vma, Madv advice) {
    switch (advice) {
        case Madv::free:
        case Madv::dontneed:
        case Madv::dontneed_locked:
        case Madv::remove:
        case Madv::dontfork:
        case Madv::wipeonfork:
        case Madv::guard_install:
            break;
        default:
            return false;
    }
    return vma.flags.any(kVmSealed) && vma.anonymous() && vma.flags.none(kVmWrite);
}

Result<VmFlags> advised_flags(Current& current, const Vma& vma, VmRange part, Madv advice) {
    const World& world = current.world;
    const auto refuse = [&](Check check) {
        return current.refuse(Errno::einval, check, vma.range());
    };
    const VmFlags flags = vma.flags;
    const bool special = !can_merge(flags);
    switch (advice) {
        case Madv::normal:
            return flags.without(kVmRandRead | kVmSeqRead);
        case Madv::sequential:
            return flags.without(kVmRandRead) | kVmSeqRead;
        case Madv::random:
            return flags.without(kVmSeqRead) | kVmRandRead;
        case Madv::dontfork:
            return flags | kVmDontCopy;
        case Madv::dofork:
            if (world.profile->dofork_refuses_special ? special : flags.any(kVmIo)) {
                return refuse(Check::advised_special);
            }
            return flags.without(kVmDontCopy);
        case Madv::wipeonfork:
            if (vma.file || flags.any(kVmShared)) return refuse(Check::advised_file);
            return flags | kVmWipeOnFork;
        case Madv::keeponfork:
            if (flags.any(kVmDroppable)) return refuse(Check::advised_droppable);
            return flags.without(kVmWipeOnFork);
        case Madv::dontdump:
            return flags | kVmDontDump;
        case Madv::dodump:
            if (special && flags.none(kVmHugetlb)) return refuse(Check::advised_special);
            if (flags.any(kVmDroppable)) return refuse(Check::advised_droppable);
            return flags.without(kVmDontDump);
        case Madv::hugepage:
            return flags.without(kVmNoHugePage) | kVmHugePage;
        case Madv::nohugepage:
            return flags.without(kVmHugePage) | kVmNoHugePage;
        case Madv::mergeable:
            return ksm_compatible(world, flags, vma.file) ? flags | kVmMergeable : flags;
        case Madv::unmergeable:
            return flags.without(kVmMergeable);
        case Madv::free:
            if (!vma.anonymous()) return refuse(Check::advised_file);
            [[fallthrough]];
        case Madv::cold:
        case Madv::pageout:
            if (!reclaimable(vma)) return refuse(Check::advised_pinned);
            return flags;
        case Madv::dontneed:
        case Madv::dontneed_locked: {
            const bool locked_too = advice == Madv::dontneed_locked;
            if (!droppable(world, vma, part, locked_too)) return refuse(Check::advised_pinned);
            return flags;
        }
        case Madv::remove:
            return remove_pages(current, vma);
        case Madv::guard_remove:
            if (special || flags.any(kVmHugetlb)) return refuse(Check::guards_special);
            return flags;
        case Madv::collapse:
            if (!collapses(world, vma, part)) return refuse(Check::not_collapsible);
            return flags;
        default:
            return flags;
    }
}

}  // namespace mmsim
