// SPDX-License-Identifier: GPL-2.0-or-later
// The state of one mmap on its way through the pipeline, and what undoes it when a step fails.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "mm/current.h"
#include "mm/gather.h"
#include "mm/vm_area_desc.h"

namespace mmsim {

// Linux: struct mmap_state.
struct MmapState {
    const VmRange range;
    VmFlags flags;
    const FileId file;  // passed in
    FileId vm_file;     // what the VMA will hold: a hook may have replaced it
    Pgoff pgoff;
    PageProt page_prot = PageProt::normal;
    VmOps ops = kVmOpsAnonymous;
    std::uint64_t private_data = 0;
    MmapAction action = {};

    Gathered gathered = {};
    std::vector<VmRange> destroyed = {};  // old mappings, once they are gone
    Pages charged = {};                   // the commit charge of this request
    bool accountable = false;      // it was charged, and gathered.accounted is not given back
    bool cleaned = false;          // the old mappings are gone
    bool prepared = false;         // a .mmap_prepare hook ran
    bool ksm_early = false;        // MERGEABLE is decided before the merge attempt
    FileId replaced_by_hook = {};  // the file it stored in place of its own
    bool unmapped_early = false;   // by the hook's own failing inner action. Rule 6.7
    bool owns_file = false;        // a reference on vm_file is held for the VMA
    bool flags_changed = false;    // by a legacy hook
    bool created = false;          // a new VMA stands
    bool map_writable = false;     // row 25's bump, dropped on every way out
    bool pages_mapped = false;     // by a legacy hook
    bool mapped = false;           // vm_ops->mapped ran, where there is one
    std::optional<Vma> vma = {};   // it, or the one merged into
};

// The checks before the pipeline proper: rows 23 to 25 of rule 2.1.
Result<> early_checks(Current& current, MmapState& state);

// Undoes what the steps so far did, as the failure table says for `point`, tells what could not
// be undone, and returns the error to hand on.
Errno unwind(Current& current, MmapState& state, FailPoint point, Errno error);

// Nobody consumed the reference on the file that the hook stored: the mapping merged, or the kernel
// took one more of its own. DELTA 1.3
void tell_replaced_file_lost(Current& current, const MmapState& state, LeakCause cause);

// Step I: the action, vm_ops->mapped and the hooks around them; unmaps the new VMA on an error.
// Rules 3.6, 6.6, DELTA 2.3, 3.1
Result<> complete_action(Current& current, MmapState& state);

}  // namespace mmsim
