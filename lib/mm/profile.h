// SPDX-License-Identifier: GPL-2.0-or-later
// What differs between kernel versions, as one table: a column a version, a row a behaviour.
// The core asks the profile for the behaviour and never for the version.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "mm/vm_flags.h"

namespace mmsim {

enum class KernelVersion : std::uint8_t { v6_12, v6_16, v6_18, v7_0, v7_1, v7_2, v7_3 };

// When two anon_vmas let their VMAs merge. Rule 4.1.1.
enum class AnonMergeRule : std::uint8_t {
    singular_neighbour,  // one side has none and the neighbour's chain has length one
    no_fork_child,       // one side has none and no VMA concerned inherited its chain over fork
};

// Which VMA-count tests mremap makes. Rules 2.6, DELTA 4.3.
enum class MremapCountRule : std::uint8_t { three_spare_on_move, four_spare_on_every_call };

// What MREMAP_DONTUNMAP does to a locked source. DELTA 0.7, D5, D6.
enum class DontUnmapLocked : std::uint8_t {
    moves_with_pages,   // locked_vm unchanged, the whole source loses LOCKED
    counts_twice,       // locked_vm += moved pages, the whole source loses LOCKED: a leak
    splits_the_source,  // only what moved loses LOCKED; locked_vm stays right
};

struct Profile {
    KernelVersion version;
    std::string_view name;  // as users type it: "7.1"

    // Merging
    bool second_merge_attempt;  // after a legacy hook changed the flags. Rule 3.4
    AnonMergeRule anon_merge;
    bool copied_from_fork_check;  // mremap copies ask about the source's chain too. Rule 4.1.1
    VmFlags merge_ignores;        // differing bits that do not block a merge. Rule 4.1 test 2
    VmFlags sticky;               // bits that any participant hands to the result
    bool ksm_flag_before_merge;   // MERGEABLE for all is set before the merge attempt. Rule 3.1 D
    bool anon_pgoff_contiguous;   // private file mappings need it as well. DELTA 4.1 test 7b

    // mmap
    bool mmap_prepare;                // the hook exists
    bool thp_only_without_hint;       // 2 MiB alignment of anonymous maps. Rule 2.5.3
    bool huge_hint_rounds_up;         // hints for huge pages; else down. Rule 2.5.3
    bool droppable_never_locked;      // rule E9
    bool desc_starts_with_dummy_ops;  // and storing NULL makes the VMA anonymous. DELTA 1.1
    bool actions;                     // mmap_action_remap and ioremap
    bool kernel_page_actions;         // simple_ioremap, map_kernel_pages
    bool action_prepare_fails;        // failure F5 exists. DELTA 2.5
    bool success_and_error_hooks;     // of an action
    bool success_hook_error_unmaps;   // else the mapping stays although mmap fails: F11
    bool error_override;              // DELTA 2.3
    bool mapped_hook;                 // vm_ops->mapped
    bool rmap_hold_deadlocks;         // hide_from_rmap with a failing action. Rule 3.6
    bool compat_unmaps_on_error;      // rule 6.7
    bool compat_prefills_ops;         // DELTA 3.2

    // What error paths lose. Rule 3.3, DELTA 1.2, 1.3
    bool hook_failure_leaks_charge;   // F4, F5 keep the charge too, not only what was gathered
    bool replaced_file_extra_ref;     // a file the hook stored is referenced once too often
    bool replaced_file_put_on_abort;  // F6 to F9 drop it

    // Other calls
    bool multi_vma_mremap;
    MremapCountRule mremap_count;
    DontUnmapLocked dontunmap_locked;
    bool dontunmap_resets_pgoff;         // DELTA D9
    bool dofork_refuses_special;         // MADV_DOFORK; else IO alone. Rule 5.5
    bool guard_advice;                   // MADV_GUARD_INSTALL and _REMOVE exist
    bool guard_flag;                     // and leave MAYBE_GUARD. Rule E5
    bool uffd_checks_owner;              // and refuses DROPPABLE. Rule 5.7
    bool write_seal_refuses_reading;     // even a shared mapping that only reads. Rule 2.2
    bool implied_write_seal_waits;       // as an explicit one, for writers to go. DELTA D10
    bool zero_readonly_shared_is_shmem;  // /dev/zero, read-only fd, MAP_SHARED. DELTA D7
};

std::span<const Profile> all_profiles();
const Profile& profile_of(KernelVersion version);
const Profile& newest_profile();
std::optional<KernelVersion> kernel_version_from_name(std::string_view name);

}  // namespace mmsim
