// SPDX-License-Identifier: GPL-2.0-or-later
// An address space as it is before the first event, or after an exec, from maps or smaps text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mm/current.h"
#include "replay/engine.h"
#include "replay/open_files.h"
#include "trace/maps_text.h"

namespace mmsim {

// Of a file.
bool has_path(const MapsEntry& entry);
// Mapped by the kernel itself: no file, and not anonymous.
bool is_special(const MapsEntry& entry);

// What a layout says about where things go.
struct LayoutGuess {
    bool bottom_up = false;
    std::optional<Vpn> legacy_base;
    std::optional<Vpn> mmap_base;
    std::optional<Vpn> stack_top;
    std::optional<std::uint64_t> start_brk;  // of [heap]
    std::optional<std::uint64_t> brk;
};
LayoutGuess guess_layout(const std::vector<MapsEntry>& entries);

// The guess, where it says something, put over `layout`.
MmLayout apply_guess(const LayoutGuess& guess, MmLayout layout);
// --layout over all that.
MmLayout with_choice(MmLayout layout, LayoutChoice choice);

// The flags of a mapping: its own where smaps gave them, else what its letters and name say.
VmFlags infer_flags(const MapsEntry& entry);

// Puts the mappings into the empty address space of `current`; those above its end into `extra`.
void install_maps(Current& current, OpenFiles& files, const std::vector<MapsEntry>& entries,
                  std::vector<ExtraLine>& extra);

}  // namespace mmsim
