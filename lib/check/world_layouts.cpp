// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/world_layouts.h"

#include <algorithm>
#include <string>

#include "check/layout_rows.h"
#include "mm/maps_line.h"

namespace mmsim {

namespace {

constexpr VmFlags kShownByMaps = kVmAccess | kVmMayShare;

// The bits that smaps prints.
VmFlags flags_with_code() {
    static const VmFlags flags = [] {
        VmFlags all;
        for (unsigned bit = 0; bit < 64; ++bit) {
            const auto vma_bit = static_cast<VmaBit>(bit);
            if (!vma_bit_code(vma_bit).empty()) all = all | VmFlags(vma_bit);
        }
        return all;
    }();
    return flags;
}

// The number of a file tells which it is, as both worlds open the same ones in the same order.
bool same_file(const World& old, FileId a, const World& now, FileId b) {
    if (!a || !b) return !a && !b;
    const File& x = old.files[a.index];
    const File& y = now.files[b.index];
    return x.serial == y.serial && x.internal == y.internal && x.deleted == y.deleted;
}

bool same_name(const MmInWorld& old, const Vma& a, const MmInWorld& now, const Vma& b) {
    const bool plain = !a.attr() && !b.attr();
    if (plain && same_file(old.world, a.file, now.world, b.file)) return true;
    return vma_name(old.world, old.mm, a) == vma_name(now.world, now.mm, b);
}

Likeness likeness(const MmInWorld& old, const Vma& a, const MmInWorld& now, const Vma& b) {
    const bool same_offset = !a.file || !b.file || a.pgoff == b.pgoff;
    const VmFlags differing{a.flags.bits ^ b.flags.bits};
    if (a.start != b.start || a.end != b.end || !same_offset || differing.any(kShownByMaps) ||
        !same_name(old, a, now, b)) {
        return Likeness::other_layout;
    }
    return differing.any(flags_with_code()) ? Likeness::other_flags : Likeness::same;
}

std::optional<MapsEntry> entry_of(const MmInWorld& side, const Vma* vma) {
    if (vma == nullptr) return std::nullopt;
    MapsParser parser;
    parser.add(maps_line(side.world, side.mm, *vma), 1);
    std::vector<MapsEntry> entries = parser.take();
    const auto codes = vma_bit_codes(vma->flags);
    entries.at(0).vm_flags.emplace(codes.begin(), codes.end());
    return entries[0];
}

std::vector<const Vma*> pointers(const VmaTree& tree) {
    std::vector<const Vma*> all;
    all.reserve(tree.size());
    for (auto at = tree.first(); at; at.next()) all.push_back(&*at);
    return all;
}

}  // namespace

Likeness compare_spaces(const MmInWorld& old, const MmInWorld& now,
                        const std::vector<VmRange>& ranges) {
    Likeness worst = Likeness::same;
    for (const VmRange& range : ranges) {
        auto a = old.mm.vmas.find(range.start());
        auto b = now.mm.vmas.find(range.start());
        for (;; a.next(), b.next()) {
            const bool more_a = a && a->start < range.end();
            const bool more_b = b && b->start < range.end();
            if (more_a != more_b) return Likeness::other_layout;
            if (!more_a) break;
            worst = std::max(worst, likeness(old, *a, now, *b));
            if (worst == Likeness::other_layout) return worst;
        }
    }
    return worst;
}

LayoutPicture draw_difference(const MmInWorld& old, const MmInWorld& now) {
    const auto pairs = pair_mappings(
        pointers(old.mm.vmas), pointers(now.mm.vmas),
        [&](const Vma& a, const Vma& b) { return likeness(old, a, now, b) == Likeness::same; });
    LayoutPicture picture;
    const std::vector<bool> shown = near_differences(pairs);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (!pairs[i].same) ++picture.differing;
        if (!shown[i]) continue;
        picture.rows.add_with(kLayoutRows, [&]() -> LayoutRow {
            return {entry_of(old, pairs[i].left), entry_of(now, pairs[i].right), pairs[i].same,
                    i != 0 && !shown[i - 1]};
        });
    }
    return picture;
}

}  // namespace mmsim
