// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_errno.h"

#include <algorithm>

namespace mmsim {

namespace {

using P = FailPoint;
using I = FaultAnswer::Instead;

constexpr FaultAnswer kAnswers[] = {
    {MmOp::madvise, std::nullopt, I::eagain, "5.5"},
    {MmOp::prctl, std::nullopt, I::eagain, "5.5"},
    {MmOp::mlock, std::nullopt, I::eagain, "5.6"},
    {MmOp::brk, std::nullopt, I::old_break, "5.4"},
    {MmOp::mmap, P::action_complete, I::drivers_own, "6.5"},
    {MmOp::mmap, P::mapped, I::drivers_own, "6.6"},
    {MmOp::mmap, P::merge_prealloc, I::goes_on, "4.2"},
    {MmOp::mmap, P::merge_anon_clone, I::goes_on, "4.2"},
    {MmOp::mremap, P::merge_prealloc, I::goes_on, "4.4"},
    {MmOp::mremap, P::merge_anon_clone, I::goes_on, "4.4"},
    {MmOp::mremap, P::mremap_unmap, I::leaves_it, "5.3"},
    {MmOp::mremap, P::gather_limit, I::leaves_it, "5.3"},
    {MmOp::mremap, P::gather_sealed, I::leaves_it, "5.3"},
    {MmOp::mremap, P::split_may_split, I::leaves_it, "5.3"},
    {MmOp::mremap, P::split_alloc, I::leaves_it, "5.3"},
    {MmOp::mremap, P::split_prealloc, I::leaves_it, "5.3"},
    {MmOp::mremap, P::munmap_prealloc, I::leaves_it, "5.3"},
    {MmOp::shm, P::gather_sealed, I::leaves_it, "E10"},
    {MmOp::shm, P::munmap_prealloc, I::leaves_it, "E10"},
};

}  // namespace

std::span<const FaultAnswer> fault_answers() { return kAnswers; }

bool answer_is_documented(MmOp op, FailPoint point, Errno failure, Errno answer) {
    // What becomes of memory that a hook did not get is the hook's own affair.
    if (answer == failure || point == P::kmalloc) return true;
    return std::ranges::any_of(kAnswers, [&](const FaultAnswer& row) {
        if (row.op != op || (row.point && *row.point != point)) return false;
        switch (row.instead) {
            case I::eagain:
                return failure == Errno::enomem && answer == Errno::eagain;
            case I::drivers_own:
                return answer != Errno::ok;
            case I::old_break:
            case I::goes_on:
            case I::leaves_it:
                return answer == Errno::ok;
        }
        return false;
    });
}

bool may_leave_mapped(MmOp op, FailPoint point) {
    return std::ranges::any_of(kAnswers, [&](const FaultAnswer& row) {
        return row.op == op && row.point == point && row.instead == I::leaves_it;
    });
}

}  // namespace mmsim
