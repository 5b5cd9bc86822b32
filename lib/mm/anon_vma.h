// SPDX-License-Identifier: GPL-2.0-or-later
// anon_vmas and the chains by which VMAs hold them. Rules 4.1.1, 4.6, 5.9.
#pragma once

#include <cstdint>
#include <vector>

#include "base/cow_table.h"
#include "mm/vma.h"

namespace mmsim {

// Linux: struct anon_vma, as far as merging and reuse at fork look at it.
struct AnonVma {
    std::uint32_t links = 0;     // chains that hold it; freed at 0
    std::uint32_t active = 0;    // VMAs whose anon_vma it is
    std::uint32_t children = 0;  // anon_vmas whose parent it is, itself counted if it has none
    AnonVmaId parent;            // itself for a root
};

// Keeps the counts right as VMAs come and go. A VMA's chain is its anon_vma alone, or a listed
// chain when it inherited some over fork.
class AnonVmas {
public:
    // Links in the VMA's chain: 0 without an anon_vma.
    std::uint32_t chain_length(const Vma& vma) const;
    // It inherited its chain over fork: has an anon_vma and a chain that is not of length one.
    bool fork_child(const Vma& vma) const { return vma.anon_vma && chain_length(vma) != 1; }

    // Gives a VMA that has none a new anon_vma of its own. Linux: __anon_vma_prepare().
    void prepare(Vma& vma);
    // Gives a VMA that has none a neighbour's anon_vma (chain length one).
    void share(Vma& vma, AnonVmaId anon_vma);
    // dst takes src's anon_vma and a copy of its chain. REQUIRES: dst holds none
    void clone(Vma& dst, const Vma& src);
    // The child's VMA at fork. REQUIRES: dst holds none. Linux: anon_vma_fork().
    void fork(Vma& dst, const Vma& src);
    // The VMA goes, or is to count as never faulted. Linux: unlink_anon_vmas().
    void unlink(Vma& vma);

    std::uint32_t live() const { return anon_vmas_.live(); }

private:
    using Chain = std::vector<AnonVmaId>;
    Chain links_of(const Vma& vma) const;
    void hold(AnonVmaId id) { ++anon_vmas_.edit(id.index).links; }
    void drop(AnonVmaId id);

    CowTable<AnonVma> anon_vmas_;
    CowTable<Chain> chains_;
};

}  // namespace mmsim
