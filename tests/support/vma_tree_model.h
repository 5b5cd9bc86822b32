// SPDX-License-Identifier: GPL-2.0-or-later
// A model of the VMA tree that is too simple to be wrong, a std::map from start to VMA, and the
// tree beside it. Its checks are doctest's: whoever includes this has included that before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "mm/vma_tree.h"

namespace mmsim::test {

inline Vma make_vma(std::uint64_t start, std::uint64_t end, std::uint32_t id = 1) {
    Vma vma;
    vma.start = Vpn{start};
    vma.end = Vpn{end};
    vma.pgoff = Pgoff{start * 3};
    vma.anon_pgoff = Pgoff{start};
    vma.id = VmaId{id};
    return vma;
}

inline bool same(const Vma& a, const Vma& b) {
    return a.start == b.start && a.end == b.end && a.pgoff == b.pgoff &&
           a.anon_pgoff == b.anon_pgoff && a.id == b.id && a.start_by == b.start_by &&
           a.touch_by == b.touch_by;
}

// What the tree should hold.
class VmaTreeModel {
public:
    bool free(std::uint64_t start, std::uint64_t end) const {
        const auto above = vmas_.lower_bound(end);
        return above == vmas_.begin() || std::prev(above)->second.end.index <= start;
    }
    void insert(const Vma& vma) { vmas_.emplace(vma.start.index, vma); }
    void erase(std::uint64_t start) { vmas_.erase(start); }
    void split(const Vma& lower, const Vma& upper) {
        vmas_.at(lower.start.index) = lower;
        insert(upper);
    }
    void touched(std::uint64_t at, std::uint32_t by) {
        const auto above = vmas_.find(at);
        if (above != vmas_.end()) above->second.touch_by = by;
    }
    void move_edge(std::uint64_t from, Vpn to, std::uint32_t by) {
        const auto above = vmas_.find(from);
        std::prev(above)->second.end = to;
        Vma moved = above->second;
        moved.move_start(to);
        moved.start_by = moved.touch_by = by;
        vmas_.erase(above);
        insert(moved);
    }
    // Widens the range so that no VMA reaches over an edge.
    std::pair<std::uint64_t, std::uint64_t> whole(std::uint64_t start, std::uint64_t end) const {
        const Vma* first = find(start);
        if (first != nullptr && first->start.index < end)
            start = std::min(start, first->start.index);
        const Vma* last = below(end);
        if (last != nullptr) end = std::max(end, last->end.index);
        return {start, end};
    }
    void erase_range(std::uint64_t start, std::uint64_t end) {
        vmas_.erase(vmas_.lower_bound(start), vmas_.lower_bound(end));
    }
    const Vma* find(std::uint64_t page) const {
        auto it = vmas_.upper_bound(page);
        if (it != vmas_.begin() && std::prev(it)->second.end.index > page) --it;
        return it == vmas_.end() ? nullptr : &it->second;
    }
    const Vma* below(std::uint64_t page) const {
        const auto it = vmas_.lower_bound(page);
        return it == vmas_.begin() ? nullptr : &std::prev(it)->second;
    }
    const Vma* any(std::mt19937_64& random) const {
        if (vmas_.empty()) return nullptr;
        return find(random() % vmas_.rbegin()->second.end.index);
    }
    std::vector<VmRange> gaps(VmRange window) const {
        std::vector<VmRange> gaps;
        Vpn from = window.start();
        for (const auto& [start, vma] : vmas_) {
            const Vpn to = std::min(vma.start, window.end());
            if (from < to) gaps.emplace_back(from, to);
            from = std::max(from, vma.end);
        }
        if (from < window.end()) gaps.emplace_back(from, window.end());
        return gaps;
    }
    std::optional<VmRange> lowest_gap(Pages need, VmRange window) const {
        for (const VmRange gap : gaps(window)) {
            if (gap.pages() >= need) return gap;
        }
        return std::nullopt;
    }
    std::optional<VmRange> highest_gap(Pages need, VmRange window) const {
        std::optional<VmRange> highest;
        for (const VmRange gap : gaps(window)) {
            if (gap.pages() >= need) highest = gap;
        }
        return highest;
    }
    const std::map<std::uint64_t, Vma>& vmas() const { return vmas_; }

private:
    std::map<std::uint64_t, Vma> vmas_;
};

inline bool same(const Vma* in_tree, const Vma* in_model) {
    if (in_tree == nullptr || in_model == nullptr) return in_tree == in_model;
    return same(*in_tree, *in_model);
}
inline const Vma* at(const VmaTree::Cursor& cursor) { return cursor ? &*cursor : nullptr; }

inline bool walks_up_as(const VmaTree& tree, const VmaTreeModel& model) {
    auto cursor = tree.first();
    for (const auto& [start, vma] : model.vmas()) {
        if (!same(at(cursor), &vma)) return false;
        cursor.next();
    }
    return !cursor && !cursor.next();
}

inline bool walks_down_as(const VmaTree& tree, const VmaTreeModel& model) {
    auto cursor = tree.end();
    for (auto it = model.vmas().rbegin(); it != model.vmas().rend(); ++it) {
        if (!cursor.prev() || !same(at(cursor), &it->second)) return false;
    }
    return !cursor.prev() && bool(cursor) != model.vmas().empty();
}

inline void check_contents(const VmaTree& tree, const VmaTreeModel& model) {
    tree.check();
    REQUIRE_EQ(tree.size(), model.vmas().size());
    REQUIRE(walks_up_as(tree, model));
    REQUIRE(walks_down_as(tree, model));
}

// A tree and its model, changed and questioned together at random.
class TreeAndModel {
public:
    explicit TreeAndModel(std::uint64_t space) : space_(space) {}

    void insert(std::mt19937_64& random) {
        const auto [start, end] = any_range(random, 5);
        if (!model_.free(start, end)) return;
        const Vma vma = make_vma(start, end, ++id_);
        tree_.insert(vma);
        model_.insert(vma);
    }
    // Half of the time near the old range: grown, shrunk, moved a little.
    void assign(std::mt19937_64& random) {
        const Vma* old = model_.any(random);
        if (old == nullptr) return;
        const std::uint64_t at = old->start.index;
        auto [start, end] = any_range(random, 5);
        if (random() % 2 == 0) {
            start = at + random() % 5 - std::min<std::uint64_t>(at, 2);
            end = start + 1 + random() % 6;
        }
        const Vma saved = *old;
        model_.erase(at);
        const bool fits = model_.free(start, end);
        const Vma vma = fits ? make_vma(start, end, ++id_) : make_vma(at, saved.end.index, ++id_);
        tree_.assign(Vpn{at}, vma);
        model_.insert(vma);
    }
    void move_edge(std::mt19937_64& random) {
        const Vma* below = model_.any(random);
        if (below == nullptr) return;
        const Vma* above = model_.find(below->end.index);
        if (above == nullptr || above->start != below->end) return;
        const Vpn from = above->start;
        const std::uint64_t places = (above->end - below->start).count - 1;
        const Vpn to{below->start.index + 1 + random() % places};
        if (to == from) return;
        ++id_;
        tree_.move_edge(from, to, id_);
        model_.move_edge(from.index, to, id_);
    }
    // Also where no VMA starts.
    void touch(std::mt19937_64& random) {
        const Vma* vma = model_.any(random);
        if (vma == nullptr) return;
        const Vpn at = random() % 2 == 0 ? vma->start : vma->end;
        ++id_;
        tree_.touched(at, id_);
        model_.touched(at.index, id_);
    }
    void split(std::mt19937_64& random) {
        const Vma* vma = model_.any(random);
        if (vma == nullptr || vma->pages() == Pages{1}) return;
        const Vpn at = vma->start + Pages{1 + random() % (vma->pages().count - 1)};
        const Vma lower = make_vma(vma->start.index, at.index, ++id_);
        const Vma upper = make_vma(at.index, vma->end.index, ++id_);
        tree_.split(lower, upper);
        model_.split(lower, upper);
    }
    void erase(std::mt19937_64& random) {
        const Vma* old = model_.any(random);
        if (old == nullptr) return;
        const Vpn start = old->start;
        tree_.erase(start);
        model_.erase(start.index);
    }
    void erase_range(std::mt19937_64& random, std::uint64_t longest) {
        const auto [from, to] = any_range(random, longest);
        const auto [start, end] = model_.whole(from, to);
        tree_.erase_range({Vpn{start}, Vpn{end}});
        model_.erase_range(start, end);
    }
    void clear() {
        tree_.clear();
        model_ = VmaTreeModel{};
    }

    void ask_finds(std::mt19937_64& random) const {
        const std::uint64_t page = random() % (space_ + 8);
        const Vma* found = model_.find(page);
        REQUIRE(same(tree_.find_vma(Vpn{page}), found));
        REQUIRE(same(tree_.find_below(Vpn{page}), model_.below(page)));
        auto cursor = tree_.find(Vpn{page});
        REQUIRE(same(at(cursor), found));
        const Vma* below = model_.below(found == nullptr ? space_ * 2 : found->start.index);
        REQUIRE_EQ(cursor.prev(), below != nullptr);
        REQUIRE(same(at(cursor), below == nullptr ? found : below));
    }
    void ask_gaps(std::mt19937_64& random) const {
        const auto [from, to] = any_range(random, space_ + 8);
        const VmRange window{Vpn{from}, Vpn{to}};
        const Pages need{1 + random() % (1 + random() % 24)};
        REQUIRE_EQ(tree_.highest_gap(need, window), model_.highest_gap(need, window));
        REQUIRE_EQ(tree_.lowest_gap(need, window), model_.lowest_gap(need, window));
    }

    const VmaTree& tree() const { return tree_; }
    const VmaTreeModel& model() const { return model_; }

private:
    std::pair<std::uint64_t, std::uint64_t> any_range(std::mt19937_64& random,
                                                      std::uint64_t longest) const {
        const std::uint64_t start = random() % space_;
        return {start, start + 1 + random() % longest};
    }

    std::uint64_t space_;
    std::uint32_t id_ = 0;
    VmaTree tree_;
    VmaTreeModel model_;
};

// Out of 100 changes, how many of which kind; the rest are ranges erased.
struct Mix {
    unsigned inserts;
    unsigned assigns;
    unsigned edges;
    unsigned erases;
};
inline constexpr Mix kGrowing{65, 15, 10, 9};
inline constexpr Mix kShrinking{20, 15, 10, 52};

inline void change(TreeAndModel& pair, std::mt19937_64& random, const Mix& mix,
                   std::uint64_t longest) {
    auto kind = static_cast<unsigned>(random() % 100);
    const auto is = [&kind](unsigned share) {
        if (kind < share) return true;
        kind -= share;
        return false;
    };
    if (is(mix.inserts)) {
        pair.insert(random);
    } else if (is(mix.assigns)) {
        pair.assign(random);
    } else if (is(mix.edges)) {
        pair.move_edge(random);
        pair.split(random);
        pair.touch(random);
    } else if (is(mix.erases)) {
        pair.erase(random);
    } else {
        pair.erase_range(random, longest);
    }
}

inline std::vector<std::uint64_t> shuffled(std::uint64_t count, std::uint64_t seed) {
    std::vector<std::uint64_t> order(count);
    for (std::uint64_t i = 0; i < count; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
    return order;
}

}  // namespace mmsim::test
