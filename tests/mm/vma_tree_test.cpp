// SPDX-License-Identifier: GPL-2.0-or-later
// The tree against a model that is too simple to be wrong: a std::map from start to VMA.
#include "mm/vma_tree.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace mmsim {
namespace {

Vma make_vma(std::uint64_t start, std::uint64_t end, std::uint32_t id = 1) {
    Vma vma;
    vma.start = Vpn{start};
    vma.end = Vpn{end};
    vma.pgoff = Pgoff{start * 3};
    vma.id = VmaId{id};
    return vma;
}

bool same(const Vma& a, const Vma& b) {
    return a.start == b.start && a.end == b.end && a.pgoff == b.pgoff && a.id == b.id;
}

// What the tree should hold.
class Model {
public:
    bool free(std::uint64_t start, std::uint64_t end) const {
        const auto above = vmas_.lower_bound(end);
        return above == vmas_.begin() || std::prev(above)->second.end.index <= start;
    }
    void insert(const Vma& vma) { vmas_.emplace(vma.start.index, vma); }
    void erase(std::uint64_t start) { vmas_.erase(start); }
    // Widens the range so that no VMA reaches over an edge.
    std::pair<std::uint64_t, std::uint64_t> whole(std::uint64_t start, std::uint64_t end) const {
        for (const auto& [at, vma] : vmas_) {
            if (at >= end || vma.end.index <= start) continue;
            start = std::min(start, at);
            end = std::max(end, vma.end.index);
        }
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
        return &std::next(vmas_.begin(), static_cast<long>(random() % vmas_.size()))->second;
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

void check_same(const Vma* in_tree, const Vma* in_model) {
    REQUIRE_EQ(in_tree == nullptr, in_model == nullptr);
    if (in_tree != nullptr) REQUIRE(same(*in_tree, *in_model));
}

// Walks up and down and compares every record.
void check_contents(const VmaTree& tree, const Model& model) {
    tree.check();
    REQUIRE_EQ(tree.size(), model.vmas().size());
    auto cursor = tree.first();
    for (const auto& [start, vma] : model.vmas()) {
        REQUIRE(bool(cursor));
        REQUIRE(same(*cursor, vma));
        cursor.next();
    }
    REQUIRE_FALSE(bool(cursor));
    REQUIRE_FALSE(cursor.next());
    for (auto it = model.vmas().rbegin(); it != model.vmas().rend(); ++it) {
        REQUIRE(cursor.prev());
        REQUIRE(same(*cursor, it->second));
    }
    REQUIRE_FALSE(cursor.prev());
    REQUIRE_EQ(bool(cursor), !model.vmas().empty());
}

// A tree and its model, changed and questioned together at random.
class Pair {
public:
    explicit Pair(std::uint64_t space) : space_(space) {}

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
        model_ = Model{};
    }

    void ask_finds(std::mt19937_64& random) const {
        const std::uint64_t page = random() % (space_ + 8);
        check_same(tree_.find_vma(Vpn{page}), model_.find(page));
        check_same(tree_.find_below(Vpn{page}), model_.below(page));
        auto cursor = tree_.find(Vpn{page});
        check_same(cursor ? &*cursor : nullptr, model_.find(page));
        const Vma* found = model_.find(page);
        const Vma* below = model_.below(found == nullptr ? space_ * 2 : found->start.index);
        REQUIRE_EQ(cursor.prev(), below != nullptr);
        check_same(cursor ? &*cursor : nullptr, below == nullptr ? found : below);
    }
    void ask_gaps(std::mt19937_64& random) const {
        const auto [from, to] = any_range(random, space_ + 8);
        const VmRange window{Vpn{from}, Vpn{to}};
        const Pages need{1 + random() % (1 + random() % 24)};
        REQUIRE_EQ(tree_.highest_gap(need, window), model_.highest_gap(need, window));
        REQUIRE_EQ(tree_.lowest_gap(need, window), model_.lowest_gap(need, window));
    }

    const VmaTree& tree() const { return tree_; }
    const Model& model() const { return model_; }

private:
    std::pair<std::uint64_t, std::uint64_t> any_range(std::mt19937_64& random,
                                                      std::uint64_t longest) const {
        const std::uint64_t start = random() % space_;
        return {start, start + 1 + random() % longest};
    }

    std::uint64_t space_;
    std::uint32_t id_ = 0;
    VmaTree tree_;
    Model model_;
};

// Out of 100 changes, how many of which kind; the rest are ranges erased.
struct Mix {
    unsigned inserts;
    unsigned assigns;
    unsigned erases;
};
constexpr Mix kGrowing{70, 20, 9};
constexpr Mix kShrinking{20, 20, 57};

void change(Pair& pair, std::mt19937_64& random, const Mix& mix, std::uint64_t longest) {
    const unsigned kind = static_cast<unsigned>(random() % 100);
    if (kind < mix.inserts) {
        pair.insert(random);
    } else if (kind < mix.inserts + mix.assigns) {
        pair.assign(random);
    } else if (kind < mix.inserts + mix.assigns + mix.erases) {
        pair.erase(random);
    } else {
        pair.erase_range(random, longest);
    }
}

std::vector<std::uint64_t> shuffled(std::uint64_t count, std::uint64_t seed) {
    std::vector<std::uint64_t> order(count);
    for (std::uint64_t i = 0; i < count; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
    return order;
}

}  // namespace

TEST_SUITE("mm/vma tree") {
    TEST_CASE("an empty tree finds nothing and is one gap") {
        const VmaTree tree{};
        CHECK(tree.empty());
        CHECK_FALSE(bool(tree.first()));
        CHECK_FALSE(tree.end().prev());
        CHECK_FALSE(tree.end().next());
        CHECK_EQ(tree.find_vma(Vpn{0}), nullptr);
        CHECK_EQ(tree.find_below(Vpn{~std::uint64_t{0}}), nullptr);
        const VmRange window{Vpn{3}, Vpn{9}};
        CHECK_EQ(tree.highest_gap(Pages{6}, window), window);
        CHECK_EQ(tree.lowest_gap(Pages{7}, window), std::nullopt);
        CHECK_EQ(tree.memory_bytes(), 0);
        tree.check();
    }

    TEST_CASE("a VMA is found up to its last page and from the page after its first") {
        VmaTree tree;
        tree.insert(make_vma(4, 6));
        CHECK_EQ(tree.find_vma(Vpn{0})->start, Vpn{4});
        CHECK_EQ(tree.find_vma(Vpn{5})->start, Vpn{4});
        CHECK_EQ(tree.find_vma(Vpn{6}), nullptr);
        CHECK_EQ(tree.find_below(Vpn{4}), nullptr);
        CHECK_EQ(tree.find_below(Vpn{5})->start, Vpn{4});
    }

    TEST_CASE("small trees do what the model does, whatever the order of changes") {
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            CAPTURE(seed);
            std::mt19937_64 random(seed);
            Pair pair(100 + random() % 900);
            for (int i = 0; i < 400; ++i) {
                change(pair, random, i < 250 ? kGrowing : kShrinking, 40);
                pair.tree().check();
                pair.ask_finds(random);
                if (seed % 2 == 0) pair.ask_gaps(random);
            }
            check_contents(pair.tree(), pair.model());
        }
    }

    TEST_CASE("trees of three levels grow and shrink as the model does") {
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            CAPTURE(seed);
            std::mt19937_64 random(seed);
            Pair pair(40000);
            for (int round = 0; round < 4; ++round) {
                const Mix& mix = round % 2 == 0 ? Mix{90, 8, 2} : kShrinking;
                for (int i = 0; i < (round % 2 == 0 ? 12000 : 3000); ++i) {
                    const bool wide = random() % 8 == 0;
                    change(pair, random, mix, wide ? 3000 : 30);
                    pair.ask_finds(random);
                    if (i % 32 == 0) pair.ask_gaps(random);
                }
                check_contents(pair.tree(), pair.model());
            }
            pair.clear();
            check_contents(pair.tree(), pair.model());
        }
    }

    TEST_CASE("ascending and descending addresses leave full leaves") {
        for (const bool up : {true, false}) {
            CAPTURE(up);
            VmaTree tree;
            Model model;
            for (std::uint64_t i = 0; i < 5000; ++i) {
                const std::uint64_t at = up ? i : 5000 - i;
                tree.insert(make_vma(2 * at, 2 * at + 1));
                model.insert(make_vma(2 * at, 2 * at + 1));
            }
            check_contents(tree, model);
            CHECK_LT(tree.memory_bytes(), 76 * tree.size());
        }
    }

    TEST_CASE("an assignment may carry a VMA past its neighbours") {
        VmaTree tree;
        Model model;
        for (std::uint64_t i = 0; i < 3000; ++i) {
            tree.insert(make_vma(4 * i, 4 * i + 2));
            model.insert(make_vma(4 * i, 4 * i + 2));
        }
        const Vma moved = make_vma(11002, 11004, 7);
        tree.assign(Vpn{40}, moved);
        model.erase(40);
        model.insert(moved);
        check_contents(tree, model);
    }

    TEST_CASE("a copy stays as it was while the original changes, and the other way round") {
        std::mt19937_64 random(11);
        std::vector<Pair> pairs(1, Pair(6000));
        for (int i = 0; i < 1500; ++i) change(pairs[0], random, {95, 5, 0}, 10);
        for (int i = 0; i < 600; ++i) {
            const std::size_t which = random() % pairs.size();
            if (pairs.size() < 6 && random() % 16 == 0) pairs.push_back(pairs[which]);
            if (pairs.size() > 2 && random() % 32 == 0) pairs.erase(pairs.begin());
            Pair& pair = pairs[random() % pairs.size()];
            change(pair, random, {40, 30, 25}, 200);
            pair.ask_finds(random);
            pair.ask_gaps(random);
            for (const Pair& each : pairs) check_contents(each.tree(), each.model());
        }
    }

    TEST_CASE("a copy shares the nodes that neither has changed") {
        VmaTree tree;
        for (const std::uint64_t i : shuffled(20000, 1)) tree.insert(make_vma(2 * i, 2 * i + 1));
        const VmaTree copy = tree;
        CHECK_EQ(copy.find_vma(Vpn{2000}), tree.find_vma(Vpn{2000}));
        tree.assign(Vpn{2000}, make_vma(2000, 2001, 5));
        CHECK_NE(copy.find_vma(Vpn{2000}), tree.find_vma(Vpn{2000}));
        CHECK_EQ(copy.find_vma(Vpn{30000}), tree.find_vma(Vpn{30000}));
    }

    TEST_CASE("a moved tree leaves an empty one behind") {
        VmaTree tree;
        tree.insert(make_vma(1, 2));
        VmaTree other = std::move(tree);
        CHECK_EQ(other.size(), 1);
        tree = VmaTree{};
        CHECK(tree.empty());
        tree.insert(make_vma(3, 4));
        tree.check();
        other.check();
    }

    TEST_CASE("a gap counts with the part of it that is inside the window") {
        VmaTree tree;
        tree.insert(make_vma(10, 20));
        tree.insert(make_vma(30, 40));
        const auto range = [](std::uint64_t from, std::uint64_t to) {
            return VmRange{Vpn{from}, Vpn{to}};
        };
        CHECK_EQ(tree.highest_gap(Pages{5}, range(0, 45)), range(40, 45));
        CHECK_EQ(tree.highest_gap(Pages{6}, range(0, 45)), range(20, 30));
        CHECK_EQ(tree.highest_gap(Pages{6}, range(0, 28)), range(20, 28));
        CHECK_EQ(tree.highest_gap(Pages{9}, range(0, 28)), range(0, 10));
        CHECK_EQ(tree.lowest_gap(Pages{8}, range(3, 99)), range(20, 30));
        CHECK_EQ(tree.lowest_gap(Pages{7}, range(3, 99)), range(3, 10));
        CHECK_EQ(tree.lowest_gap(Pages{2}, range(12, 22)), range(20, 22));
        CHECK_EQ(tree.lowest_gap(Pages{1}, range(12, 18)), std::nullopt);
        CHECK_EQ(tree.highest_gap(Pages{11}, range(15, 45)), std::nullopt);
    }

    TEST_CASE("a million VMAs inserted at random and churned take at most 112 bytes each") {
        constexpr std::uint64_t kVmas = 1'000'000;
        std::vector<std::uint64_t> places = shuffled(2 * kVmas, 3);
        VmaTree tree;
        for (std::uint64_t i = 0; i < kVmas; ++i) {
            tree.insert(make_vma(4 * places[i], 4 * places[i] + 2));
        }
        CHECK_EQ(tree.size(), kVmas);
        CHECK_LE(tree.memory_bytes(), 112 * kVmas);

        // One goes, another comes, as often as there are VMAs.
        std::mt19937_64 random(4);
        for (std::uint64_t i = 0; i < kVmas; ++i) {
            std::uint64_t& used = places[random() % kVmas];
            std::uint64_t& unused = places[kVmas + random() % kVmas];
            tree.erase(Vpn{4 * used});
            std::swap(used, unused);
            tree.insert(make_vma(4 * used, 4 * used + 2));
        }
        tree.check();
        CHECK_LE(tree.memory_bytes(), 112 * tree.size());

        const VmRange all{Vpn{0}, Vpn{8 * kVmas}};
        const VmaTree copy = tree;
        tree.erase_range(all);
        CHECK(tree.empty());
        CHECK_EQ(copy.size(), kVmas);
        copy.check();
    }
}

}  // namespace mmsim
