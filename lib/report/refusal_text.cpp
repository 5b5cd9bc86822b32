// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/refusal_text.h"

#include <spdlog/fmt/fmt.h>

#include "base/linux_abi.h"

namespace mmsim {
namespace {

// How a check is told: {0} and {1} are what it saw (see mm/check.h), the rest has names.
struct Wording {
    Check check;
    const char* text;
    std::string_view rule = {};
};

constexpr Wording kWordings[] = {
    {Check::unaligned, "the address {0:x} is not that of a page"},
    {Check::end_wraps, "the end is not above the start"},
    {Check::length_zero, "the length is 0"},
    {Check::unknown_flags, "unknown flag: {0:#x}"},

    {Check::hole, "nothing is mapped at {0:x}"},
    {Check::sealed, "{0:x}-{1:x} is sealed"},
    {Check::may_split, "the driver allows no cut at {0:x}: may_split", "4.7"},

    {Check::too_many_vmas, "{0} VMAs, max_map_count is {max_map_count}", "2.6"},
    {Check::no_spare_vmas, "{0} VMAs, and it may need {1} more, max_map_count is {max_map_count}",
     "2.6"},
    {Check::lock_forbidden, "RLIMIT_MEMLOCK is 0 and CAP_IPC_LOCK is missing"},
    {Check::lock_limit, "{0} pages locked and {1} more: RLIMIT_MEMLOCK is {memlock} bytes"},
    {Check::space_limit, "{0} pages mapped and {1} more: RLIMIT_AS is {as} bytes", "2.4"},
    {Check::data_limit, "{0} pages of data and {1} more: RLIMIT_DATA is {data} bytes", "2.4"},
    {Check::commit_limit,
     "no commit charge for {1} pages: {0} are charged, overcommit is {overcommit}", "2.4"},

    {Check::longer_than_user_space, "longer than user space (row 17)", "2.1"},
    {Check::behind_user_space, "it would end behind {top:x} (row 17)", "2.1"},
    {Check::below_min_addr, "the address is below mmap_min_addr (row 17)", "2.1"},
    {Check::no_gap, "no gap of {0} pages is free (row 17)", "2.1"},
    {Check::huge_length, "{0} pages are no whole huge pages", "2.5.3"},
    {Check::huge_address, "the address {0:x} is inside a huge page", "2.5.3"},

    {Check::offset_in_page, "the offset {0:#x} is inside a page (row 1)", "2.1"},
    {Check::no_descriptor, "the descriptor is not open (row 2)", "2.1"},
    {Check::huge_of_file, "MAP_HUGETLB of a file without huge pages (row 4)", "2.1"},
    {Check::huge_page_size, "there are no huge pages of that size (row 5)", "2.1"},
    {Check::map_length_zero, "the length is 0 (row 9)", "2.1"},
    {Check::map_length_wraps, "the length rounds up to 0 (row 13)", "2.1"},
    {Check::offset_wraps, "offset and length wrap"},
    {Check::occupied, "{0:x}-{1:x} is there (row 18)", "2.1"},
    {Check::map_write_exec, "PR_SET_MDWE forbids to write and execute it (row 23)", "2.1"},
    {Check::map_denied_writer, "the file may not be written any more (row 25)", "2.1"},

    {Check::offset_too_large, "offset and length pass the largest file", "2.2"},
    {Check::unknown_to_file, "MAP_SHARED_VALIDATE with what the file does not know: {0:#x}", "2.2"},
    {Check::file_not_writable, "shared and to be written, but the file is not open for it", "2.2"},
    {Check::file_for_appending, "the file is open for appending", "2.2"},
    {Check::map_type, "neither MAP_SHARED nor MAP_PRIVATE", "2.2"},
    {Check::file_not_readable, "the file is not open for reading", "2.2"},
    {Check::file_not_executable, "the file is mounted noexec", "2.2"},
    {Check::no_mmap_hook, "the file has no mmap hook, or both", "2.2"},
    {Check::grows_down, "MAP_GROWSDOWN of a file or of shared memory", "2.2"},
    {Check::file_sealed, "the file is sealed against writing", "2.2"},
    {Check::droppable_locked, "MAP_DROPPABLE with MAP_LOCKED or MAP_HUGETLB", "2.2"},

    {Check::unmap_behind_user_space, "it ends behind {top:x}, where user space does", "5.1"},

    {Check::grows_both_ways, "PROT_GROWSDOWN and PROT_GROWSUP", "5.2"},
    {Check::unknown_prot, "unknown protection: {0:#x}", "5.2"},
    {Check::no_such_key, "no such protection key", "5.2"},
    {Check::no_stack, "PROT_GROWSDOWN, and {0:x}-{1:x} is no stack", "5.2"},
    {Check::grows_up, "PROT_GROWSUP: no stack grows upwards", "5.2"},
    {Check::may_never, "{0:x}-{1:x} may never have that access: a MAY bit is missing (step 3)",
     "5.2"},
    {Check::write_exec, "PR_SET_MDWE forbids it for {0:x}-{1:x} (step 4)", "5.2"},
    {Check::mprotect_hook, "the driver of {0:x}-{1:x} forbids it: mprotect (step 7)", "5.2"},

    {Check::new_length_zero, "the new length is 0", "5.3"},
    {Check::new_length_too_long, "the new length is that of more than all there is", "5.3"},
    {Check::new_place_behind_user_space, "the new place ends behind {top:x}", "5.3"},
    {Check::new_place_unaligned, "the new address {0:x} is not that of a page", "5.3"},
    {Check::may_not_move, "MREMAP_MAYMOVE is missing", "5.3"},
    {Check::two_lengths, "MREMAP_DONTUNMAP with two lengths", "5.3"},
    {Check::overlap, "the old and the new place overlap", "5.3"},
    {Check::remap_huge, "{0:x}-{1:x} is of huge pages: it cannot grow, nor be cut inside one",
     "5.3"},
    {Check::old_length_zero, "the old length is 0 and {0:x}-{1:x} is not shared", "5.3"},
    {Check::dont_unmap_special, "MREMAP_DONTUNMAP of {0:x}-{1:x}, which has DONTEXPAND or PFNMAP",
     "5.3"},
    {Check::crosses_end, "it crosses the end of {0:x}-{1:x}", "5.3"},
    {Check::remap_offset_wraps, "the offset at its end would wrap", "5.3"},
    {Check::dont_expand, "{0:x}-{1:x} may not grow: it has DONTEXPAND or PFNMAP", "5.3"},
    {Check::tail_behind_user_space, "what is cut off ends behind {top:x}", "5.3"},
    {Check::grows_special, "{0:x}-{1:x} is special and never merges: it cannot grow in place",
     "4.4"},
    {Check::no_room_behind, "no room behind it to grow, and MREMAP_MAYMOVE is missing", "5.3"},
    {Check::moves_alone, "{0:x}-{1:x} moves alone or not at all", "5.3"},
    {Check::mremap_hook, "the driver of {0:x}-{1:x} forbids the move: mremap", "5.3"},

    {Check::below_heap, "below the start of the heap, {0:x}", "5.4"},
    {Check::heap_limit, "a heap of {0} bytes: RLIMIT_DATA is {data} bytes", "5.4"},
    {Check::break_wraps, "the break rounds up to 0", "5.4"},
    {Check::too_close, "too close to {0:x}-{1:x}", "5.4"},

    {Check::unknown_advice, "there is no advice {0} in this version", "5.5"},
    {Check::discards_sealed,
     "{0:x}-{1:x} is sealed and may not be written: what it holds may not be dropped", "5.5"},
    {Check::guards_special, "{0:x}-{1:x} is special, locked or of huge pages: no guards", "5.5"},
    {Check::thp_disabled, "PR_SET_THP_DISABLE has taken the process its huge pages", "5.5"},
    {Check::not_collapsible, "no whole huge page in {0:x}-{1:x} can be made", "5.5"},
    {Check::advised_special, "{0:x}-{1:x} is special", "5.5"},
    {Check::advised_file, "{0:x}-{1:x} is of a file or shared", "5.5"},
    {Check::advised_droppable, "{0:x}-{1:x} is of MAP_DROPPABLE", "5.5"},
    {Check::advised_pinned, "{0:x}-{1:x} is locked, of huge pages or of bare frames", "5.5"},
    {Check::advised_locked, "{0:x}-{1:x} is locked", "5.5"},
    {Check::advised_no_file, "{0:x}-{1:x} is not of a file", "5.5"},
    {Check::advised_read_only, "{0:x}-{1:x} is not shared, or may not be written", "5.5"},
    {Check::populates_special, "{0:x}-{1:x} is of a device or secret: no pages to have", "E4"},
    {Check::populates_no_right, "{0:x}-{1:x} has not the access that the advice asks for", "E4"},

    {Check::page_guarded, "{0:x} is a guard page", "E4"},
    {Check::pages_missing, "not all pages of {0:x}-{1:x} can be had", "E4"},
    {Check::pages_secret, "{0:x}-{1:x} is secret: the kernel itself cannot reach it", "E4"},
    {Check::no_access, "{0:x}-{1:x} has no access: it is locked, but its pages cannot be read",
     "E4"},

    {Check::no_names, "this kernel has no names for memory", "5.5"},
    {Check::name_too_long, "a name has 79 characters at most, not {0}", "5.5"},
    {Check::name_letters, "a name has printable characters, and none of \\ ` $ [ ]", "5.5"},
    {Check::name_of_file, "{0:x}-{1:x} is of a file and cannot have a name", "5.5"},

    {Check::no_flags, "no flag", "5.6"},
    {Check::on_fault_alone, "MCL_ONFAULT alone", "5.6"},

    {Check::unknown_mode, "there is no mode {0:#x}", "5.7"},
    {Check::moves_all, "MPOL_MF_MOVE_ALL and CAP_SYS_NICE is missing", "5.7"},
    {Check::mode_and_nodes, "the mode {0:#x} does not go with these nodes", "5.7"},

    {Check::no_segment, "there is no such segment", "E10"},
    {Check::remaps_nowhere, "SHM_REMAP without an address", "E10"},
    {Check::attach_occupied, "{0:x}-{1:x} is mapped where it was to go", "E10"},
    {Check::nothing_attached, "no segment was attached at {0:x}", "E10"},

    {Check::prot_given, "the protection is not 0 but {0:#x}", "5.7"},
    {Check::remap_not_shared, "{0:x}-{1:x} is not shared", "5.7"},
    {Check::remap_several, "not all of one shared file with equal flags: {0:x}", "5.7"},

    {Check::token_room, "no room for the token in {0} bytes", "5.7"},
    {Check::token_unaligned, "the token would not be aligned to 8 bytes at the end of {0}", "5.7"},
    {Check::shadow_stack_below, "the address {0:#x} is below 4 GiB", "5.7"},

    {Check::uffd_before_api, "UFFDIO_API comes first"},
    {Check::uffd_api_twice, "UFFDIO_API has been"},
    {Check::uffd_no_mode, "no mode"},
    {Check::uffd_outside_user_space, "it is not all inside of user space, which ends at {top:x}"},
    {Check::uffd_nothing_mapped, "nothing is mapped in {0:x}-{1:x}"},
    {Check::uffd_cuts_huge_page, "{0:x}-{1:x} is of huge pages, and would be cut inside one"},
    {Check::uffd_wrong_memory, "{0:x}-{1:x} is not memory of which these faults can be had"},
    {Check::uffd_never_writable, "{0:x}-{1:x} may never be written"},
    {Check::uffd_of_another, "{0:x}-{1:x} is registered with another userfaultfd"},
    {Check::uffd_not_registered, "{0:x}-{1:x} is not registered, or ends too early"},
    {Check::uffd_process_gone, "the process that it is about is gone"},

    {Check::seals_read_only, "the file is not open for writing", "2.2"},
    {Check::unknown_seals, "unknown seal: {0:#x}", "2.2"},
    {Check::not_sealable, "the file is not one in memory", "2.2"},
    {Check::seals_sealed, "the file is sealed against seals", "2.2"},
    {Check::writers_mapped, "{0} shared mappings may be written", "2.2"},
};

constexpr bool every_check_in_its_place() {
    for (std::size_t i = 0; i < std::size(kWordings); ++i) {
        if (kWordings[i].check != static_cast<Check>(i)) return false;
    }
    return std::size(kWordings) == kChecks;
}
static_assert(every_check_in_its_place());

const Wording& wording_of(Check check) { return kWordings[static_cast<std::size_t>(check)]; }

}  // namespace

std::string refusal_text(const World& world, const Mm& mm, const Refusal& refusal) {
    constexpr std::string_view kOvercommit[] = {"heuristic", "always", "never"};
    const SystemLimits& system = world.system;
    return fmt::format(
        fmt::runtime(wording_of(refusal.check).text), refusal.saw, refusal.more,
        fmt::arg("max_map_count", system.max_map_count), fmt::arg("memlock", mm.limits.memlock),
        fmt::arg("as", mm.limits.as), fmt::arg("data", mm.limits.data),
        fmt::arg("top", mm.layout.task_size.bytes()),
        fmt::arg("overcommit", kOvercommit[static_cast<std::size_t>(system.overcommit)]));
}

std::string_view refusal_rule(Check check) { return wording_of(check).rule; }

}  // namespace mmsim
