// SPDX-License-Identifier: GPL-2.0-or-later
// Where events have changed a layout: the places in which a comparison has to look.
#pragma once

#include <vector>

#include "mm/event.h"
#include "mm/vma_tree.h"

namespace mmsim {

class Touched {
public:
    void on_event(MmOp op, const Event& event);
    void add(Vpn start, Vpn end) {
        if (start < end) ranges_.push_back({start, end});
    }
    void add(const Touched& other) {
        ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
    }
    static Touched everything();

    bool empty() const { return ranges_.empty(); }
    void clear() { ranges_.clear(); }

    // Ascending and apart from each other, so wide that no VMA of either layout reaches over an
    // edge.
    std::vector<VmRange> places(const VmaTree& one, const VmaTree& other) const;

private:
    std::vector<VmRange> ranges_;
};

}  // namespace mmsim
