// SPDX-License-Identifier: GPL-2.0-or-later
#include "docs/rule_tables.h"

#include <functional>

#include "mm/failure_table.h"
#include "mm/profile.h"
#include "mm/vm_flags.h"

namespace mmsim::test {
namespace {

using Cells = std::vector<std::string>;

std::string row(const Cells& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += " " + cell + " |";
    return line + "\n";
}

std::string head(const Cells& cells) {
    std::string text = row(cells);
    text += "|";
    for (std::size_t i = 0; i < cells.size(); ++i) text += "---|";
    return text + "\n";
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string versions(KernelVersion since, KernelVersion until) {
    const bool from_first = since == all_profiles().front().version;
    const bool to_last = until == newest_profile().version;
    const std::string first(profile_of(since).name);
    const std::string last(profile_of(until).name);
    if (from_first && to_last) return "all";
    if (since == until) return to_last ? first + "+" : first;
    return to_last ? first + "+" : first + "–" + last;
}

std::string text_of(OldMappings value) {
    switch (value) {
        case OldMappings::kept:
            return "kept";
        case OldMappings::lost:
            return "**lost**";
        case OldMappings::replaced:
            return "replaced";
    }
    return {};
}

std::string text_of(ChargeLeft value) {
    switch (value) {
        case ChargeLeft::nothing:
            return "–";
        case ChargeLeft::gathered:
            return "what the lost ones had charged";
        case ChargeLeft::pages:
            return "all pages of the request";
    }
    return {};
}

std::string text_of(FileReference value) {
    switch (value) {
        case FileReference::none_taken:
            return "–";
        case FileReference::put:
            return "put";
        case FileReference::by_unmap:
            return "put by the unmap";
        case FileReference::kept:
            return "kept";
    }
    return {};
}

std::string text_of(ReplacedFile value) {
    switch (value) {
        case ReplacedFile::none:
            return "–";
        case ReplacedFile::leaks:
            return "**leaks**";
        case ReplacedFile::put:
            return "put";
        case ReplacedFile::put_twice:
            return "**put twice**";
        case ReplacedFile::by_unmap:
            return "put by the unmap";
    }
    return {};
}

std::string failures() {
    std::string text =
        head({"stage", "point", "versions", "errno", "old mappings", "charge that stays", "file",
              "file the hook stored", "new VMA closed", "from"});
    for (const FailureRow& failure : failure_table()) {
        const bool hooks = failure.usual == Errno::ok;
        text += row({failure.stage.empty() ? "–" : std::string(failure.stage),
                     code(fail_point_name(failure.point)), versions(failure.since, failure.until),
                     hooks ? "the hook's" : std::string(errno_name(failure.usual)),
                     text_of(failure.old_mappings), text_of(failure.charge), text_of(failure.file),
                     text_of(failure.replaced), failure.closes_new_vma ? "yes" : "–",
                     std::string(failure.source)});
    }
    return text;
}

using Cell = std::function<std::string(const Profile&)>;

Cell yes(bool Profile::*field) {
    return [field](const Profile& profile) { return profile.*field ? "yes" : "–"; };
}

struct Behaviour {
    const char* what;
    const char* rule;
    Cell cell;
};

std::string anon_rule(const Profile& profile) {
    return profile.anon_merge == AnonMergeRule::no_fork_child ? "no fork child" : "single chain";
}

std::string ignored_flags(const Profile& profile) {
    std::string codes = vm_flags_codes(profile.merge_ignores);
    codes.pop_back();
    return code(codes);
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

// Every field of Profile but version and name, in its order.
std::vector<Behaviour> behaviours() {
    return {
        {"second merge attempt after a legacy hook", "3.4", yes(&Profile::second_merge_attempt)},
        {"anon_vmas merge by", "4.1.1", anon_rule},
        {"a copy's source must be no fork child", "4.1.1", yes(&Profile::copied_from_fork_check)},
        {"flags that merges ignore and keep", "4.1", ignored_flags},
        {"private files need both offsets", "DELTA 4.1", yes(&Profile::anon_pgoff_contiguous)},
        {"`.mmap_prepare`", "3.5", yes(&Profile::mmap_prepare)},
        {"anonymous 2 MiB alignment only without a hint", "2.5.3",
         yes(&Profile::thp_only_without_hint)},
        {"DROPPABLE is never locked", "E9", yes(&Profile::droppable_never_locked)},
        {"desc starts with dummy vm_ops", "DELTA 1.1", yes(&Profile::desc_starts_with_dummy_ops)},
        {"actions: remap, ioremap", "6.5", yes(&Profile::actions)},
        {"actions: simple_ioremap, map_kernel_pages", "6.5", yes(&Profile::kernel_page_actions)},
        {"preparing an action can fail (F5)", "6.5", yes(&Profile::action_prepare_fails)},
        {"success and error hooks of an action", "3.6", yes(&Profile::success_and_error_hooks)},
        {"a failing success hook unmaps (else F11)", "3.6",
         yes(&Profile::success_hook_error_unmaps)},
        {"error override of an action", "DELTA 2.3", yes(&Profile::error_override)},
        {"`vm_ops->mapped`", "6.6", yes(&Profile::mapped_hook)},
        {"a failing action can deadlock on the rmap lock", "3.6",
         yes(&Profile::rmap_hold_deadlocks)},
        {"stacked files: a failing action unmaps", "6.7", yes(&Profile::compat_unmaps_on_error)},
        {"stacked files: desc starts with the VMA's vm_ops", "6.7",
         yes(&Profile::compat_prefills_ops)},
        {"F4 and F5 lose the whole charge", "3.3", yes(&Profile::hook_failure_leaks_charge)},
        {"a stored file is referenced once too often", "DELTA 1.3",
         yes(&Profile::replaced_file_extra_ref)},
        {"F6 to F9 put a stored file", "3.3", yes(&Profile::replaced_file_put_on_abort)},
        {"mremap of several VMAs", "5.3", yes(&Profile::multi_vma_mremap)},
        {"mremap asks for room in the VMA count", "2.6", mremap_room},
        {"locked_vm after DONTUNMAP", "5.3", dontunmap_locked},
        {"DONTUNMAP sends the source's offset home", "DELTA D9",
         yes(&Profile::dontunmap_resets_pgoff)},
        {"MADV_GUARD_INSTALL", "E5", yes(&Profile::guard_advice)},
        {"guards leave MAYBE_GUARD", "E5", yes(&Profile::guard_flag)},
        {"/dev/zero, read-only fd, MAP_SHARED: shared memory", "DELTA D7",
         yes(&Profile::zero_readonly_shared_is_shmem)},
    };
}
// A new field of Profile wants a row above.
static_assert(sizeof(Profile) == 80);

std::string version_matrix() {
    Cells titles = {"behaviour", "rule"};
    for (const Profile& profile : all_profiles()) titles.emplace_back(profile.name);
    std::string text = head(titles);
    for (const Behaviour& behaviour : behaviours()) {
        Cells cells = {behaviour.what, behaviour.rule};
        for (const Profile& profile : all_profiles()) cells.push_back(behaviour.cell(profile));
        text += row(cells);
    }
    return text;
}

std::string sets_of(VmaBit bit) {
    const struct {
        const char* name;
        VmFlags set;
    } sets[] = {
        {"special", kVmSpecial}, {"remap", kVmRemap},       {"sticky", kVmSticky},
        {"access", kVmAccess},   {"locked", kVmLockedMask},
    };
    std::string names;
    for (const auto& [name, set] : sets) {
        if (set.any(bit)) names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return names.empty() ? "–" : names;
}

std::string flags() {
    std::string text = head({"bit", "name", "smaps", "sets"});
    for (int i = 0; i <= static_cast<int>(VmaBit::sealed); ++i) {
        const auto bit = static_cast<VmaBit>(i);
        const std::string_view smaps = vma_bit_code(bit);
        text += row({std::to_string(i), code(vma_bit_name(bit)), smaps.empty() ? "–" : code(smaps),
                     sets_of(bit)});
    }
    return text;
}

}  // namespace

std::vector<Table> rule_tables() {
    return {{"failures", failures()}, {"versions", version_matrix()}, {"flags", flags()}};
}

}  // namespace mmsim::test
