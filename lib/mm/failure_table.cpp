// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/failure_table.h"

#include "base/assert.h"

namespace mmsim {
namespace {

using enum KernelVersion;
using P = FailPoint;
using O = OldMappings;
using C = ChargeLeft;
using F = FileReference;
using R = ReplacedFile;

constexpr Errno kHooks = Errno::ok;

// clang-format off
constexpr FailureRow kTable[] = {
    // Before the mapping is looked at: nothing was done.
    {P::mdwe,             "",    v6_12, v7_3, Errno::eacces, O::kept, C::nothing, F::none_taken, R::none, false, "2.1 row 23"},
    {P::arch_flags,       "",    v6_12, v7_3, Errno::einval, O::kept, C::nothing, F::none_taken, R::none, false, "2.1 row 24"},
    {P::map_writable,     "",    v6_12, v7_3, Errno::eperm,  O::kept, C::nothing, F::none_taken, R::none, false, "2.1 row 25"},
    // F1 to F3: edge splits stay, everything else is as before.
    {P::gather_sealed,    "F1",  v6_12, v7_3, Errno::eperm,  O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F1"},
    {P::gather_limit,     "F1",  v6_12, v7_3, Errno::enomem, O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F1"},
    {P::split_may_split,  "F1",  v6_12, v7_3, Errno::einval, O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F1"},
    {P::split_alloc,      "F1",  v6_12, v7_3, Errno::enomem, O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F1"},
    {P::split_prealloc,   "F1",  v6_12, v7_3, Errno::enomem, O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F1"},
    {P::may_expand,       "F2",  v6_12, v7_3, Errno::enomem, O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F2"},
    {P::charge,           "F3",  v6_12, v7_3, Errno::enomem, O::kept, C::nothing, F::none_taken, R::none, false, "3.3 F3"},
    // From here on the old mappings are gone: a gap.
    {P::mmap_prepare,     "F4",  v6_16, v7_2, kHooks,        O::lost, C::pages,   F::none_taken, R::leaks, false, "3.3 F4, DELTA 6"},
    {P::mmap_prepare,     "F4",  v7_3,  v7_3, kHooks,        O::lost, C::gathered, F::none_taken, R::leaks, false, "DELTA 1.2 F4"},
    {P::action_prepare,   "F5",  v7_1,  v7_2, kHooks,        O::lost, C::pages,   F::none_taken, R::leaks, false, "3.3 F5, DELTA 6"},
    {P::action_prepare,   "F5",  v7_3,  v7_3, kHooks,        O::lost, C::gathered, F::none_taken, R::leaks, false, "DELTA 1.2 F5"},
    {P::vma_alloc,        "F6",  v6_12, v6_18, Errno::enomem, O::lost, C::gathered, F::none_taken, R::leaks, false, "3.3 F6"},
    {P::vma_alloc,        "F6",  v7_0,  v7_3, Errno::enomem, O::lost, C::gathered, F::none_taken, R::put,   false, "3.3 F6, DELTA 1.2"},
    {P::vma_prealloc,     "F7",  v6_12, v6_18, Errno::enomem, O::lost, C::gathered, F::none_taken, R::leaks, false, "3.3 F7"},
    {P::vma_prealloc,     "F7",  v7_0,  v7_3, Errno::enomem, O::lost, C::gathered, F::none_taken, R::put,   false, "3.3 F7, DELTA 1.2"},
    {P::mmap,             "F8",  v6_12, v6_18, kHooks,        O::lost, C::gathered, F::put, R::leaks,     false, "3.3 F8, DELTA 1.3"},
    {P::mmap,             "F8",  v7_0,  v7_3, kHooks,        O::lost, C::gathered, F::put, R::put_twice, false, "DELTA 0.12, 1.2 F8"},
    {P::shmem_setup,      "F9",  v6_12, v6_18, Errno::enomem, O::lost, C::gathered, F::none_taken, R::leaks, false, "3.3 F9"},
    {P::shmem_setup,      "F9",  v7_0,  v7_3, Errno::enomem, O::lost, C::gathered, F::none_taken, R::put,   false, "DELTA 1.2 F9"},
    // The new VMA stands and is unmapped again by the ordinary way.
    {P::action_complete,  "F10", v7_0,  v7_3, kHooks,        O::lost, C::nothing, F::by_unmap, R::by_unmap, true, "3.3 F10, DELTA 1.2"},
    {P::mapped,           "F10", v7_1,  v7_3, kHooks,        O::lost, C::nothing, F::by_unmap, R::by_unmap, true, "6.6, DELTA 3.1"},
};
// clang-format on

}  // namespace

std::span<const FailureRow> failure_table() { return kTable; }

const FailureRow& failure_row(FailPoint point, const Profile& profile) {
    for (const FailureRow& row : kTable) {
        const bool holds = row.since <= profile.version && profile.version <= row.until;
        if (row.point == point && holds) return row;
    }
    MMSIM_ASSERT(false && "a failure point of the mmap pipeline");
    return kTable[0];
}

}  // namespace mmsim
