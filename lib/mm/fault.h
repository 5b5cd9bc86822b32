// SPDX-License-Identifier: GPL-2.0-or-later
// What page faults do to VMAs. Rules 4.6, 5.8, E3 to E7.
#pragma once

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

// Gives the VMA an anon_vma unless it has one: a neighbour's where the rules let two VMAs share,
// the one above asked first, else a new one. Updates the tree and `vma`. Rule 4.6
void anon_vma_prepare(Current& current, Vma& vma);

enum class PopulateErrors : std::uint8_t { stop, ignore };

// Faults in the pages of a range as the kernel itself does, VMA by VMA. Gaps are passed over.
// Errors: EFAULT for a VMA without any access, when errors stop it. Rule E4
Result<> mm_populate(Current& current, VmRange range, PopulateErrors errors);

// MADV_POPULATE_READ and _WRITE. Rule E4
Result<> madvise_populate(Current& current, VmRange range, bool write);

// Grows the stack whose VMA is the first above `page` down to it. False: there is no stack, or it
// may not grow so far. Rule 5.8
bool expand_downwards(Current& current, Vpn page);

}  // namespace mmsim
