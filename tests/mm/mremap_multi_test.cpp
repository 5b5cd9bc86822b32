// SPDX-License-Identifier: GPL-2.0-or-later
// mremap of several VMAs at once: MREMAP_FIXED without a change of size. Rules 5.3, E1, E2.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {}  // namespace

TEST_SUITE("mm/mremap of several VMAs") {
    TEST_CASE("rule 5.3, L1: the gap travels along, what lies in its shadow survives") {
        MapPicture map{"AAAA..BBBB......CCCCCCCCCCCCCCCC", {{'C', kReadOnly}}};
        CHECK(map.mremap("**********......CCCCCCCCCCCCCCCC", 10, kFixed, 16));
        CHECK_EQ(map.access(), "................wwwwrrwwwwrrrrrr");
        CHECK_EQ(map.mm().map_count, 4);
    }

    TEST_CASE("rule 5.3: kernels before 6.17 do not move across the end of a VMA") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AABB......", {{'B', kReadOnly}}, profile};
            const auto moved = map.mremap("****......", 4, kFixed, 6);
            if (profile.version < KernelVersion::v6_18) {
                CHECK_EQ(outcome(moved), "EFAULT");
                CHECK_EQ(map.now(), "AABB......");
            } else {
                CHECK_EQ(outcome(moved), "ok");
                CHECK_EQ(map.access(), "......wwrr");
            }
        }
    }

    TEST_CASE("rule 5.3: the first page must be mapped, the last need not be") {
        MapPicture map{".AA.BB........"};
        CHECK_EQ(outcome(map.mremap("***.BB........", 3, kFixed, 8)), "EFAULT");
        CHECK_EQ(map.now(), ".AA.BB........");
        CHECK(map.mremap(".******.......", 6, kFixed, 8));
        CHECK_EQ(map.access(), "........ww.ww.");
    }

    TEST_CASE("rule 5.3: a VMA that sticks out on either side is cut") {
        MapPicture map{"AAA.BBB.......", {{'A', {.touched = true}}, {'B', {.touched = true}}}};
        CHECK(map.mremap("A******.......", 4 + 2, kFixed, 8));
        CHECK_EQ(map.access(), "w.......ww.www");
    }

    TEST_CASE("rule 5.3: an error half way leaves moved what was moved") {
        MapPicture map{"AABBCC.....DD..", {{'B', {.prot = kR, .extra = kVmSealed}}}};
        CHECK_EQ(outcome(map.mremap("******.....DD..", 6, kFixed, 9)), "EPERM");
        // The seal was seen before the destination of its VMA was cleared.
        CHECK_EQ(map.access(), "..rrww...wwww..");
    }

    TEST_CASE("rule E1: with DONTUNMAP every source stays, emptied") {
        MapPicture map{"AABB....", {{'A', {.touched = true}}, {'B', {.prot = kR}}}};
        CHECK(map.mlock("**BB...."));
        CHECK(map.mremap("****....", 4, kDont, 4));
        CHECK_EQ(map.access(), "wwrrwwrr");
        CHECK_EQ(map.anon_vmas(), "----aa--");
        CHECK_EQ(map.marks(kVmLocked), "----##--");
    }

    TEST_CASE("rule E1: DONTUNMAP without FIXED is no multi-VMA move") {
        MapPicture map{"AABB....", {{'B', kReadOnly}}};
        CHECK_EQ(outcome(map.mremap("****....", 4, kMremapMayMove | kMremapDontUnmap, 4)),
                 "EFAULT");
        CHECK_EQ(map.now(), "AABB....");
    }

    TEST_CASE("rule E2: /dev/zero and SysV segments can only be moved alone") {
        for (const UnmappedArea area : {UnmappedArea::own_thp, UnmappedArea::own_plain}) {
            const auto driver = plain_file();
            driver->area = area;

            MapPicture second{"AA............CC"};
            const FileId file = second.open(driver);
            CHECK(second.mmap("AA**..........CC", kRw, kMapPrivate, file));
            CHECK_EQ(outcome(second.mremap("****..........CC", 4, kFixed, 12)), "EFAULT");
            // The first stays moved; the destination of the second was not cleared.
            CHECK_EQ(second.access(), "..ww........wwww");
            CHECK_EQ(second.at(14).file, FileId{});

            MapPicture first{"............"};
            const FileId again = first.open(driver);
            CHECK(first.mmap("**..........", kRw, kMapPrivate, again));
            CHECK(first.mmap("AA**........", kRw));
            CHECK_EQ(outcome(first.mremap("****........", 4, kFixed, 8)), "EFAULT");
            CHECK_EQ(outcome(first.mremap("***B........", 3, kFixed, 8)), "EFAULT");
            CHECK_EQ(first.now(), "AABB........");
            CHECK(first.mremap("**BB........", 2, kFixed, 8));
        }
    }

    TEST_CASE("rule E2: files that align to 2 MiB, shared memory and huge pages move together") {
        for (const UnmappedArea area :
             {UnmappedArea::plain, UnmappedArea::thp, UnmappedArea::shmem, UnmappedArea::hugetlb}) {
            const auto driver = plain_file();
            driver->area = area;
            MapPicture map{"AA......"};
            CHECK(map.mmap("AA**....", kRw, kMapPrivate, map.open(driver)));
            CHECK(map.mremap("****....", 4, kFixed, 4));
            CHECK_EQ(map.access(), "....wwww");
        }
    }
}
