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

// VMAs are about to go; when they have, and with them a driver's last one, what it still counts is
// leaked.
class DepartingVmas {
public:
    void add(const World& world, const Vma& vma);
    void tell_unreturned(Current& current) const;

private:
    std::vector<DriverId> drivers_;  // of those that count something, each once
};

}  // namespace mmsim
