// SPDX-License-Identifier: GPL-2.0-or-later
// The heap. Rule 5.4, LIVE 11.
#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// The break starts at the picture's start, so columns are pages of the heap.
struct Heap : MapPicture {
    explicit Heap(std::string_view picture, const std::map<char, Letter>& letters = {},
                  std::uint64_t pages_per_column = 1)
        : MapPicture(picture, letters, newest_profile(), pages_per_column) {
        mm().layout.start_brk = kBase;
        mm().brk = kBase;
    }
    std::uint64_t brk_bytes(std::uint64_t value) {
        return call([&](Current& current) { return sys_brk(current, value); });
    }
    // Whether the break can be moved to a column.
    bool brk(std::uint64_t column) { return brk_bytes(address(column)) == address(column); }
};

}  // namespace

TEST_SUITE("mm/brk") {
    TEST_CASE("rule 5.4: the heap grows as one VMA and shrinks from its end") {
        Heap heap("......");
        CHECK(heap.brk(2));
        CHECK(heap.brk(4));
        CHECK_EQ(heap.now(), "AAAA..");
        CHECK_EQ(heap.codes(0), "rd wr mr mw me ac");
        CHECK(heap.brk(1));
        CHECK_EQ(heap.access(), "w.....");
        CHECK_EQ(heap.world.committed.count, 1);
        CHECK_EQ(heap.mm().data_vm.count, 1);
        CHECK(heap.brk(0));
        CHECK_EQ(heap.now(), "......");
    }

    TEST_CASE("rule 5.4: inside a page only the value changes") {
        Heap heap("...");
        CHECK_EQ(heap.brk_bytes(heap.address(0) + 1), heap.address(0) + 1);
        CHECK_EQ(heap.now(), "A..");
        CHECK_EQ(heap.brk_bytes(heap.address(0) + 0xfff), heap.address(0) + 0xfff);
        CHECK_EQ(heap.brk_bytes(heap.address(1)), heap.address(1));
        CHECK_EQ(heap.now(), "A..");
    }

    TEST_CASE("rule 5.4: a break below the start answers with the one that holds") {
        Heap heap("...");
        CHECK(heap.brk(2));
        CHECK_EQ(heap.brk_bytes(heap.address(0) - 1), heap.address(2));
        CHECK_EQ(heap.brk_bytes(0), heap.address(2));
    }

    TEST_CASE("rule 5.4, LIVE 11: one page stays free below the next mapping") {
        Heap heap("....B");
        CHECK_FALSE(heap.brk(4));
        CHECK(heap.brk(3));
        CHECK_FALSE(heap.brk(4));
        CHECK_FALSE(heap.brk(5));
        CHECK_EQ(heap.now(), "CCC.B");
    }

    TEST_CASE("rule 5.4, LIVE 11: below a stack its guard gap stays free, and a page") {
        Heap heap("....S", {{'S', {.extra = kVmGrowsDown}}}, 128);
        CHECK_FALSE(heap.brk(2));
        const std::uint64_t highest = heap.address(2) - kPageSize;
        CHECK_EQ(heap.brk_bytes(highest), highest);
    }

    TEST_CASE("rule 5.4: RLIMIT_DATA limits the heap by itself, then all private memory") {
        Heap heap("......");
        heap.limits().data = 3 * kPageSize;
        CHECK_FALSE(heap.brk(4));
        CHECK(heap.brk(3));

        Heap other("......BB");
        other.limits().data = 3 * kPageSize;
        CHECK_FALSE(other.brk(2));
        CHECK(other.brk(1));
    }

    TEST_CASE("rule 5.4: no commit, no heap; nothing stays charged") {
        Heap heap("......");
        heap.faults.arm({.point = FailPoint::brk_charge});
        CHECK_FALSE(heap.brk(2));
        heap.faults.disarm();
        heap.faults.arm({.point = FailPoint::brk_alloc});
        CHECK_FALSE(heap.brk(2));
        CHECK_EQ(heap.world.committed.count, 0);
        CHECK_EQ(heap.now(), "......");
    }

    TEST_CASE("rule 4.2 item 7: a heap that can't be extended for want of memory fails") {
        Heap heap("......");
        CHECK(heap.brk(2));
        heap.faults.arm({.point = FailPoint::merge_prealloc});
        CHECK_FALSE(heap.brk(4));
        CHECK_EQ(heap.now(), "AA....");
        CHECK_EQ(heap.world.committed.count, 2);
    }

    TEST_CASE("rule 5.4: only what ends at the break is extended, nothing above is joined") {
        Heap heap("......");
        CHECK(heap.brk(2));
        CHECK(heap.mmap("AA..**"));
        CHECK(heap.brk(3));
        CHECK_EQ(heap.now(), "AAA.BB");
        CHECK_FALSE(heap.brk(4));
    }

    TEST_CASE("rule 5.4: a heap whose end was changed goes on as a second VMA") {
        Heap heap("......");
        CHECK(heap.brk(2));
        CHECK(heap.mprotect("A*....", kR));
        CHECK(heap.brk(3));
        CHECK_EQ(heap.access(), "wrw...");
    }

    TEST_CASE("rule 5.4: shrinking past what was unmapped needs something left to unmap") {
        Heap heap("......");
        CHECK(heap.brk(4));
        CHECK(heap.munmap("AA**.."));
        CHECK_FALSE(heap.brk(2));
        CHECK(heap.brk(1));
        CHECK_EQ(heap.access(), "w.....");
    }

    TEST_CASE("rule 5.4: a sealed heap does not shrink") {
        Heap heap("......");
        CHECK(heap.brk(4));
        CHECK(heap.mseal("****.."));
        CHECK_FALSE(heap.brk(2));
        CHECK_EQ(heap.mm().brk, heap.address(4));
        CHECK_EQ(heap.now(), "AAAA..");
    }

    TEST_CASE("rule 5.4, L2: the heap a child inherited goes on as a second VMA") {
        Heap heap("......");
        CHECK(heap.brk(2));
        heap.touch("**....");
        const auto child = heap.fork();
        REQUIRE(child);
        CHECK(heap.brk(4));
        CHECK_EQ(heap.now(), "AAAA..");
        heap.show(*child);
        CHECK(heap.brk(4));
        CHECK_EQ(heap.now(), "AABB..");
    }

    TEST_CASE("rule 5.4: after mlockall(MCL_FUTURE) growth is limited, counted and populated") {
        Heap heap("......");
        heap.unprivileged();
        heap.limits().memlock = 3 * kPageSize;
        CHECK(heap.call([](Current& current) { return sys_mlockall(current, kMclFuture); }));
        CHECK_FALSE(heap.brk(4));
        CHECK(heap.brk(3));
        CHECK_EQ(heap.mm().locked_vm.count, 3);
        CHECK_EQ(heap.anon_vmas(), "aaa...");
    }
}
