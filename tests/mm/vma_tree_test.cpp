// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vma_tree.h"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "support/vma_tree_model.h"

namespace mmsim::test {

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
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            CAPTURE(seed);
            std::mt19937_64 random(seed);
            TreeAndModel pair(100 + random() % 1500);
            for (int i = 0; i < 700; ++i) {
                change(pair, random, i < 400 ? kGrowing : kShrinking, 40);
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
            TreeAndModel pair(40000);
            for (int round = 0; round < 4; ++round) {
                const Mix& mix = round % 2 == 0 ? Mix{85, 8, 5, 2} : kShrinking;
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

    TEST_CASE("a gap that a change opens is known up to the root") {
        constexpr std::uint64_t kVmas = 3500;
        VmaTree full;
        for (std::uint64_t i = 0; i < kVmas; ++i) full.insert(make_vma(10 * i, 10 * i + 10));
        // A search in vain makes all inner nodes learn that there is none yet.
        REQUIRE_EQ(full.lowest_gap(Pages{1}, {Vpn{0}, Vpn{10 * kVmas}}), std::nullopt);
        for (std::uint64_t i = 1; i < kVmas - 1; ++i) {
            const Vpn start{10 * i};
            VmaTree cut_below = full;
            cut_below.assign(start, make_vma(10 * i + 1, 10 * i + 10));
            cut_below.check();
            VmaTree cut_above = full;
            cut_above.assign(start, make_vma(10 * i, 10 * i + 9));
            cut_above.check();
            VmaTree gone = full;
            gone.erase(start);
            gone.check();
        }
    }

    TEST_CASE("what is left beside an erased range fits together, wherever the range lies") {
        VmaTree full;
        VmaTreeModel model;
        for (const std::uint64_t i : shuffled(5000, 8)) {
            full.insert(make_vma(2 * i, 2 * i + 1));
            model.insert(make_vma(2 * i, 2 * i + 1));
        }
        std::mt19937_64 random(6);
        for (int i = 0; i < 400; ++i) {
            const std::uint64_t length = 1 + random() % (random() % 9999 + 1);
            const std::uint64_t start = random() % (10000 - length);
            const auto [from, to] = model.whole(start, start + length);
            VmaTree tree = full;
            tree.erase_range({Vpn{from}, Vpn{to}});
            tree.check();
            REQUIRE_EQ(tree.size(), 5000 - (to + 1) / 2 + (from + 1) / 2);
            const Vma* next = to < 9999 ? model.find(to) : nullptr;
            REQUIRE(same(tree.find_vma(Vpn{from}), next));
        }
        check_contents(full, model);
    }

    TEST_CASE("ascending and descending addresses leave full leaves") {
        for (const bool up : {true, false}) {
            CAPTURE(up);
            VmaTree tree;
            VmaTreeModel model;
            for (std::uint64_t i = 0; i < 5000; ++i) {
                const std::uint64_t at = up ? i : 5000 - i;
                tree.insert(make_vma(2 * at, 2 * at + 1));
                model.insert(make_vma(2 * at, 2 * at + 1));
            }
            check_contents(tree, model);
            CHECK_LT(tree.memory_bytes(), (sizeof(Vma) + 3) * tree.size());
        }
    }

    TEST_CASE("an assignment may carry a VMA past its neighbours") {
        VmaTree tree;
        VmaTreeModel model;
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

    TEST_CASE("an edge moves within a leaf and from leaf to leaf, and takes the offsets along") {
        VmaTree tree;
        VmaTreeModel model;
        for (std::uint64_t i = 0; i < 500; ++i) {
            tree.insert(make_vma(10 * i, 10 * i + 10));
            model.insert(make_vma(10 * i, 10 * i + 10));
        }
        for (const std::uint64_t by : {4u, 12u}) {
            for (std::uint64_t i = 1; i < 500; ++i) {
                const Vma* above = model.find(10 * i + (by == 4 ? 0 : 4));
                const std::uint64_t from = above->start.index;
                const Vpn to{10 * i + by - 8};
                tree.move_edge(Vpn{from}, to, 3);
                model.move_edge(from, to, 3);
                tree.check();
            }
            check_contents(tree, model);
        }
    }

    TEST_CASE("a copy stays as it was while the original changes, and the other way round") {
        std::mt19937_64 random(11);
        std::vector<TreeAndModel> pairs(1, TreeAndModel(6000));
        for (int i = 0; i < 1500; ++i) change(pairs[0], random, {90, 5, 5, 0}, 10);
        for (int i = 0; i < 600; ++i) {
            const std::size_t which = random() % pairs.size();
            if (pairs.size() < 6 && random() % 16 == 0) pairs.push_back(pairs[which]);
            if (pairs.size() > 2 && random() % 32 == 0) pairs.erase(pairs.begin());
            TreeAndModel& pair = pairs[random() % pairs.size()];
            change(pair, random, {40, 20, 10, 25}, 200);
            pair.ask_finds(random);
            pair.ask_gaps(random);
            for (const TreeAndModel& each : pairs) check_contents(each.tree(), each.model());
        }
    }

    TEST_CASE("a copy has no part in the second of two changes of one VMA") {
        for (const std::uint64_t size : {1u, 20u, 2000u}) {
            VmaTree tree;
            for (std::uint64_t i = 0; i < size; ++i) tree.insert(make_vma(2 * i, 2 * i + 1));
            tree.assign(Vpn{0}, make_vma(0, 1, 5));
            const VmaTree copy = tree;
            tree.assign(Vpn{0}, make_vma(0, 1, 6));
            CHECK_EQ(copy.find_vma(Vpn{0})->id, VmaId{5});
            CHECK_EQ(tree.find_vma(Vpn{0})->id, VmaId{6});
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

}  // namespace mmsim::test
