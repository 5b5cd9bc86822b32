// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/attrs.h"

namespace mmsim {
namespace {

const VmaAttrs kNothingSpecial;

}  // namespace

const VmaAttrs& AttrTable::operator[](AttrId id) const {
    return id ? entries_[id.index] : kNothingSpecial;
}

AttrId AttrTable::intern(const VmaAttrs& attrs) {
    if (attrs == kNothingSpecial) return {};
    // Few distinct sets live at a time; the newest are asked for most.
    for (std::uint32_t i = entries_.bound(); i-- > 1;) {
        if (entries_[i] == attrs) return {i};
    }
    ++version_;
    return {entries_.add(attrs)};
}

void AttrTable::sweep(const std::vector<bool>& in_use) {
    for (std::uint32_t i = 1; i < entries_.bound(); ++i) {
        if (!in_use[i] && entries_[i] != kNothingSpecial) entries_.remove(i);
    }
    ++version_;
    sweep_at_ = std::max(kSweepAt, 2 * size());
}

}  // namespace mmsim
