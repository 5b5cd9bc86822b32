// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of an address space that MADV_GUARD_INSTALL guards. Rule E5
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/page.h"

namespace mmsim {

// Pages whose every access is refused. They belong to page tables, not to VMAs: mremap takes them
// along, unmapping forgets them, and cutting and merging do not see them. Copies share their
// memory until one of them changes.
class GuardPages {
public:
    bool empty() const { return ranges_ == nullptr || ranges_->empty(); }
    std::optional<Vpn> first_in(VmRange range) const;

    void add(VmRange range);
    void remove(VmRange range);
    // Those in `from` go to the range of that length that begins at `to`.
    void move(VmRange from, Vpn to);
    // Adds those that another address space has in the range.
    void copy(const GuardPages& other, VmRange range);

private:
    using Ranges = std::map<Vpn, Vpn>;  // from start to end; no two overlap or touch

    std::vector<VmRange> parts_in(VmRange range) const;
    Ranges& edit();

    std::shared_ptr<Ranges> ranges_;  // null: none
};

}  // namespace mmsim
