// SPDX-License-Identifier: GPL-2.0-or-later
// The two halves of an unmap: cut the edges and count, then remove. Rules 3.2, 5.1.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

// What lies in a range that is about to be unmapped. Linux: struct vma_munmap_struct.
struct Gathered {
    std::optional<VmRange> range;  // nullopt: nothing lies there
    std::uint64_t vmas = 0;
    Pages pages, locked, accounted;
    Pages exec_vm, stack_vm, data_vm;
    bool closes = false;  // one of them has a close hook
    unsigned edge_splits = 0;
    FailPoint failed_at{};  // where gather() gave up
};

// The parts of a range that are mapped, in ascending order; touching ones are joined.
std::vector<VmRange> mapped_parts(const VmaTree& vmas, VmRange range);

// Cuts the VMAs that reach over an edge of the range and counts what lies inside. The VMAs stay in
// the tree. Errors: EPERM (sealed), ENOMEM (limit, allocation), may_split's; splits made before an
// error stay, and `gathered` says how many.
Result<> gather(Current& current, VmRange range, Gathered& gathered);

// The point of no return: pages are cleared, close hooks run, the VMAs leave the tree. Counters
// still include them.
void clean_up_area(Current& current, const Gathered& gathered);

// Finishes the counters. `uncharge_accounted`: give back the commit charge of ACCOUNT VMAs.
void complete_munmap(Current& current, const Gathered& gathered, bool uncharge_accounted = true);

// All of it for one range. `keep_charge`: mremap moves the charge along. Rule 5.1
Result<> do_munmap(Current& current, VmRange range, bool keep_charge = false);

}  // namespace mmsim
