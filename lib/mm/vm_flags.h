// SPDX-License-Identifier: GPL-2.0-or-later
// The flag bits of a VMA and the sets the rules are written in. Rule 6.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

// The kernel's VMA_x_BIT numbers on x86-64.
enum class VmaBit : std::uint8_t {
    read = 0,
    write = 1,
    exec = 2,
    shared = 3,
    mayread = 4,
    maywrite = 5,
    mayexec = 6,
    mayshare = 7,
    growsdown = 8,
    uffd_missing = 9,
    pfnmap = 10,
    maybe_guard = 11,
    uffd_wp = 12,
    locked = 13,
    io = 14,
    seq_read = 15,
    rand_read = 16,
    dontcopy = 17,
    dontexpand = 18,
    lockonfault = 19,
    account = 20,
    noreserve = 21,
    hugetlb = 22,
    sync = 23,
    arch_1 = 24,
    wipeonfork = 25,
    dontdump = 26,
    softdirty = 27,
    mixedmap = 28,
    hugepage = 29,
    nohugepage = 30,
    mergeable = 31,
    pkey_0 = 32,
    pkey_1 = 33,
    pkey_2 = 34,
    pkey_3 = 35,
    pkey_4 = 36,
    shadow_stack = 37,
    high_arch_6 = 38,
    allow_any_uncached = 39,
    droppable = 40,
    uffd_minor = 41,
    sealed = 42,
};

// A set of flag bits. A value; combines with | & ~ ^ like the kernel's vm_flags_t.
struct VmFlags {
    std::uint64_t bits = 0;

    constexpr VmFlags() = default;
    constexpr explicit VmFlags(std::uint64_t raw) : bits(raw) {}
    constexpr VmFlags(VmaBit bit) : bits(std::uint64_t{1} << static_cast<unsigned>(bit)) {}

    constexpr bool any(VmFlags of) const { return (bits & of.bits) != 0; }
    constexpr bool all(VmFlags of) const { return (bits & of.bits) == of.bits; }
    constexpr bool none(VmFlags of) const { return !any(of); }
    constexpr bool empty() const { return bits == 0; }
    constexpr VmFlags with(VmFlags f) const { return VmFlags{bits | f.bits}; }
    constexpr VmFlags without(VmFlags f) const { return VmFlags{bits & ~f.bits}; }
    constexpr VmFlags only(VmFlags f) const { return VmFlags{bits & f.bits}; }

    friend constexpr bool operator==(VmFlags, VmFlags) = default;
    friend constexpr VmFlags operator|(VmFlags a, VmFlags b) { return a.with(b); }
    friend constexpr VmFlags operator^(VmFlags a, VmFlags b) { return VmFlags{a.bits ^ b.bits}; }
};
constexpr VmFlags operator|(VmaBit a, VmaBit b) { return VmFlags{a} | VmFlags{b}; }

inline constexpr VmFlags kVmRead = VmaBit::read;
inline constexpr VmFlags kVmWrite = VmaBit::write;
inline constexpr VmFlags kVmExec = VmaBit::exec;
inline constexpr VmFlags kVmShared = VmaBit::shared;
inline constexpr VmFlags kVmMayRead = VmaBit::mayread;
inline constexpr VmFlags kVmMayWrite = VmaBit::maywrite;
inline constexpr VmFlags kVmMayExec = VmaBit::mayexec;
inline constexpr VmFlags kVmMayShare = VmaBit::mayshare;
inline constexpr VmFlags kVmGrowsDown = VmaBit::growsdown;
inline constexpr VmFlags kVmPfnmap = VmaBit::pfnmap;
inline constexpr VmFlags kVmMaybeGuard = VmaBit::maybe_guard;
inline constexpr VmFlags kVmLocked = VmaBit::locked;
inline constexpr VmFlags kVmIo = VmaBit::io;
inline constexpr VmFlags kVmSeqRead = VmaBit::seq_read;
inline constexpr VmFlags kVmRandRead = VmaBit::rand_read;
inline constexpr VmFlags kVmDontCopy = VmaBit::dontcopy;
inline constexpr VmFlags kVmDontExpand = VmaBit::dontexpand;
inline constexpr VmFlags kVmLockOnFault = VmaBit::lockonfault;
inline constexpr VmFlags kVmAccount = VmaBit::account;
inline constexpr VmFlags kVmNoReserve = VmaBit::noreserve;
inline constexpr VmFlags kVmHugetlb = VmaBit::hugetlb;
inline constexpr VmFlags kVmSync = VmaBit::sync;
inline constexpr VmFlags kVmWipeOnFork = VmaBit::wipeonfork;
inline constexpr VmFlags kVmDontDump = VmaBit::dontdump;
inline constexpr VmFlags kVmSoftDirty = VmaBit::softdirty;
inline constexpr VmFlags kVmMixedMap = VmaBit::mixedmap;
inline constexpr VmFlags kVmHugePage = VmaBit::hugepage;
inline constexpr VmFlags kVmNoHugePage = VmaBit::nohugepage;
inline constexpr VmFlags kVmMergeable = VmaBit::mergeable;
inline constexpr VmFlags kVmUffdMissing = VmaBit::uffd_missing;
inline constexpr VmFlags kVmUffdWp = VmaBit::uffd_wp;
inline constexpr VmFlags kVmUffdMinor = VmaBit::uffd_minor;
inline constexpr VmFlags kVmShadowStack = VmaBit::shadow_stack;
inline constexpr VmFlags kVmDroppable = VmaBit::droppable;
inline constexpr VmFlags kVmSealed = VmaBit::sealed;

inline constexpr VmFlags kVmAccess = kVmRead | kVmWrite | kVmExec;
inline constexpr VmFlags kVmMayAccess = kVmMayRead | kVmMayWrite | kVmMayExec;
inline constexpr VmFlags kVmLockedMask = kVmLocked | kVmLockOnFault;
inline constexpr VmFlags kVmRemap = kVmIo | kVmPfnmap | kVmDontExpand | kVmDontDump;
inline constexpr VmFlags kVmUffd = kVmUffdMissing | kVmUffdWp | kVmUffdMinor;
inline constexpr VmFlags kVmSticky = kVmSoftDirty | kVmMaybeGuard;
inline constexpr VmFlags kVmPkeys{std::uint64_t{0x1f} << 32};
inline constexpr VmFlags kVmSpecial = kVmIo | kVmDontExpand | kVmPfnmap | kVmMixedMap;

// A special mapping never merges and never grows. A function and not only a mask, because the
// kernel is about to replace the mask by several questions. Rules 1, DELTA 4.5.
constexpr bool can_merge(VmFlags flags) { return flags.none(kVmSpecial); }

// What private copy-on-write means: may become writable and is not shared.
constexpr bool is_cow_mapping(VmFlags flags) {
    return flags.all(kVmMayWrite) && flags.none(kVmShared);
}

// The structure counter that a mapping's pages belong to, besides total_vm. Rule 1.
enum class VmClass : std::uint8_t { other, exec, stack, data };
constexpr VmClass vm_class(VmFlags flags) {
    if (flags.all(kVmExec) && flags.none(kVmWrite | kVmGrowsDown)) return VmClass::exec;
    if (flags.any(kVmGrowsDown | kVmShadowStack)) return VmClass::stack;
    if (flags.all(kVmWrite) && flags.none(kVmShared)) return VmClass::data;
    return VmClass::other;
}

// The two-letter code of smaps, "??" for a bit that has none, empty for one that is not printed or
// that no flag has.
std::string_view vma_bit_code(VmaBit bit);
std::optional<VmaBit> vma_bit_from_code(std::string_view code);

// "VMA_DONTEXPAND_BIT", as drivers are declared; nullopt for a name the kernel does not have.
std::string_view vma_bit_name(VmaBit bit);
std::optional<VmaBit> vma_bit_from_name(std::string_view name);

// The codes of its bits that smaps prints, ascending.
std::vector<std::string_view> vma_bit_codes(VmFlags flags);
// "rd wr mr mw me ac ": ascending bits, each followed by a space, as smaps prints them.
std::string vm_flags_codes(VmFlags flags);

}  // namespace mmsim
