// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/unseen_image.h"

#include <algorithm>
#include <utility>

#include "replay/initial_maps.h"

namespace mmsim {
namespace {

using Entries = std::vector<MapsEntry>;

bool same_file(const MapsEntry& a, const MapsEntry& b) {
    return a.path == b.path && a.inode == b.inode && a.device == b.device;
}

// The touching mappings around [vdso] that are the kernel's or the loader's.
Entries loader_block(const Entries& layout) {
    const auto vdso = std::ranges::find(layout, "[vdso]", &MapsEntry::path);
    if (vdso == layout.end()) return {};
    const MapsEntry* file = nullptr;
    const auto belongs = [&](const MapsEntry& entry) {
        if (is_special(entry)) return true;
        if (!has_path(entry) || (file != nullptr && !same_file(entry, *file))) return false;
        file = &entry;
        return true;
    };
    auto begin = vdso;
    while (begin != layout.begin() && std::prev(begin)->end == begin->start &&
           belongs(*std::prev(begin))) {
        --begin;
    }
    auto end = std::next(vdso);
    while (end != layout.end() && end->start == std::prev(end)->end && belongs(*end)) ++end;
    return {begin, end};
}

// The mappings of the file that `layout[at]` maps, and the zeroed memory that ends them.
Entries program_block(const Entries& layout, std::size_t at) {
    Entries block{layout[at]};
    while (++at < layout.size() && layout[at].start == block.back().end &&
           (same_file(layout[at], block.front()) || layout[at].path.empty())) {
        block.push_back(layout[at]);
    }
    return block;
}

}  // namespace

ImageBlock::ImageBlock(Entries entries) : entries_(std::move(entries)) {
    const auto data = std::ranges::find_if(entries_, [](const MapsEntry& entry) {
        return has_path(entry) && entry.writable && !entry.shared;
    });
    data_ = static_cast<std::size_t>(data - entries_.begin());
}

Entries ImageBlock::with_data_at(std::uint64_t addr, std::uint64_t length) const {
    if (data_ == entries_.size()) return {};
    const MapsEntry& data = entries_[data_];
    if (length > data.end - data.start || addr < data.start - entries_.front().start) return {};
    Entries moved = entries_;
    for (MapsEntry& entry : moved) {
        entry.start += addr - data.start;  // wraps for a move downwards
        entry.end += addr - data.start;
    }
    return moved;
}

void ImageShapes::learn(const Entries& layout) {
    const Entries loader = loader_block(layout);
    const auto is_program = [&](const MapsEntry& entry) {
        return has_path(entry) && std::ranges::none_of(loader, [&](const MapsEntry& other) {
                   return same_file(entry, other);
               });
    };
    const auto program = std::ranges::find_if(layout, is_program);
    if (program != layout.end()) {
        const auto at = static_cast<std::size_t>(program - layout.begin());
        program_ = ImageBlock(program_block(layout, at));
    }
    loader_ = ImageBlock(loader);
}

Entries ImageShapes::shown_by(const UnseenImage& image, std::uint64_t addr,
                              std::uint64_t length) const {
    Entries found = loader_.with_data_at(addr, length);
    const bool touches =
        !found.empty() && image.first_end != 0 &&
        (found.front().start == image.first_end || found.back().end == image.first_start);
    if (touches) return found;
    if (image.program.empty() || image.program != program_name_) return {};
    return program_.with_data_at(addr, length);
}

}  // namespace mmsim
