// SPDX-License-Identifier: GPL-2.0-or-later
// mseal and mbind: attributes over a range without holes. Rules 5.7, E13.
#include <algorithm>
#include <optional>

#include "base/linux_abi.h"
#include "mm/merge.h"
#include "mm/syscalls.h"
#include "mm/walk.h"

namespace mmsim {
namespace {

std::optional<Vpn> first_hole(const VmaTree& vmas, VmRange range) {
    Vpn at = range.start();
    for (auto vma = vmas.find(at); at < range.end(); vma.next()) {
        if (!vma || vma->start > at) return at;
        at = vma->end;
    }
    return std::nullopt;
}

// A mode that exists, with flags that go together. Asked before anything else.
bool mode_is_valid(std::uint64_t mode) {
    constexpr std::uint64_t kStatic = 0x8000;
    constexpr std::uint64_t kRelative = 0x4000;
    constexpr std::uint64_t kBalancing = 0x2000;
    const std::uint64_t base = mode & ~kMpolModeFlags;
    const bool balanced = base == kMpolBind || base == kMpolPreferredMany;
    return base <= kMpolWeightedInterleave &&
           (mode & (kStatic | kRelative)) != (kStatic | kRelative) &&
           (balanced || (mode & kBalancing) == 0);
}

// What mbind's arguments ask for; nullopt: EINVAL. MPOL_DEFAULT is no policy at all.
std::optional<MemPolicy> policy_of(std::uint64_t mode, std::uint64_t nodes) {
    const std::uint64_t base = mode & ~kMpolModeFlags;
    const std::uint64_t mode_flags = mode & kMpolModeFlags;
    if (base == kMpolDefault) {
        return nodes == 0 && mode_flags == 0 ? std::optional<MemPolicy>{MemPolicy{}} : std::nullopt;
    }
    if (base == kMpolLocal) {
        if (nodes != 0 || mode_flags != 0) return std::nullopt;
        return MemPolicy{.mode = kMpolLocal, .nodes = 0};
    }
    if (nodes == 0) {
        if (base != kMpolPreferred || mode_flags != 0) return std::nullopt;
        return MemPolicy{.mode = kMpolLocal, .nodes = 0};
    }
    return MemPolicy{.mode = mode, .nodes = nodes};
}

Result<> apply_policy(Current& current, const Vma& vma, VmRange part, const MemPolicy& policy) {
    VmaAttrs attrs = current.world.attrs[vma.attr()];
    if (attrs.policy == policy) return {};
    attrs.policy = policy;
    const AttrId attr = current.world.attrs.intern(attrs);
    TRY(vma_modify(current, vma, part, {.flags = vma.flags, .attr = attr}));
    return {};
}

}  // namespace

Result<> sys_mseal(Current& current, std::uint64_t addr, std::uint64_t length,
                   std::uint64_t flags) {
    current.op = MmOp::mseal;
    if (flags != 0) return current.refuse(Errno::einval, Check::unknown_flags, flags);
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    const Pages pages = pages_round_up(length);
    if ((length != 0 && !pages) || addr + pages.bytes() < addr) {
        return current.refuse(Errno::einval, Check::end_wraps);
    }
    if (!pages) return {};
    const VmRange range{vpn_of(addr), pages};
    if (const auto hole = first_hole(current.mm.vmas, range)) {
        return current.refuse(Errno::enomem, Check::hole, hole->bytes());
    }
    return walk_vmas(current, range, [&](const Vma& vma, VmRange part) -> Result<> {
        if (vma.flags.any(kVmSealed)) return {};
        TRY(vma_modify(current, vma, part, {.flags = vma.flags | kVmSealed, .attr = vma.attr()}));
        return {};
    });
}

Result<> sys_mbind(Current& current, std::uint64_t addr, std::uint64_t length, std::uint64_t mode,
                   std::uint64_t nodes, std::uint64_t flags) {
    current.op = MmOp::mbind;
    if (!mode_is_valid(mode)) return current.refuse(Errno::einval, Check::unknown_mode, mode);
    const std::uint64_t unknown = flags & ~(kMpolMfStrict | kMpolMfMove | kMpolMfMoveAll);
    if (unknown != 0) return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    const bool all = (flags & kMpolMfMoveAll) != 0;
    if (current.refuses(all && !current.mm.limits.capable(Capability::sys_nice))) {
        return current.refuse(Errno::eperm, Check::moves_all);
    }
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    const Pages pages = pages_round_up(length);
    if (addr + pages.bytes() < addr) return current.refuse(Errno::einval, Check::end_wraps);
    if (!pages) return {};
    const auto policy = policy_of(mode, nodes);
    if (!policy) return current.refuse(Errno::einval, Check::mode_and_nodes, mode);
    const VmRange range{vpn_of(addr), pages};
    current.world.sweep_attrs();
    // Back to the default goes over gaps, as long as there is anything at all.
    const Vma* first = current.mm.vmas.find_vma(range.start());
    const bool nothing = first == nullptr || first->start >= range.end();
    const bool gaps_allowed = policy->mode == kMpolDefault && !nothing;
    const auto hole = gaps_allowed ? std::nullopt : first_hole(current.mm.vmas, range);
    if (hole) return current.refuse(Errno::efault, Check::hole, hole->bytes());
    const auto applied = visit_vmas(current, range, [&](const Vma& vma, VmRange part) {
        return apply_policy(current, vma, part, *policy);
    });
    return applied ? Result<>{} : applied.error();
}

}  // namespace mmsim
