// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vma_leaf_block.h"

#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "mm/vma_tree.h"

namespace mmsim {
namespace {

Vma vma_at(std::uint64_t i) {
    Vma vma;
    vma.start = Vpn{2 * i};
    vma.end = Vpn{2 * i + 1};
    return vma;
}

TEST_SUITE("vma_leaf_block") {
    TEST_CASE("a block gives each place once, and again what was given back") {
        LeafBlock* const block = LeafBlock::make();
        block->hold();
        std::vector<void*> places;
        while (void* place = block->take()) {
            REQUIRE_EQ(&LeafBlock::of(place), block);
            if (!places.empty()) REQUIRE_LT(places.back(), place);
            places.push_back(place);
        }
        CHECK_GT(places.size(), 1000);

        block->give_back(places[7]);
        block->give_back(places[300]);
        CHECK_EQ(block->take(), places[300]);
        CHECK_EQ(block->take(), places[7]);
        CHECK_EQ(block->take(), nullptr);

        block->let_go();  // the places hold it now
        for (void* place : places) block->give_back(place);
    }

    TEST_CASE("a copy outlives the large tree whose leaves it shares, and the other way round") {
        constexpr std::uint64_t kVmas = 60'000;
        for (const bool copy_first : {true, false}) {
            CAPTURE(copy_first);
            VmaTree tree;
            for (std::uint64_t i = 0; i < kVmas; ++i) tree.insert(vma_at(i * 7919 % kVmas));
            VmaTree copy = tree;
            VmaTree& goes = copy_first ? copy : tree;
            VmaTree& stays = copy_first ? tree : copy;
            goes.erase_range({Vpn{1000}, Vpn{90'000}});
            goes.clear();
            stays.check();
            CHECK_EQ(stays.size(), kVmas);
            for (std::uint64_t i = 0; i < kVmas; i += 2) stays.erase(Vpn{2 * i});
            for (std::uint64_t i = 0; i < kVmas; i += 2) stays.insert(vma_at(i));
            stays.check();
            CHECK_EQ(stays.size(), kVmas);
        }
    }

    TEST_CASE("a large tree that is moved from takes leaves of its own again") {
        VmaTree tree;
        for (std::uint64_t i = 0; i < 20'000; ++i) tree.insert(vma_at(i));
        VmaTree other = std::move(tree);
        tree = VmaTree{};
        for (std::uint64_t i = 0; i < 20'000; ++i) tree.insert(vma_at(i));
        other.clear();
        tree.check();
        CHECK_EQ(tree.size(), 20'000);
    }
}

}  // namespace
}  // namespace mmsim
