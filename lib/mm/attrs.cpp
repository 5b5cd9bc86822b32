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
    return {entries_.add(attrs)};
}

}  // namespace mmsim
