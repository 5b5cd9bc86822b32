// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers of the x86-64 Linux system call interface, under the kernel's names in our spelling.
// Readers turn names into them, the core judges them, writers turn them back.
#pragma once

#include <cstdint>
#include <string_view>

namespace mmsim {

inline constexpr std::uint64_t kProtRead = 0x1;
inline constexpr std::uint64_t kProtWrite = 0x2;
inline constexpr std::uint64_t kProtExec = 0x4;
inline constexpr std::uint64_t kProtSem = 0x8;
inline constexpr std::uint64_t kProtGrowsDown = 0x01000000;
inline constexpr std::uint64_t kProtGrowsUp = 0x02000000;

inline constexpr std::uint64_t kMapType = 0x0f;
inline constexpr std::uint64_t kMapShared = 0x01;
inline constexpr std::uint64_t kMapPrivate = 0x02;
inline constexpr std::uint64_t kMapSharedValidate = 0x03;
inline constexpr std::uint64_t kMapDroppable = 0x08;
inline constexpr std::uint64_t kMapFixed = 0x10;
inline constexpr std::uint64_t kMapAnonymous = 0x20;
inline constexpr std::uint64_t kMap32Bit = 0x40;
inline constexpr std::uint64_t kMapAbove4G = 0x80;
inline constexpr std::uint64_t kMapGrowsDown = 0x100;
inline constexpr std::uint64_t kMapDenyWrite = 0x800;
inline constexpr std::uint64_t kMapExecutable = 0x1000;
inline constexpr std::uint64_t kMapLocked = 0x2000;
inline constexpr std::uint64_t kMapNoReserve = 0x4000;
inline constexpr std::uint64_t kMapPopulate = 0x8000;
inline constexpr std::uint64_t kMapNonBlock = 0x10000;
inline constexpr std::uint64_t kMapStack = 0x20000;
inline constexpr std::uint64_t kMapHugetlb = 0x40000;
inline constexpr std::uint64_t kMapSync = 0x80000;
inline constexpr std::uint64_t kMapFixedNoReplace = 0x100000;
inline constexpr unsigned kMapHugeShift = 26;
inline constexpr std::uint64_t kMapHugeMask = 0x3f;
inline constexpr std::uint64_t kHuge2M = 21;  // the sizes that there are, as their flags say them
inline constexpr std::uint64_t kHuge1G = 30;

inline constexpr std::uint64_t kShadowStackSetToken = 1;

inline constexpr std::uint64_t kMremapMayMove = 1;
inline constexpr std::uint64_t kMremapFixed = 2;
inline constexpr std::uint64_t kMremapDontUnmap = 4;

inline constexpr std::uint64_t kMlockOnFault = 1;
inline constexpr std::uint64_t kMclCurrent = 1;
inline constexpr std::uint64_t kMclFuture = 2;
inline constexpr std::uint64_t kMclOnFault = 4;

inline constexpr std::uint64_t kShmRdonly = 010000;
inline constexpr std::uint64_t kShmRnd = 020000;
inline constexpr std::uint64_t kShmRemap = 040000;
inline constexpr std::uint64_t kShmExec = 0100000;

inline constexpr std::uint64_t kMpolDefault = 0;
inline constexpr std::uint64_t kMpolPreferred = 1;
inline constexpr std::uint64_t kMpolBind = 2;
inline constexpr std::uint64_t kMpolInterleave = 3;
inline constexpr std::uint64_t kMpolLocal = 4;
inline constexpr std::uint64_t kMpolPreferredMany = 5;
inline constexpr std::uint64_t kMpolWeightedInterleave = 6;
inline constexpr std::uint64_t kMpolModeFlags = 0xe000;  // STATIC_NODES | RELATIVE_NODES | NUMA
inline constexpr std::uint64_t kMpolMfStrict = 1;
inline constexpr std::uint64_t kMpolMfMove = 2;
inline constexpr std::uint64_t kMpolMfMoveAll = 4;

inline constexpr std::uint64_t kCloneVm = 0x100;
inline constexpr std::uint64_t kCloneFiles = 0x400;
inline constexpr std::uint64_t kCloneVfork = 0x4000;
inline constexpr std::uint64_t kCloneThread = 0x10000;

inline constexpr std::uint64_t kSealSeal = 0x1;
inline constexpr std::uint64_t kSealShrink = 0x2;
inline constexpr std::uint64_t kSealGrow = 0x4;
inline constexpr std::uint64_t kSealWrite = 0x8;
inline constexpr std::uint64_t kSealFutureWrite = 0x10;
inline constexpr std::uint64_t kSealExec = 0x20;

inline constexpr std::uint64_t kOAccMode = 3;
inline constexpr std::uint64_t kORdonly = 0;
inline constexpr std::uint64_t kOWronly = 1;
inline constexpr std::uint64_t kORdwr = 2;
inline constexpr std::uint64_t kOAppend = 02000;
inline constexpr std::uint64_t kODirectory = 0200000;
inline constexpr std::uint64_t kOTmpfile = 020000000 | kODirectory;  // a file without a name
inline constexpr std::uint64_t kOCloexec = 02000000;

// Advice of madvise(2). The gaps in the numbering are Linux's.
enum class Madv : std::uint64_t {
    normal = 0,
    random = 1,
    sequential = 2,
    willneed = 3,
    dontneed = 4,
    free = 8,
    remove = 9,
    dontfork = 10,
    dofork = 11,
    mergeable = 12,
    unmergeable = 13,
    hugepage = 14,
    nohugepage = 15,
    dontdump = 16,
    dodump = 17,
    wipeonfork = 18,
    keeponfork = 19,
    cold = 20,
    pageout = 21,
    populate_read = 22,
    populate_write = 23,
    dontneed_locked = 24,
    collapse = 25,
    hwpoison = 100,
    soft_offline = 101,
    guard_install = 102,
    guard_remove = 103,
};

// What a process switches on or off for all of its memory: prctl(PR_SET_MEMORY_MERGE),
// prctl(PR_SET_MDWE), prctl(PR_SET_THP_DISABLE) and personality(READ_IMPLIES_EXEC).
enum class ProcessSwitch : std::uint8_t {
    memory_merge,
    mdwe,
    mdwe_no_inherit,  // the same, for this address space alone
    thp_disable,
    read_implies_exec,
};

// What is asked of a userfaultfd by ioctl(2): UFFDIO_API, _REGISTER, _UNREGISTER, and the requests
// that put pages in.
enum class UffdRequest : std::uint8_t {
    api,
    register_range,
    unregister,
    copy,
    zeropage,
    move,
    resume,  // UFFDIO_CONTINUE
    poison,
};

// What /proc/PID/fd calls a userfaultfd.
inline constexpr std::string_view kUserfaultfdPath = "anon_inode:[userfaultfd]";

// UFFDIO_REGISTER_MODE_*
inline constexpr std::uint64_t kUffdModeMissing = 1;
inline constexpr std::uint64_t kUffdModeWp = 2;
inline constexpr std::uint64_t kUffdModeMinor = 4;

// UFFD_FEATURE_*
inline constexpr std::uint64_t kUffdEventFork = 1 << 1;
inline constexpr std::uint64_t kUffdEventRemap = 1 << 2;
inline constexpr std::uint64_t kUffdWpAsync = 1 << 15;
inline constexpr std::uint64_t kUffdFeatures = (1 << 17) - 1;

// Resources of setrlimit(2) that the memory map looks at.
enum class Rlimit : std::uint64_t { data = 2, stack = 3, memlock = 8, as = 9 };

}  // namespace mmsim
