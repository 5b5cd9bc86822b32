// SPDX-License-Identifier: GPL-2.0-or-later
// An open file description, as far as memory mappings see it. Linux: struct file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mm/vma.h"

namespace mmsim {

class DriverParams;

enum class FileType : std::uint8_t { regular, block, character, socket, shmem, hugetlbfs };

// The driver's get_unmapped_area. Rule 2.5.3; E2 for "own".
enum class UnmappedArea : std::uint8_t {
    plain,      // no routine of its own
    thp,        // the kernel's 2 MiB aligning one: ext4 and friends
    shmem,      // aligns only with shmem huge pages, which are off
    hugetlb,    // aligns to the huge page
    own_thp,    // a private routine that ends in the aligning one: /dev/zero
    own_plain,  // a private routine: SysV segments
};

inline constexpr std::uint64_t kSizeUnknown = ~std::uint64_t{0};

struct File {
    std::string path;  // as /proc/PID/maps prints it, without " (deleted)"
    bool deleted = false;
    std::string device;  // "fe:00"; empty: unknown
    std::uint64_t inode = 0;

    DriverId driver;
    FileType type = FileType::regular;
    bool readable = true;   // FMODE_READ
    bool writable = false;  // FMODE_WRITE
    bool append = false;    // the inode takes appended data only (chattr +a); not O_APPEND
    bool noexec = false;    // on a file system mounted so, as those behind pipes and /proc are
    std::uint64_t size = kSizeUnknown;           // bytes; pages behind it can't be reached
    std::uint64_t seals = 0;                     // F_SEAL_*
    Pages huge_page{512};                        // of a hugetlbfs file: the size of its pages
    std::uint64_t hugepages = 0;                 // of the pool: reserved for its shared mappings
    UffdId uffd;                                 // what a userfaultfd stands for
    std::uint64_t cookie = 0;                    // what "per-file" private data is
    std::shared_ptr<const DriverParams> params;  // of its driver; null: the fallbacks

    std::int64_t refs = 0;           // references held: opens, VMAs, and what leaked
    std::int64_t opens = 0;          // of them: of whoever opened it
    std::int64_t leaked = 0;         // of them: told as leaked
    std::int64_t vmas = 0;           // VMAs that map it
    std::int64_t writable_vmas = 0;  // those that are SHARED and MAYWRITE
    bool internal = false;           // made by the core behind shared anonymous memory
    // The n-th file ever opened, from 1; internal ones are counted apart. Names it in reports.
    std::uint64_t serial = 0;
};

}  // namespace mmsim
