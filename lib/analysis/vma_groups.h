// SPDX-License-Identifier: GPL-2.0-or-later
// The VMAs of final layouts counted by what they have in common: what "--by", the folded stacks and
// the causes of fragmentation are made of.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "analysis/origins.h"
#include "analysis/words.h"
#include "mm/merge.h"
#include "mm/world.h"

namespace mmsim {

// Who made something: a call of this run, or nobody in it. Free of the run it is taken from.
struct Maker {
    std::uint64_t event = 0, line = 0;  // 0: it was there before
    std::int64_t tid = 0;
    MmOp op{};
    WordId path = 0;   // what the mapping shows in maps
    WordId site = 0;   // call site; 0: the trace has no stacks
    WordId stack = 0;  // all frames, innermost first, each ended by '\n'

    bool known() const { return event != 0; }
};

// The innermost frame that is no part of the C library or the dynamic loader, without its address;
// where all are, the innermost.
std::string_view call_site(std::string_view stack);

// Looks up who made what, for one layout at one moment.
class Makers {
public:
    // REQUIRES: both outlive it; files keep their names meanwhile
    Makers(const Origins& origins, Words& words) : origins_(origins), words_(words) {}

    Words& words() { return words_; }
    WordId path_of(const World& world, const Mm& mm, const Vma& vma);
    Maker of_vma(const Vma& vma, WordId path) { return maker(vma.start_by, path); }
    // REQUIRES: the VMAs touch, left below right
    Maker of_boundary(const World& world, const Mm& mm, const Vma& left, const Vma& right);

private:
    Maker maker(std::uint32_t stamp, WordId path);

    const Origins& origins_;
    Words& words_;
    std::unordered_map<std::uint64_t, WordId> paths_;  // of files, by file and attributes
    std::unordered_map<std::uint32_t, std::pair<WordId, WordId>> stacks_;  // site, all frames
};

struct VmaKey {
    std::int64_t pid = 0, tid = 0;
    WordId path = 0, driver = 0, site = 0, stack = 0;
    bool made = false;  // by a call of this run: by `op`
    MmOp op{};
    std::uint64_t perms = 0;  // the bits that maps prints as rwxs
    // Of the boundary with the VMA below it.
    bool touches = false;
    std::uint16_t barriers = 0;
    bool boundary_made = false;
    MmOp boundary_op{};
    WordId boundary_path = 0, boundary_site = 0;

    friend auto operator<=>(const VmaKey&, const VmaKey&) = default;
};
struct VmaCounts {
    std::uint64_t vmas = 0;
    Pages pages;
};

class VmaGroups {
public:
    // So many different ones are told apart; the rest count as one that says nothing.
    static constexpr std::size_t kMost = 100'000;

    void add(const VmaKey& key, const VmaCounts& counts) {
        auto place = groups_.find(key);
        if (place == groups_.end()) {
            place = groups_.try_emplace(groups_.size() < kMost ? key : VmaKey{}).first;
        }
        place->second.vmas += counts.vmas;
        place->second.pages += counts.pages;
    }
    void add(const VmaGroups& other) {
        for (const auto& [key, counts] : other.groups_) add(key, counts);
    }
    const std::map<VmaKey, VmaCounts>& all() const { return groups_; }

private:
    std::map<VmaKey, VmaCounts> groups_;
};

}  // namespace mmsim
