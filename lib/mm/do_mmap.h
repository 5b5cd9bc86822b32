// SPDX-License-Identifier: GPL-2.0-or-later
// What mmap, shmat and remap_file_pages have in common. Rules 2.1 from row 9, 2.2.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

struct MmapRegionArgs {
    std::uint64_t addr = 0;    // bytes
    std::uint64_t length = 0;  // bytes
    std::uint64_t prot = 0, flags = 0;
    FileId file;
    Pgoff pgoff;
    std::optional<std::uint64_t> placed_at;
    bool never_aligned = false;
    bool shadow_stack = false;  // writable, by nothing but calls

    // Settled on the way.
    Pages pages = {};
    std::optional<VmRange> range = {};
};

// Returns the address. Linux: mm/mmap.c:do_mmap().
Result<std::uint64_t> do_mmap(Current& current, MmapRegionArgs args);

}  // namespace mmsim
