// SPDX-License-Identifier: GPL-2.0-or-later
// The checks by which a call can refuse, each by its own id. lib/report has the words and the rule
// of each; the calls themselves say which one it was (Current::refuse).
#pragma once

#include <cstddef>
#include <cstdint>

namespace mmsim {

// Behind each stands what it saw, if anything: an address in bytes, a range (its two ends in
// bytes), bits or a count.
enum class Check : std::uint8_t {
    // Arguments, of several calls.
    unaligned,      // the address
    end_wraps,      // -
    length_zero,    // -
    unknown_flags,  // the bits

    // What is mapped, of several calls.
    hole,       // the address where it begins
    sealed,     // the VMA
    may_split,  // the address of the cut, which the driver forbids

    // Limits, of several calls.
    too_many_vmas,   // the count of VMAs
    no_spare_vmas,   // that count, and how many more there may have to be
    lock_forbidden,  // -
    lock_limit,      // locked pages, and how many more
    space_limit,     // mapped pages, and how many more
    data_limit,      // pages of data, and how many more
    commit_limit,    // charged pages, and how many more

    // Where a mapping goes: rule 2.1 row 17.
    longer_than_user_space,  // -
    behind_user_space,       // -
    below_min_addr,          // -
    no_gap,                  // pages
    huge_length,             // pages
    huge_address,            // the address

    // mmap: rule 2.1, in the order of its rows.
    offset_in_page,     // the offset in bytes
    no_descriptor,      // -
    huge_of_file,       // -
    huge_page_size,     // -
    map_length_zero,    // -
    map_length_wraps,   // -
    offset_wraps,       // -
    occupied,           // the VMA that is there
    map_write_exec,     // -
    map_denied_writer,  // -

    // mmap of a file, and without: rule 2.2.
    offset_too_large,     // -
    unknown_to_file,      // the bits
    file_not_writable,    // -
    file_for_appending,   // -
    map_type,             // -
    file_not_readable,    // -
    file_not_executable,  // -
    no_mmap_hook,         // -
    grows_down,           // -
    file_sealed,          // -
    droppable_locked,     // -

    // munmap
    unmap_behind_user_space,  // -

    // mprotect
    grows_both_ways,  // -
    unknown_prot,     // the bits
    no_such_key,      // -
    no_stack,         // the VMA that is none
    grows_up,         // -
    may_never,        // the VMA
    write_exec,       // the VMA
    mprotect_hook,    // the VMA

    // mremap
    new_length_zero,              // -
    new_length_too_long,          // -
    new_place_behind_user_space,  // -
    new_place_unaligned,          // the new address
    may_not_move,                 // -
    two_lengths,                  // -
    overlap,                      // -
    remap_huge,                   // the VMA
    old_length_zero,              // the VMA
    dont_unmap_special,           // the VMA
    crosses_end,                  // the VMA
    remap_offset_wraps,           // -
    dont_expand,                  // the VMA
    tail_behind_user_space,       // -
    grows_special,                // the VMA
    no_room_behind,               // -
    moves_alone,                  // the VMA
    mremap_hook,                  // the VMA that was to be

    // brk
    below_heap,   // the start of the heap
    heap_limit,   // bytes that the heap would have
    break_wraps,  // -
    too_close,    // the VMA behind it

    // madvise
    unknown_advice,      // its number
    discards_sealed,     // the VMA
    guards_special,      // the VMA
    thp_disabled,        // -
    not_collapsible,     // the VMA
    advised_special,     // the VMA
    advised_file,        // the VMA
    advised_droppable,   // the VMA
    advised_pinned,      // the VMA
    advised_locked,      // the VMA
    advised_no_file,     // the VMA
    advised_read_only,   // the VMA
    populates_special,   // the VMA
    populates_no_right,  // the VMA

    // Pages that can't be had: mlock and populating advice.
    page_guarded,   // the address of the guard
    pages_missing,  // the VMA
    pages_secret,   // the VMA
    no_access,      // the VMA

    // Names of memory
    no_names,       // -
    name_too_long,  // characters
    name_letters,   // -
    name_of_file,   // the VMA

    // mlockall
    no_flags,        // -
    on_fault_alone,  // -

    // mbind
    unknown_mode,    // the mode
    moves_all,       // -
    mode_and_nodes,  // the mode

    // shmat, shmdt
    no_segment,        // -
    remaps_nowhere,    // -
    attach_occupied,   // the VMA that is there
    nothing_attached,  // the address

    // remap_file_pages
    prot_given,        // the bits
    remap_not_shared,  // the VMA
    remap_several,     // the address where the other begins

    // map_shadow_stack
    token_room,          // the length
    token_unaligned,     // the length
    shadow_stack_below,  // the address

    // userfaultfd
    uffd_before_api,          // -
    uffd_api_twice,           // -
    uffd_no_mode,             // -
    uffd_outside_user_space,  // -
    uffd_nothing_mapped,      // the range
    uffd_cuts_huge_page,      // the VMA
    uffd_wrong_memory,        // the VMA
    uffd_never_writable,      // the VMA
    uffd_of_another,          // the VMA
    uffd_not_registered,      // the VMA
    uffd_process_gone,        // -

    // Seals of a file
    seals_read_only,  // -
    unknown_seals,    // the bits
    not_sealable,     // -
    seals_sealed,     // -
    writers_mapped,   // how many VMAs
};
inline constexpr std::size_t kChecks = static_cast<std::size_t>(Check::writers_mapped) + 1;

// A check that said no.
struct Refusal {
    Check check{};
    std::uint64_t saw = 0;
    std::uint64_t more = 0;
};

}  // namespace mmsim
