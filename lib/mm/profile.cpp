// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/profile.h"

#include <array>

namespace mmsim {
namespace {

using enum KernelVersion;
constexpr std::size_t kVersions = 7;

// One row of the version matrix: what each kernel does, oldest first.
template <typename T>
using Row = std::array<T, kVersions>;

// clang-format off
//                                              6.12   6.16   6.18   7.0    7.1    7.2    7.3
constexpr Row<std::string_view> kName        = {"6.12","6.16","6.18","7.0", "7.1", "7.2", "7.3"};
constexpr Row<bool> kSecondMergeAttempt      = {true,  false, false, false, false, false, false};
constexpr Row<bool> kNoForkChildRule         = {false, true,  true,  true,  true,  true,  true};
constexpr Row<bool> kCopiedFromForkCheck     = {false, false, true,  true,  true,  true,  true};
constexpr Row<bool> kGuardFlag               = {false, false, true,  true,  true,  true,  true};
constexpr Row<bool> kGuardAdvice             = {false, true,  true,  true,  true,  true,  true};
constexpr Row<bool> kKsmBeforeMerge          = {false, false, true,  true,  true,  true,  true};
constexpr Row<bool> kAnonPgoff               = {false, false, false, false, false, false, true};
constexpr Row<bool> kMmapPrepare             = {false, true,  true,  true,  true,  true,  true};
constexpr Row<bool> kThpOnlyWithoutHint      = {false, true,  true,  true,  true,  true,  true};
constexpr Row<bool> kHugeHintRoundsUp        = {false, true,  true,  true,  true,  true,  true};
constexpr Row<bool> kDroppableNeverLocked    = {false, false, true,  false, true,  true,  true};
constexpr Row<bool> kDescDummyOps            = {false, false, false, false, false, true,  true};
constexpr Row<bool> kActions                 = {false, false, false, true,  true,  true,  true};
constexpr Row<bool> kKernelPageActions       = {false, false, false, false, true,  true,  true};
constexpr Row<bool> kActionPrepareFails      = {false, false, false, false, true,  true,  true};
constexpr Row<bool> kSuccessErrorHooks       = {false, false, false, true,  true,  false, false};
constexpr Row<bool> kSuccessErrorUnmaps      = {false, false, false, false, true,  false, false};
constexpr Row<bool> kErrorOverride           = {false, false, false, false, false, true,  true};
constexpr Row<bool> kMappedHook              = {false, false, false, false, true,  true,  true};
constexpr Row<bool> kRmapDeadlock            = {false, false, false, true,  false, false, false};
constexpr Row<bool> kCompatUnmaps            = {false, false, false, true,  false, false, false};
constexpr Row<bool> kCompatPrefills          = {false, false, false, false, false, true,  true};
constexpr Row<bool> kHookFailureLeaks        = {false, true,  true,  true,  true,  true,  false};
constexpr Row<bool> kReplacedExtraRef        = {false, true,  true,  false, false, false, false};
constexpr Row<bool> kReplacedPutOnAbort      = {false, false, false, true,  true,  true,  true};
constexpr Row<bool> kMultiVmaMremap          = {false, false, true,  true,  true,  true,  true};
constexpr Row<bool> kMremapFourSpare         = {false, false, false, false, true,  true,  true};
constexpr DontUnmapLocked kMoves = DontUnmapLocked::moves_with_pages;
constexpr DontUnmapLocked kTwice = DontUnmapLocked::counts_twice;
constexpr DontUnmapLocked kSplit = DontUnmapLocked::splits_the_source;
constexpr Row<DontUnmapLocked> kDontUnmap    = {kMoves,kTwice,kTwice,kTwice,kTwice,kTwice,kSplit};
constexpr Row<bool> kDontUnmapResets         = {false, false, false, false, false, false, true};
constexpr Row<bool> kDoforkRefusesSpecial    = {false, false, false, true,  true,  true,  true};
constexpr Row<bool> kUffdChecksOwner         = {false, false, true,  true,  true,  true,  true};
constexpr Row<bool> kWriteSealRefuses        = {true,  false, false, false, false, false, false};
constexpr Row<bool> kImpliedSealWaits        = {false, false, true,  false, true,  true,  true};
constexpr Row<bool> kZeroReadonlyShmem       = {false, false, false, false, false, false, true};
// clang-format on

constexpr Profile column(std::size_t i) {
    const VmFlags sticky = kGuardFlag[i] ? kVmSticky : kVmSoftDirty;
    return Profile{
        .version = static_cast<KernelVersion>(i),
        .name = kName[i],
        .second_merge_attempt = kSecondMergeAttempt[i],
        .anon_merge =
            kNoForkChildRule[i] ? AnonMergeRule::no_fork_child : AnonMergeRule::singular_neighbour,
        .copied_from_fork_check = kCopiedFromForkCheck[i],
        .merge_ignores = sticky,
        .sticky = sticky,
        .ksm_flag_before_merge = kKsmBeforeMerge[i],
        .anon_pgoff_contiguous = kAnonPgoff[i],
        .mmap_prepare = kMmapPrepare[i],
        .thp_only_without_hint = kThpOnlyWithoutHint[i],
        .huge_hint_rounds_up = kHugeHintRoundsUp[i],
        .droppable_never_locked = kDroppableNeverLocked[i],
        .desc_starts_with_dummy_ops = kDescDummyOps[i],
        .actions = kActions[i],
        .kernel_page_actions = kKernelPageActions[i],
        .action_prepare_fails = kActionPrepareFails[i],
        .success_and_error_hooks = kSuccessErrorHooks[i],
        .success_hook_error_unmaps = kSuccessErrorUnmaps[i],
        .error_override = kErrorOverride[i],
        .mapped_hook = kMappedHook[i],
        .rmap_hold_deadlocks = kRmapDeadlock[i],
        .compat_unmaps_on_error = kCompatUnmaps[i],
        .compat_prefills_ops = kCompatPrefills[i],
        .hook_failure_leaks_charge = kHookFailureLeaks[i],
        .replaced_file_extra_ref = kReplacedExtraRef[i],
        .replaced_file_put_on_abort = kReplacedPutOnAbort[i],
        .multi_vma_mremap = kMultiVmaMremap[i],
        .mremap_count = kMremapFourSpare[i] ? MremapCountRule::four_spare_on_every_call
                                            : MremapCountRule::three_spare_on_move,
        .dontunmap_locked = kDontUnmap[i],
        .dontunmap_resets_pgoff = kDontUnmapResets[i],
        .dofork_refuses_special = kDoforkRefusesSpecial[i],
        .guard_advice = kGuardAdvice[i],
        .guard_flag = kGuardFlag[i],
        .uffd_checks_owner = kUffdChecksOwner[i],
        .write_seal_refuses_reading = kWriteSealRefuses[i],
        .implied_write_seal_waits = kImpliedSealWaits[i],
        .zero_readonly_shared_is_shmem = kZeroReadonlyShmem[i],
    };
}

constexpr std::array<Profile, kVersions> kProfiles = {column(0), column(1), column(2), column(3),
                                                      column(4), column(5), column(6)};
static_assert(kProfiles.back().version == v7_3);

}  // namespace

std::span<const Profile> all_profiles() { return kProfiles; }

const Profile& profile_of(KernelVersion version) {
    return kProfiles[static_cast<std::size_t>(version)];
}

const Profile& newest_profile() { return kProfiles.back(); }

std::optional<KernelVersion> kernel_version_from_name(std::string_view name) {
    for (const Profile& profile : kProfiles) {
        if (profile.name == name) return profile.version;
    }
    return std::nullopt;
}

}  // namespace mmsim
