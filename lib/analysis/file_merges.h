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
        const File& f = world.files[file.index];
        if (file.index >= slots_.size() || !slots_[file.index].is_of(f)) [[unlikely]]
            name(file, f);
        ++counts_[slots_[file.index].path];
    }

    // By WordId of paths().
    const std::vector<std::uint64_t>& counts() const { return counts_; }
    const Words& paths() const { return paths_; }

private:
    struct Slot {
        std::uint64_t serial = 0;
        bool internal = false;
        WordId path = 0;

        bool is_of(const File& file) const {
            return serial == file.serial && internal == file.internal;
        }
    };
    [[gnu::noinline]] void name(FileId id, const File& file);

    std::vector<Slot> slots_;  // by FileId::index, of the file that was there last
    Words paths_;              // as many as there are different ones, up to kListCap
    std::vector<std::uint64_t> counts_{0};
};

}  // namespace mmsim
