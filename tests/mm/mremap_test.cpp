// SPDX-License-Identifier: GPL-2.0-or-later
// mremap: what it asks before it does anything, and resizing in place. Moves: mremap_move_test.cpp.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kMay = kMremapMayMove;
constexpr std::uint64_t kDontUnmap = kMremapMayMove | kMremapDontUnmap;

constexpr std::uint64_t kAt = MapPicture::kBase;
constexpr std::uint64_t kFar = kAt + 64 * kPageSize;
constexpr std::uint64_t kTask = kTaskSize.bytes();

struct MremapRow {
    const char* what;
    std::uint64_t addr, old_length, length, flags, new_addr;
    const char* result;
};

std::string run(MapPicture& map, const MremapRow& row) {
    return outcome(map.call([&](Current& current) {
        return sys_mremap(current, {.addr = row.addr,
                                    .old_length = row.old_length,
                                    .length = row.length,
                                    .flags = row.flags,
                                    .new_addr = row.new_addr,
                                    .placed_at = {}});
    }));
}

// A VMA whose flags a driver chose, two pages long at the picture's start.
MapPicture driven(VmFlags extra, Pgoff pgoff = {}) {
    MapPicture map{"...."};
    const auto driver = plain_file();
    driver->on_mmap = [extra, pgoff](HookCall&, HalfBuiltVma& vma) -> Result<> {
        vma.flags = vma.flags | extra;
        if (pgoff.index != 0) vma.pgoff = pgoff;
        return {};
    };
    REQUIRE(map.mmap("**..", kRw, kMapPrivate, map.open(driver)));
    return map;
}

}  // namespace

TEST_SUITE("mm/mremap arguments") {
    TEST_CASE("rule 5.3: arguments are judged before any VMA is looked at") {
        constexpr std::uint64_t p = kPageSize;
        // Nothing is mapped at kFar: an EFAULT would show that the lookup came first.
        const MremapRow rows[] = {
            {"unknown flag", kFar, p, p, 8, 0, "EINVAL"},
            {"unaligned address", kFar + 1, p, p, 0, 0, "EINVAL"},
            {"no new length", kFar, p, 0, 0, 0, "EINVAL"},
            {"new length that rounds to 0", kFar, p, ~std::uint64_t{0}, 0, 0, "EINVAL"},
            {"new length beyond TASK_SIZE", kFar, p, kTask + p, 0, 0, "EINVAL"},
            {"FIXED beyond TASK_SIZE", kFar, p, p, kFixed, kTask, "EINVAL"},
            {"FIXED to an unaligned place", kFar, p, p, kFixed, kAt + 1, "EINVAL"},
            {"FIXED without MAYMOVE", kFar, p, p, kMremapFixed, kAt, "EINVAL"},
            {"DONTUNMAP without MAYMOVE", kFar, p, p, kMremapDontUnmap, kAt, "EINVAL"},
            {"DONTUNMAP with two lengths", kFar, p, 2 * p, kDontUnmap, kAt, "EINVAL"},
            {"DONTUNMAP: the hint is judged too", kFar, p, p, kDontUnmap, kAt + 1, "EINVAL"},
            {"FIXED onto itself", kFar, p, p, kFixed, kFar, "EINVAL"},
            {"DONTUNMAP onto itself", kFar, 2 * p, 2 * p, kDontUnmap, kFar + p, "EINVAL"},
            {"a new address without FIXED is not read", kFar, p, p, kMay, kAt + 1, "EFAULT"},
            {"nothing wrong but no VMA", kFar, p, p, 0, 0, "EFAULT"},
        };
        for (const MremapRow& row : rows) {
            CAPTURE(row.what);
            MapPicture map{"AAAA"};
            CHECK_EQ(run(map, row), row.result);
            CHECK_EQ(map.now(), "AAAA");
        }
    }

    TEST_CASE("rule 5.3: the VMA is asked in this order") {
        constexpr std::uint64_t p = kPageSize;
        const std::map<char, Letter> sealed{{'A', {.extra = kVmSealed}}};
        const std::map<char, Letter> fixed_size{{'A', {.extra = kVmDontExpand}}};
        const std::map<char, Letter> locked{{'A', {.extra = kVmLocked}}};
        const struct {
            std::map<char, Letter> letters;
            MremapRow row;
        } rows[] = {
            {sealed, {"sealed, and nothing to do", kAt, p, p, 0, 0, "EPERM"}},
            {sealed, {"sealed before growing nothing", kAt, 0, p, 0, 0, "EPERM"}},
            {{}, {"no old length of private memory", kAt, 0, p, kMay, 0, "EINVAL"}},
            {fixed_size,
             {"DONTUNMAP of DONTEXPAND", kAt, 9 * p, 9 * p, kDontUnmap, kFar, "EINVAL"}},
            {fixed_size, {"growing DONTEXPAND", kAt, 4 * p, 5 * p, kMay, 0, "EFAULT"}},
            {{}, {"old length passes the end", kAt, 5 * p, 6 * p, kMay, 0, "EFAULT"}},
            {locked, {"growing LOCKED over both limits", kAt, 4 * p, 9 * p, kMay, 0, "EAGAIN"}},
            {{}, {"growing over RLIMIT_AS", kAt, 4 * p, 9 * p, kMay, 0, "ENOMEM"}},
            {{}, {"not growing needs none of it", kAt, 9 * p, 9 * p, kMay, 0, "ok"}},
        };
        for (const auto& refused : rows) {
            const MremapRow& row = refused.row;
            CAPTURE(row.what);
            MapPicture map{"AAAA....", refused.letters};
            map.unprivileged();
            map.limits().memlock = 4 * p;
            map.limits().as = 4 * p;
            CHECK_EQ(run(map, row), row.result);
            CHECK_EQ(map.now(), "AAAA....");
        }
    }

    TEST_CASE("rule 5.3, DELTA 4.3: an offset that would wrap is EINVAL, before DONTEXPAND") {
        MapPicture map = driven(kVmDontExpand, Pgoff{~std::uint64_t{3}});
        CHECK_EQ(outcome(map.mremap("**..", 8, kMay)), "EINVAL");

        MapPicture plain = driven(kVmDontExpand);
        CHECK_EQ(outcome(plain.mremap("**..", 8, kMay)), "EFAULT");
    }
}

TEST_SUITE("mm/mremap in place") {
    TEST_CASE("rule 5.3: the same size needs a VMA and does nothing") {
        MapPicture map{"AA.."};
        CHECK_EQ(*map.mremap("**..", 2), map.address(0));
        CHECK_EQ(*map.mremap("****", 4), map.address(0));  // the old length may pass the end
        CHECK_EQ(map.now(), "AA..");
    }

    TEST_CASE("rule 5.3: shrinking unmaps whatever the old length covers, gaps and strangers too") {
        MapPicture map{"AAAA..BBB"};
        CHECK_EQ(*map.mremap("********B", 2), map.address(0));
        CHECK_EQ(map.now(), "CC......D");
    }

    TEST_CASE("rule 5.3: what a shrink cuts off may be empty, but lies in user space") {
        MapPicture map{"AAAA"};
        const MremapRow all{"", kAt, kTask - kAt, kPageSize, 0, 0, ""};
        const MremapRow more{"", kAt, kTask - kAt + kPageSize, kPageSize, 0, 0, ""};
        CHECK_EQ(run(map, more), "EINVAL");
        CHECK_EQ(map.now(), "AAAA");
        CHECK_EQ(run(map, all), "ok");
        CHECK_EQ(map.access(), "w...");
    }

    TEST_CASE("rule 5.3: a shrink that meets a sealed VMA leaves the edge cut") {
        MapPicture map{"AAAA..BB", {{'B', {.extra = kVmSealed}}}};
        CHECK_EQ(outcome(map.mremap("********", 2)), "EPERM");
        CHECK_EQ(map.now(), "CCAA..BB");
    }

    TEST_CASE("rule 4.4: growing in place absorbs a next VMA that it reaches and matches") {
        MapPicture map{"AA..BBBB"};
        CHECK_EQ(*map.mremap("**..BBBB", 4), map.address(0));
        CHECK_EQ(map.now(), "AAAAAAAA");
        CHECK_EQ(map.mm().map_count, 1);
    }

    TEST_CASE("rule 4.4: growing in place stops short of a VMA that differs") {
        MapPicture map{"AA..BB", {{'B', {.prot = kR}}}};
        CHECK(map.mremap("**..BB", 4));
        CHECK_EQ(map.now(), "AAAABB");
        CHECK_EQ(map.mm().committed.count, 4);
    }

    TEST_CASE("rule 5.3: in the way, or not at the end of the VMA: ENOMEM unless it may move") {
        MapPicture map{"AAAABB", {{'B', {.prot = kR}}}};
        CHECK_EQ(outcome(map.mremap("****BB", 5)), "ENOMEM");
        CHECK_EQ(outcome(map.mremap("**AABB", 3)), "ENOMEM");
        CHECK_EQ(map.now(), "AAAABB");

        const auto moved = map.mremap("****BB", 5, kMay);
        REQUIRE(moved);
        CHECK_EQ(*moved, (map.mm().layout.mmap_base - Pages{5}).bytes());
        CHECK_EQ(map.now(), "....BB");
    }

    TEST_CASE("rule 4.4: a mapping of single kernel pages can't grow in place") {
        MapPicture map = driven(kVmMixedMap);
        CHECK_EQ(outcome(map.mremap("**..", 3)), "ENOMEM");
        CHECK_EQ(map.now(), "AA..");
    }

    TEST_CASE("rule 5.3: growing charges accounted memory, and nothing when refused") {
        MapPicture map{"AA....BB", {{'B', {.prot = kR}}}};
        map.world.system.overcommit = Overcommit::never;
        map.world.system.ram_bytes = 10 * kPageSize;
        map.unprivileged();
        CHECK_EQ(outcome(map.mremap("**....BB", 6)), "ENOMEM");
        CHECK_EQ(map.world.committed.count, 2);
        CHECK_EQ(map.now(), "AA....BB");
    }

    TEST_CASE("rule 5.3: LOCKED memory is counted and populated as it grows") {
        MapPicture map{"AA..", {{'A', {.extra = kVmLocked}}}};
        CHECK(map.mremap("**..", 4));
        CHECK_EQ(map.mm().locked_vm.count, 4);
        CHECK_EQ(map.anon_vmas(), "aaaa");
    }

    TEST_CASE("rule 5.3: an old length of 0 gives shared memory a second place") {
        MapPicture map{"..........."};
        CHECK(map.mmap("****.......", kRw, kMapShared | kMapAnonymous));
        const MremapRow row{"", kAt + kPageSize, 0, 2 * kPageSize, kFixed, kAt + 6 * kPageSize, ""};
        CHECK_EQ(run(map, row), "ok");
        CHECK_EQ(map.now(), "AAAA..BB...");
        CHECK_EQ(map.at(6).file, map.at(0).file);
        CHECK_EQ(map.pgoff(6), 1);
    }
}
