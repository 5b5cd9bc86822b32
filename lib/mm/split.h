// SPDX-License-Identifier: GPL-2.0-or-later
// Cutting a VMA in two. Rule 4.7.
#pragma once

#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

enum class NewPiece : std::uint8_t { below, above };

// Cuts `vma` at `at` without asking for the VMA-count limit; the piece named is the new VMA, the
// other keeps the identity. `vma` becomes the part that keeps it. Errors: may_split's, ENOMEM.
// REQUIRES: vma is in the tree and at lies strictly inside
Result<> split_vma_unlimited(Current& current, Vma& vma, Vpn at, NewPiece piece);

// The same with the test of map_count against the limit first: ENOMEM.
Result<> split_vma(Current& current, Vma& vma, Vpn at, NewPiece piece);

}  // namespace mmsim
