// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks, which grow when they are touched below. Rules 5.8, E7, LIVE 10.
#include <doctest/doctest.h>

#include "mm/unmapped_area.h"
#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// A column is half a guard gap.
MapPicture half_guards(std::string_view picture, const std::map<char, Letter>& others = {}) {
    std::map<char, Letter> letters = others;
    letters['S'] = kStack;
    return MapPicture{picture, letters, newest_profile(), kHalfGuard};
}

void touch_page(MapPicture& map, std::uint64_t addr, bool write = true) {
    map.call([&](Current& current) { touch(current, addr, 1, write); });
}

}  // namespace

TEST_SUITE("mm/stack") {
    TEST_CASE("rule 5.8, LIVE 10: one touch may grow a stack by any number of pages") {
        MapPicture map{".....SS", {{'S', kStack}}};
        touch_page(map, map.address(1));
        CHECK_EQ(map.now(), ".SSSSSS");
        CHECK_EQ(map.home(1), 1);
        CHECK_EQ(map.anon_vmas(), ".aaaaaa");
        CHECK_EQ(map.mm().stack_vm.count, 6);
        CHECK_EQ(map.world.committed.count, 6);
    }

    TEST_CASE("rule 5.8: a VMA that is no stack does not grow") {
        MapPicture map{"...AA"};
        touch_page(map, map.address(2));
        CHECK_EQ(map.now(), "...AA");
        CHECK_EQ(map.anon_vmas(), "...--");
    }

    TEST_CASE("rule 5.8, LIVE 10: 256 free pages stay between a stack and what can be accessed") {
        MapPicture map = half_guards("A...SS", {{'A', {.prot = kR}}});
        touch_page(map, map.address(3) - kPageSize);
        CHECK_EQ(map.now(), "A...SS");
        touch_page(map, map.address(3));
        CHECK_EQ(map.now(), "A..SSS");
    }

    TEST_CASE("rule 5.8, LIVE 10: memory without access and other stacks may be met") {
        MapPicture none = half_guards("A...SS", {{'A', {.prot = 0}}});
        touch_page(none, none.address(1));
        CHECK_EQ(none.now(), "ASSSSS");

        MapPicture stacks = half_guards("T...SS", {{'T', kStack}});
        touch_page(stacks, stacks.address(1));
        CHECK_EQ(stacks.now(), "TSSSSS");
    }

    TEST_CASE("rule 5.8: a mapping may be put into the gap, and then the stack stops") {
        MapPicture map{"......SS", {{'S', kStack}}};
        CHECK(map.mmap("...*..SS", kR));
        touch_page(map, map.address(5));
        CHECK_EQ(map.now(), "...T..SS");
    }

    TEST_CASE("rule 5.8: RLIMIT_STACK counts the whole stack, RLIMIT_AS and locking what is new") {
        const auto grown = [](auto prepare) {
            MapPicture map{"......SS", {{'S', kStack}}};
            map.unprivileged();
            prepare(map);
            touch_page(map, map.address(2));
            return map.now();
        };
        CHECK_EQ(grown([](MapPicture& map) { map.limits().stack = 6 * kPageSize; }), "..SSSSSS");
        CHECK_EQ(grown([](MapPicture& map) { map.limits().stack = 5 * kPageSize; }), "......SS");
        CHECK_EQ(grown([](MapPicture& map) { map.limits().as = 6 * kPageSize; }), "..SSSSSS");
        CHECK_EQ(grown([](MapPicture& map) { map.limits().as = 5 * kPageSize; }), "......SS");
        for (const std::uint64_t pages : {std::uint64_t{6}, std::uint64_t{5}}) {
            CHECK_EQ(grown([pages](MapPicture& map) {
                         map.limits().memlock = pages * kPageSize;
                         CHECK(map.mlock("......**"));
                     }),
                     pages == 6 ? "..SSSSSS" : "......SS");
        }
    }

    TEST_CASE("rule 5.8: a growth that a limit refuses leaves an anon_vma behind") {
        MapPicture map{"......SS", {{'S', kStack}}};
        map.limits().stack = 4 * kPageSize;
        touch_page(map, map.address(2));
        CHECK_EQ(map.now(), "......SS");
        CHECK_EQ(map.anon_vmas(), "......aa");
    }

    TEST_CASE("rule 5.8: growth is charged whether or not the stack is accounted") {
        MapPicture map{"..SS", {{'S', {.prot = kR, .extra = kVmGrowsDown}}}};
        touch_page(map, map.address(0), false);
        CHECK_EQ(map.now(), "SSSS");
        CHECK_EQ(map.world.committed.count, 2);
        CHECK(map.munmap("****"));
        CHECK_EQ(map.world.committed.count, 2);
        CHECK_EQ(map.mm().commit_leaked.count, 2);
    }

    TEST_CASE("rule 5.8: offsets end at 0, and so does a stack that moved") {
        MapPicture map{"....SS..........", {{'S', kStack}}};
        auto stack = map.at(4);
        stack.pgoff = Pgoff{1};
        stack.anon_pgoff = Pgoff{1};
        map.world.anon_vmas.prepare(stack);
        map.mm().vmas.assign(stack.start, stack);
        touch_page(map, map.address(2));
        CHECK_EQ(map.now(), "....SS..........");
        touch_page(map, map.address(3));
        CHECK_EQ(map.now(), "...SSS..........");
    }

    TEST_CASE("rule E7: a stack grows before the access is judged") {
        MapPicture map{".....SS", {{'S', {.prot = 0, .extra = kVmGrowsDown}}}};
        map.call(
            [&](Current& current) { touch(current, map.address(1), 1, false, map.address(1)); });
        CHECK_EQ(map.now(), ".SSSSSS");
        CHECK_EQ(map.anon_vmas(), ".aaaaaa");
    }

    TEST_CASE("rule 5.8, L5: MAP_GROWSDOWN areas are stacks and merge with stacks only") {
        MapPicture map{"......"};
        CHECK(map.mmap("..**..", kRw, kAnon | kMapGrowsDown));
        CHECK(map.mmap("**AA..", kRw, kAnon | kMapGrowsDown));
        CHECK(map.mmap("AAAA**", kRw));
        CHECK_EQ(map.now(), "AAAABB");
    }
}
