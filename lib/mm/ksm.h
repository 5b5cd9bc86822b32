// SPDX-License-Identifier: GPL-2.0-or-later
// MERGEABLE, the mark of memory whose pages may be merged with equal ones: which memory can have
// it, and what gets it in a process that wants it for all. Rules 3.1 A, D, F-e; 5.5.
#pragma once

#include "mm/current.h"

namespace mmsim {

bool ksm_compatible(const World& world, VmFlags flags, FileId file);

// The flags of a new mapping: with MERGEABLE where the process wants it and the memory can have it.
VmFlags ksm_vma_flags(const Current& current, VmFlags flags, FileId file);

}  // namespace mmsim
