// SPDX-License-Identifier: GPL-2.0-or-later
// One mremap on its way: what is asked, and the move that most of its cases end in. Rule 5.3.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/linux_abi.h"
#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

// Linux: struct vma_remap_struct. Lengths are whole pages; old may be none (a second mapping of
// shared memory).
struct Remap {
    Vpn addr;
    Pages old_pages;
    Pages new_pages;
    std::uint64_t flags = 0;
    Vpn new_addr;
    bool new_addr_in_page = false;  // it is not where a page begins
    std::optional<std::uint64_t> placed_at = {};

    bool fixed() const { return (flags & kMremapFixed) != 0; }
    bool dont_unmap() const { return (flags & kMremapDontUnmap) != 0; }
    bool may_move() const { return (flags & kMremapMayMove) != 0; }
    bool implies_new_addr() const { return fixed() || dont_unmap(); }
    bool grows() const { return new_pages > old_pages; }
    bool shrinks() const { return new_pages < old_pages; }
    VmRange old_range() const { return {addr, old_pages}; }
};

// Unmaps a range whose mappings no error brings back, and adds what was mapped there to `lost`.
Result<> unmap_for_good(Current& current, VmRange range, std::vector<VmRange>& lost);

// Chooses where the mapping goes, as mmap would, or takes new_addr for MREMAP_FIXED.
Result<Vpn> choose_new_address(Current& current, const Remap& remap, const Vma& vma);

// Copies the VMA, moves its pages, removes the source. Returns the new address. Errors: ENOMEM,
// may_split's, mremap's.
Result<Vpn> move_vma(Current& current, const Remap& remap, const Vma& vma);

}  // namespace mmsim
