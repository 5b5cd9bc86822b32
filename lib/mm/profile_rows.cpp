// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/profile_rows.h"

namespace mmsim {
namespace {

template <bool Profile::*field>
std::string yes(const Profile& profile) {
    return profile.*field ? "yes" : "–";
}

std::string anon_rule(const Profile& profile) {
    return profile.anon_merge == AnonMergeRule::no_fork_child ? "no fork child" : "single chain";
}

std::string ignored_flags(const Profile& profile) {
    std::string codes = vm_flags_codes(profile.merge_ignores);
    codes.pop_back();
    return "`" + codes + "`";
}

std::string mremap_room(const Profile& profile) {
    return profile.mremap_count == MremapCountRule::three_spare_on_move ? "on moves" : "always";
}

std::string dontunmap_locked(const Profile& profile) {
    switch (profile.dontunmap_locked) {
        case DontUnmapLocked::moves_with_pages:
            return "moves";
        case DontUnmapLocked::counts_twice:
            return "**twice**";
        case DontUnmapLocked::splits_the_source:
            return "right";
    }
    return {};
}

constexpr ProfileRow kRows[] = {
    {"second merge attempt after a legacy hook", "3.4",
     "After a legacy hook changed the flags, mmap tries once more to merge with the VMA below; the "
     "driver never learns that its VMA was thrown away.",
     yes<&Profile::second_merge_attempt>},
    {"anon_vmas merge by", "4.1.1",
     "Whether memory that has an anon_vma may join memory that has none: where the chain of the "
     "neighbour has length one, or where neither side inherited it over fork.",
     anon_rule},
    {"a copy's source must be no fork child", "4.1.1",
     "What mremap copies from memory inherited over fork does not join memory that has no "
     "anon_vma.",
     yes<&Profile::copied_from_fork_check>},
    {"flags that merges ignore and keep", "4.1",
     "Flags that do not keep two VMAs apart, and that the merged VMA has if either had them.",
     ignored_flags},
    {"KSM for a whole process is marked before the merge", "3.1",
     "Where a process lets all of its memory be merged page by page, a new mapping is marked "
     "MERGEABLE before it is compared with its neighbours; else after, and it stays apart from "
     "them.",
     yes<&Profile::ksm_flag_before_merge>},
    {"private files need both offsets", "DELTA 4.1",
     "Private file mappings that may be written merge only if their anonymous offsets go on, too: "
     "touched memory that was moved is no longer continued by the file.",
     yes<&Profile::anon_pgoff_contiguous>},
    {"`.mmap_prepare`", "3.5",
     "Drivers may have a hook that edits a description before it is known whether the mapping "
     "merges.",
     yes<&Profile::mmap_prepare>},
    {"anonymous 2 MiB alignment only without a hint", "2.5.3",
     "Anonymous memory is aligned to 2 MiB only where mmap is given no hint.",
     yes<&Profile::thp_only_without_hint>},
    {"hints for huge pages round up", "2.5.3",
     "A hint for memory of huge pages is rounded up to the next one, where else it is rounded "
     "down.",
     yes<&Profile::huge_hint_rounds_up>},
    {"DROPPABLE is never locked", "E9", "A MAP_DROPPABLE mapping is not locked by mlockall.",
     yes<&Profile::droppable_never_locked>},
    {"desc starts with dummy vm_ops", "DELTA 1.1",
     "The description begins with an empty table of vm_ops, and a hook that stores NULL there "
     "makes the memory anonymous.",
     yes<&Profile::desc_starts_with_dummy_ops>},
    {"actions: remap, ioremap", "6.5",
     "A hook may ask for frames to be mapped once the VMA stands: remap and ioremap.",
     yes<&Profile::actions>},
    {"actions: simple_ioremap, map_kernel_pages", "6.5",
     "Two more actions: simple_ioremap for a region of device memory, map_kernel_pages for single "
     "pages.",
     yes<&Profile::kernel_page_actions>},
    {"preparing an action can fail (F5)", "6.5",
     "The range of an action is checked before the merge attempt; a bad one fails mmap there, "
     "when the old mappings are gone.",
     yes<&Profile::action_prepare_fails>},
    {"success and error hooks of an action", "3.6",
     "An action may bring a hook for its success, and one for its failure that chooses the errno.",
     yes<&Profile::success_and_error_hooks>},
    {"a failing success hook unmaps (else F11)", "3.6",
     "An error of the success hook unmaps the new VMA, where else mmap fails and leaves it mapped.",
     yes<&Profile::success_hook_error_unmaps>},
    {"error override of an action", "DELTA 2.3",
     "An action may name a fixed errno that the caller sees in place of the real one.",
     yes<&Profile::error_override>},
    {"`vm_ops->mapped`", "6.6",
     "A hook that runs once for each new VMA of an `.mmap_prepare` mapping, not for merges: where "
     "references are to be taken.",
     yes<&Profile::mapped_hook>},
    {"a failing action can deadlock on the rmap lock", "3.6",
     "Where the mapping was to be hidden until complete, a failing action unmaps it with the "
     "file's rmap lock held, and hangs.",
     yes<&Profile::rmap_hold_deadlocks>},
    {"stacked files: a failing action unmaps", "6.7",
     "Below a stacked file a failing action unmaps the range before the outer hook sees the "
     "error.",
     yes<&Profile::compat_unmaps_on_error>},
    {"stacked files: desc starts with the VMA's vm_ops", "6.7",
     "The description for the hook of an inner file begins with the vm_ops of the outer VMA; a "
     "hook that sets none leaves them alone.",
     yes<&Profile::compat_prefills_ops>},
    {"F4 and F5 lose the whole charge", "3.3",
     "A failing `.mmap_prepare` or action leaves all pages of the request charged for ever.",
     yes<&Profile::hook_failure_leaks_charge>},
    {"a stored file is referenced once too often", "DELTA 1.3",
     "The file that a hook stores in place of its own gets one reference that nobody drops.",
     yes<&Profile::replaced_file_extra_ref>},
    {"F6 to F9 put a stored file", "3.3",
     "Failures after the hook drop the reference on the file that it stored.",
     yes<&Profile::replaced_file_put_on_abort>},
    {"mremap of several VMAs", "5.3",
     "MREMAP_FIXED without a change of size moves a range of several VMAs with the gaps between "
     "them.",
     yes<&Profile::multi_vma_mremap>},
    {"mremap asks for room in the VMA count", "2.6",
     "Which mremap calls are refused when the process is near max_map_count.", mremap_room},
    {"locked_vm after DONTUNMAP", "5.3",
     "What MREMAP_DONTUNMAP of locked memory does to locked_vm: it stays with the pages, counts "
     "them twice for ever, or is right and only what moved loses LOCKED.",
     dontunmap_locked},
    {"DONTUNMAP sends the source's offset home", "DELTA D9",
     "What MREMAP_DONTUNMAP empties has its address as offset again, so it merges with fresh "
     "memory.",
     yes<&Profile::dontunmap_resets_pgoff>},
    {"DOFORK is refused for every special mapping", "5.5",
     "MADV_DOFORK of a special mapping is an error, where else only that of device memory (IO) is.",
     yes<&Profile::dofork_refuses_special>},
    {"MADV_GUARD_INSTALL", "E5", "madvise knows MADV_GUARD_INSTALL and MADV_GUARD_REMOVE.",
     yes<&Profile::guard_advice>},
    {"guards leave MAYBE_GUARD", "E5", "MADV_GUARD_INSTALL marks the whole VMA, for ever.",
     yes<&Profile::guard_flag>},
    {"a userfaultfd leaves those of others alone", "5.7",
     "UFFDIO_UNREGISTER is refused for memory that is registered with another userfaultfd, and "
     "DROPPABLE memory is not registered.",
     yes<&Profile::uffd_checks_owner>},
    {"a write seal refuses shared mappings that only read", "2.2",
     "A file sealed against writing cannot be mapped shared at all, not even for reading.",
     yes<&Profile::write_seal_refuses_reading>},
    {"an implied write seal waits for writers to go", "DELTA D10",
     "A seal that implies the write seal is refused while the file is mapped for writing.",
     yes<&Profile::implied_write_seal_waits>},
    {"/dev/zero, read-only fd, MAP_SHARED: shared memory", "DELTA D7",
     "/dev/zero opened read-only and mapped shared is shared memory of its own, where else it is "
     "taken for private memory and merges.",
     yes<&Profile::zero_readonly_shared_is_shmem>},
};
// A new field of Profile wants a row above.
static_assert(sizeof(Profile) == 80);

}  // namespace

std::span<const ProfileRow> profile_rows() { return kRows; }

}  // namespace mmsim
