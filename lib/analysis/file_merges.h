// SPDX-License-Identifier: GPL-2.0-or-later
// How often VMAs of a file merged, by the path of the file.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/words.h"
#include "mm/world.h"

namespace mmsim {

class FileMerges {
public:
    void add(const World& world, FileId file) {
        if (!file) return;
        if (file.index >= slots_.size()) slots_.resize(file.index + std::size_t{1});
        Slot& slot = slots_[file.index];
        const File& f = world.files[file.index];
        if (slot.serial != f.serial || slot.internal != f.internal) [[unlikely]]
            name(slot, f);
        ++counts_[slot.path];
    }

    // By WordId of paths().
    const std::vector<std::uint64_t>& counts() const { return counts_; }
    const Words& paths() const { return paths_; }

private:
    struct Slot {
        std::uint64_t serial = 0;
        bool internal = false;
        WordId path = 0;
    };
    void name(Slot& slot, const File& file);

    std::vector<Slot> slots_;  // by FileId::index, of the file that was there last
    Words paths_;              // as many as there are different ones, up to kListCap
    std::vector<std::uint64_t> counts_{0};
};

}  // namespace mmsim
