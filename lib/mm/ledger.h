// SPDX-License-Identifier: GPL-2.0-or-later
// The books of the references that drivers count by name. One that a hook took for a mapping must
// belong to a VMA afterwards, whose close drops it; else it is leaked. Rules 3.5, 6.6.
//
// Costs nothing where no hook takes or drops any.
#pragma once

#include <vector>

#include "mm/current.h"

namespace mmsim {

// From here on hooks work for one new mapping.
void open_books(World& world);

// The new mapping became part of another VMA: what its hooks took belongs to nobody.
void tell_references_merged(Current& current);

// It failed at `report.point`, and all that the kernel undoes is undone: what its hooks took and
// have not dropped since belongs to nobody.
void tell_references_failed(Current& current, CallUnwound& report);

// It stands, with the vm_ops of `vma`: what hooks of other drivers took below a stacked one has
// nobody to drop it.
void tell_references_stacked(Current& current, const Vma& vma);

// A reference on a file that is nobody's any more.
void tell_file_leaked(Current& current, Leaked leak);

// More, or fewer, VMAs with these vm_ops are known to the hooks of their driver. Rule 9.17
void count_known(World& world, VmOps ops, std::int64_t by);

// A VMA changes its vm_ops, and its old ones never hear of its end.
void move_known(World& world, VmOps from, VmOps to);

// What a driver without VMAs still counts, or has given back too often, and what was not told yet.
std::vector<ReferenceChange> unreturned(const World& world, DriverId driver);

// VMAs are about to go, closed already; when they have, and with them a driver's last one, what it
// still counts is leaked. What it gave back too often is told at once.
class DepartingVmas {
public:
    void add(const World& world, const Vma& vma);
    void tell_unbalanced(Current& current) const;

private:
    void add(const World& world, DriverId driver);

    std::vector<DriverId> drivers_;  // of those that count something, each once
};

}  // namespace mmsim
