// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/userfaultfd.h"

#include "base/linux_abi.h"
#include "mm/fault.h"
#include "mm/merge.h"
#include "mm/syscalls.h"
#include "mm/walk.h"

namespace mmsim {
namespace {

bool can_userfault(const World& world, const Vma& vma, VmFlags modes, const Userfaultfd& uffd) {
    if (vma.flags.any(kVmShadowStack)) return false;
    if (world.profile->uffd_checks_owner && vma.flags.any(kVmDroppable)) return false;
    const bool paged = vma.flags.any(kVmHugetlb) || is_shmem(world, vma);
    if (modes.any(kVmUffdMinor) && !paged) return false;
    const bool only_tracks = (uffd.features & kUffdWpAsync) != 0 && modes == kVmUffdWp;
    return only_tracks || vma.anonymous() || paged;
}

// Where huge pages begin or end the range, it is whole pages of theirs.
bool cuts_huge_page(const World& world, const Vma& vma, Vpn at) {
    return vma.flags.any(kVmHugetlb) && at.index % huge_page_of(world, vma).count != 0;
}

VmRange range_of(const UffdArgs& args) {
    return {vpn_of(args.addr), Pages{args.length >> kPageShift}};
}

Result<> check_whole_pages(Current& current, const UffdArgs& args) {
    for (const std::uint64_t edge : {args.addr, args.addr + args.length}) {
        if (!page_aligned(edge)) return current.refuse(Errno::einval, Check::unaligned, edge);
    }
    if (args.length == 0) return current.refuse(Errno::einval, Check::length_zero);
    return {};
}

// EINVAL unless the range is whole pages of user space with something mapped.
Result<> check_range(Current& current, const UffdArgs& args) {
    TRY(check_whole_pages(current, args));
    const std::uint64_t task_size = current.mm.layout.task_size.bytes();
    if (args.addr >= task_size || args.length > task_size - args.addr) {
        return current.refuse(Errno::einval, Check::uffd_outside_user_space);
    }
    const VmRange range = range_of(args);
    const Vma* first = current.mm.vmas.find_vma(range.start());
    if (first == nullptr || first->start >= range.end()) {
        return current.refuse(Errno::einval, Check::uffd_nothing_mapped, range);
    }
    if (cuts_huge_page(current.world, *first, range.start())) {
        return current.refuse(Errno::einval, Check::uffd_cuts_huge_page, first->range());
    }
    return {};
}

// Calls check(vma) for all VMAs of a range, until one fails.
template <typename Asked>
Result<> check_all(const Current& current, VmRange range, Asked check) {
    for (auto vma = current.mm.vmas.find(range.start()); vma && vma->start < range.end();
         vma.next()) {
        TRY(check(*vma));
    }
    return {};
}

VmFlags modes_of(std::uint64_t mode) {
    VmFlags flags;
    if ((mode & kUffdModeMissing) != 0) flags = flags | kVmUffdMissing;
    if ((mode & kUffdModeWp) != 0) flags = flags | kVmUffdWp;
    if ((mode & kUffdModeMinor) != 0) flags = flags | kVmUffdMinor;
    return flags;
}

AttrId attr_with(World& world, AttrId attr, UffdId uffd) {
    VmaAttrs attrs = world.attrs[attr];
    attrs.uffd = uffd;
    return world.attrs.intern(attrs);
}

// What a VMA has without its registration.
VmaChange unregistered(World& world, const Vma& vma) {
    return {.flags = vma.flags.without(kVmUffd), .attr = attr_with(world, vma.attr(), {})};
}

Result<> set_api(Current& current, UffdId id, std::uint64_t features) {
    Userfaultfd& uffd = current.world.uffds.edit(id.index);
    if (const std::uint64_t unknown = features & ~kUffdFeatures; unknown != 0) {
        return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    }
    if (current.refuses(uffd.ready)) {
        return current.refuse(Errno::einval, Check::uffd_api_twice);
    }
    uffd.features = features;
    uffd.ready = true;
    return {};
}

Result<> check_register(Current& current, UffdId id, VmFlags modes, VmRange range) {
    const World& world = current.world;
    const Userfaultfd& uffd = world.uffds[id.index];
    return check_all(current, range, [&](const Vma& vma) -> Result<> {
        if (current.refuses(!can_userfault(world, vma, modes, uffd))) {
            return current.refuse(Errno::einval, Check::uffd_wrong_memory, vma.range());
        }
        // It puts pages into files, whatever the protection.
        if (current.refuses(vma.flags.none(kVmMayWrite))) {
            return current.refuse(Errno::eperm, Check::uffd_never_writable, vma.range());
        }
        const bool has_end = vma.start < range.end() && range.end() <= vma.end;
        if (has_end && cuts_huge_page(world, vma, range.end())) {
            return current.refuse(Errno::einval, Check::uffd_cuts_huge_page, vma.range());
        }
        const UffdId other = world.attrs[vma.attr()].uffd;
        if (current.refuses(other && other != id)) {
            return current.refuse(Errno::ebusy, Check::uffd_of_another, vma.range());
        }
        return {};
    });
}

Result<> register_range(Current& current, UffdId id, const UffdArgs& args) {
    constexpr std::uint64_t kModes = kUffdModeMissing | kUffdModeWp | kUffdModeMinor;
    if (args.flags == 0) return current.refuse(Errno::einval, Check::uffd_no_mode);
    if (const std::uint64_t unknown = args.flags & ~kModes; unknown != 0) {
        return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    }
    const VmFlags modes = modes_of(args.flags);
    TRY(check_range(current, args));
    const VmRange range = range_of(args);
    TRY(check_register(current, id, modes, range));
    World& world = current.world;
    world.sweep_attrs();
    const auto done = visit_vmas(current, range, [&](const Vma& vma, VmRange part) -> Result<> {
        const bool registered = world.attrs[vma.attr()].uffd == id;
        if (registered && vma.flags.all(modes)) return {};
        return vma_modify(current, vma, part,
                          {.flags = vma.flags.without(kVmUffd) | modes,
                           .attr = attr_with(world, vma.attr(), id)});
    });
    return done ? Result<>{} : done.error();
}

Result<> clear(Current& current, const Vma& vma, VmRange part) {
    const VmaChange change = unregistered(current.world, vma);
    const Result<> cleared = vma_modify(current, vma, part, change);
    // Without memory for a merge, a whole VMA does without.
    if (cleared || part != vma.range()) return cleared;
    vma_set(current, vma, change);
    return {};
}

Result<> unregister(Current& current, UffdId id, const UffdArgs& args) {
    TRY(check_range(current, args));
    const VmRange range = range_of(args);
    const World& world = current.world;
    const Userfaultfd& uffd = world.uffds[id.index];
    TRY(check_all(current, range, [&](const Vma& vma) -> Result<> {
        const UffdId owner = world.attrs[vma.attr()].uffd;
        const bool foreign = current.profile().uffd_checks_owner && owner && owner != id;
        if (current.refuses(foreign)) {
            return current.refuse(Errno::einval, Check::uffd_of_another, vma.range());
        }
        const VmFlags modes = vma.flags.only(kVmUffd);
        if (current.refuses(!can_userfault(world, vma, modes, uffd))) {
            return current.refuse(Errno::einval, Check::uffd_wrong_memory, vma.range());
        }
        return {};
    }));
    const auto done = visit_vmas(current, range, [&](const Vma& vma, VmRange part) -> Result<> {
        return world.attrs[vma.attr()].uffd ? clear(current, vma, part) : Result<>{};
    });
    return done ? Result<>{} : done.error();
}

// Pages are put in: of the VMA it leaves an anon_vma, as a write to private memory does. Rule 4.6
Result<> fill(Current& current, const UffdArgs& args) {
    TRY(check_whole_pages(current, args));
    const VmRange range = range_of(args);
    const Vma* found = current.mm.vmas.find_vma(range.start());
    if (found == nullptr || found->start > range.start()) {
        return current.refuse(Errno::enoent, Check::hole, args.addr);
    }
    Vma vma = *found;
    if (vma.flags.none(kVmShared)) anon_vma_prepare(current, vma);
    const bool registered = bool(current.world.attrs[vma.attr()].uffd);
    if (current.refuses(!registered || range.end() > vma.end)) {
        return current.refuse(Errno::enoent, Check::uffd_not_registered, vma.range());
    }
    return {};
}

}  // namespace

void make_uffd(World& world, FileId file, MmId mm) {
    Userfaultfd uffd;
    uffd.mm = mm;
    world.files.edit(file.index).uffd = {world.uffds.add(uffd)};
}

Result<> sys_uffdio(Current& current, UffdId uffd, const UffdArgs& args) {
    current.op = MmOp::userfaultfd;
    if (args.request == UffdRequest::api) return set_api(current, uffd, args.flags);
    const Userfaultfd& asked = current.world.uffds[uffd.index];
    if (current.refuses(!asked.ready)) {
        return current.refuse(Errno::einval, Check::uffd_before_api);
    }
    const bool registers = args.request == UffdRequest::register_range;
    const bool fills = !registers && args.request != UffdRequest::unregister;
    if (!asked.mm) {
        return current.refuse(fills ? Errno::esrch : Errno::enomem, Check::uffd_process_gone);
    }
    if (fills) return fill(current, args);
    return registers ? register_range(current, uffd, args) : unregister(current, uffd, args);
}

void uffd_fork(World& world, MmId child, Vma& copy) {
    const UffdId parent = world.attrs[copy.attr()].uffd;
    if (!parent) return;
    Userfaultfd own = world.uffds[parent.index];
    if ((own.features & kUffdEventFork) == 0) {
        const VmaChange change = unregistered(world, copy);
        copy.flags = change.flags;
        copy.set_attr(change.attr);
        return;
    }
    own.mm = child;
    own.forked_from = parent;
    UffdId id;
    for (std::uint32_t i = 1; i < world.uffds.bound() && !id; ++i) {
        const Userfaultfd& other = world.uffds[i];
        if (other.mm == child && other.forked_from == parent) id = {i};
    }
    if (!id) id = {world.uffds.add(own)};
    copy.set_attr(attr_with(world, copy.attr(), id));
}

void uffd_moved(Current& current, const Vma& copy) {
    World& world = current.world;
    const UffdId uffd = world.attrs[copy.attr()].uffd;
    if (!uffd || (world.uffds[uffd.index].features & kUffdEventRemap) != 0) return;
    // All of the VMA, also what was there before the memory came.
    vma_set(current, copy, unregistered(world, copy));
}

void uffd_release(Current& current, UffdId uffd) {
    current.op = MmOp::userfaultfd;
    const VmRange all{Vpn{}, current.mm.layout.task_size};
    static_cast<void>(visit_vmas(current, all, [&](const Vma& vma, VmRange part) -> Result<> {
        if (current.world.attrs[vma.attr()].uffd != uffd) return {};
        return clear(current, vma, part);
    }));
}

void uffd_exit(World& world, MmId mm) {
    for (std::uint32_t i = 1; i < world.uffds.bound(); ++i) {
        if (world.uffds[i].mm != mm) continue;
        if (world.uffds[i].forked_from) {
            world.uffds.remove(i);
        } else {
            world.uffds.edit(i).mm = {};
        }
    }
}

}  // namespace mmsim
