// SPDX-License-Identifier: GPL-2.0-or-later
// An address space as it was at one moment, free of the World it was taken from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/fragmentation.h"
#include "analysis/spaces.h"
#include "analysis/words.h"
#include "mm/world.h"

namespace mmsim {

using DeclaredFiles = std::vector<std::pair<std::string, FileId>>;

// What reports call a file: the id that a JSON trace gave it, else "file#N" for the N-th file of
// the run, "shmem#N" for the N-th behind shared anonymous memory.
std::string file_id_text(const World& world, const DeclaredFiles& declared, FileId file);

struct VmaRow {
    Vpn start, end;
    VmFlags flags;
    Pgoff pgoff;
    std::uint32_t file = 0, name = 0;  // into ProcessState::words
};

struct ProcessState {
    std::int64_t pid = 0;
    bool exited = false;
    std::uint64_t map_count = 0, map_count_peak = 0;
    Pages total_vm, data_vm, exec_vm, stack_vm, locked_vm, committed;
    MergeTally merges;
    Fragmentation fragmentation;
    std::vector<VmaRow> vmas;  // left empty unless asked for
    Words words;               // what rows refer to
};

struct CaptureOptions {
    bool vmas = false;
    std::size_t cap = kListCap;
};
// Adds the VMAs to `groups`.
ProcessState capture_process(const World& world, const DeclaredFiles& declared, const Space& space,
                             const CaptureOptions& options, Makers& makers, VmaGroups& groups);

}  // namespace mmsim
