// SPDX-License-Identifier: GPL-2.0-or-later
// Rules 5.5, E4, E5, E8.
#include "base/linux_abi.h"
#include "mm/fault.h"
#include "mm/madvise_rules.h"
#include "mm/merge.h"
#include "mm/syscalls.h"
#include "mm/walk.h"

namespace mmsim {
namespace {

// MADV_GUARD_INSTALL marks whole VMAs: no split, no merge. Guarded is only the range. Rule E5
Result<> install_guards(Current& current, Vma vma, VmRange range) {
    if (!can_merge(vma.flags) || vma.flags.any(kVmHugetlb | kVmLocked)) {
        return current.refuse(Errno::einval, Check::guards_special, vma.range());
    }
    if (current.profile().guard_flag && vma.flags.none(kVmMaybeGuard)) {
        vma.flags = vma.flags | kVmMaybeGuard;
        current.mm.vmas.assign(vma.start, vma);
        current.tell(VmaChanged{.id = vma.id, .range = vma.range()});
    }
    if (vma.anonymous()) anon_vma_prepare(current, vma);
    current.mm.guards.add(range);
    return {};
}

// A file without a name in any folder: what is behind shared anonymous memory, a memfd. Rules 5.5,
// 7. Linux: vma_is_anon_shmem()
bool nameless_memory(const World& world, const Vma& vma) {
    const File& file = world.files[vma.file.index];
    const bool unlinked = file.deleted || file.path.starts_with("/memfd:");
    return unlinked && is_shmem(world, vma);
}

Result<> advise_vma(Current& current, const Vma& vma, VmRange range, Madv advice) {
    if (current.refuses(sealed_against(vma, advice))) {
        return current.refuse(Errno::eperm, Check::discards_sealed, vma.range());
    }
    if (advice == Madv::guard_install) return install_guards(current, vma, range);
    if (advice == Madv::collapse && current.mm.thp_disabled) {
        return current.refuse(Errno::einval, Check::thp_disabled);
    }
    const VmFlags flags = TRY(advised_flags(current, vma, range, advice));
    if (advice == Madv::guard_remove) current.mm.guards.remove(range);
    if (flags == vma.flags) return {};
    const Result<> changed = vma_modify(current, vma, range, {.flags = flags, .attr = vma.attr()});
    if (changed) return {};
    return changed.error() == Errno::enomem ? Errno::eagain : changed.error();
}

}  // namespace

Result<> sys_madvise(Current& current, std::uint64_t addr, std::uint64_t length,
                     std::uint64_t advice_number) {
    current.op = MmOp::madvise;
    const auto advice = static_cast<Madv>(advice_number);
    if (!advice_known(current.profile(), advice_number)) {
        return current.refuse(Errno::einval, Check::unknown_advice, advice_number);
    }
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    const Pages pages = pages_round_up(length);
    const std::uint64_t end = addr + pages.bytes();
    if ((length != 0 && !pages) || end < addr) {
        return current.refuse(Errno::einval, Check::end_wraps);
    }
    if (!pages) return {};
    const VmRange range{vpn_of(addr), pages};
    switch (advice) {
        case Madv::populate_read:
        case Madv::populate_write:
            return madvise_populate(current, range, advice == Madv::populate_write);
        default:
            break;
    }
    return walk_vmas(current, range, [&](const Vma& vma, VmRange part) {
        return advise_vma(current, vma, part, advice);
    });
}

Result<> sys_process_madvise(Current& current, std::uint64_t addr, std::uint64_t length,
                             std::uint64_t advice) {
    current.op = MmOp::madvise;
    return length == 0 ? Result<>{} : sys_madvise(current, addr, length, advice);
}

Result<> sys_set_vma_name(Current& current, std::uint64_t addr, std::uint64_t length,
                          std::optional<std::string_view> name) {
    current.op = MmOp::prctl;
    if (current.refuses(!current.world.anon_names)) {
        return current.refuse(Errno::einval, Check::no_names);
    }
    constexpr std::size_t kLongestName = 79;
    if (name && name->size() > kLongestName) {
        return current.refuse(Errno::einval, Check::name_too_long, name->size());
    }
    for (const char c : name.value_or(std::string_view{})) {
        const bool printable = c >= ' ' && c <= '~';
        if (!printable || std::string_view("\\`$[]").find(c) != std::string_view::npos) {
            return current.refuse(Errno::einval, Check::name_letters);
        }
    }
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    const Pages pages = pages_round_up(length);
    if ((length != 0 && !pages) || addr + pages.bytes() < addr) {
        return current.refuse(Errno::einval, Check::end_wraps);
    }
    if (!pages) return {};
    current.world.sweep_attrs();
    return walk_vmas(current, VmRange{vpn_of(addr), pages},
                     [&](const Vma& vma, VmRange part) -> Result<> {
                         if (vma.file && !nameless_memory(current.world, vma)) {
                             return current.refuse(Errno::ebadf, Check::name_of_file, vma.range());
                         }
                         VmaAttrs attrs = current.world.attrs[vma.attr()];
                         attrs.named = name.has_value();
                         attrs.anon_name = std::string(name.value_or(std::string_view{}));
                         const AttrId attr = current.world.attrs.intern(attrs);
                         if (attr == vma.attr()) return {};
                         const Result<> changed =
                             vma_modify(current, vma, part, {.flags = vma.flags, .attr = attr});
                         if (changed) return {};
                         return changed.error() == Errno::enomem ? Errno::eagain : changed.error();
                     });
}

}  // namespace mmsim
