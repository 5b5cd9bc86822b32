// SPDX-License-Identifier: GPL-2.0-or-later
// mremap to another address, one VMA at a time. Several at once: mremap_multi_test.cpp.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

Pages locked_pages(const MapPicture& map) {
    Pages locked;
    for (auto vma = map.mm().vmas.first(); vma; vma.next()) {
        if (vma->flags.any(kVmLocked)) locked += vma->pages();
    }
    return locked;
}

}  // namespace

TEST_SUITE("mm/mremap move") {
    TEST_CASE("rule 4.4: touched memory keeps its offsets, and merges again when it comes home") {
        MapPicture map{"AAAAAAAA.......", {{'A', kTouched}}};
        CHECK(map.mremap("AA**AAAA.......", 2, kFixed, 12));
        CHECK_EQ(map.now(), "BB..CCCC....DD.");
        CHECK_EQ(map.home(12), 2);
        CHECK(map.mremap("BB..CCCC....**.", 2, kFixed, 2));
        CHECK_EQ(map.now(), "BBBBBBBB.......");
        CHECK_EQ(map.mm().map_count, 1);
    }

    TEST_CASE("rule 4.4: touched memory does not merge with fresh neighbours where it went") {
        MapPicture map{"AAAA......", {{'A', kTouched}}};
        CHECK(map.mremap("****......", 4, kFixed, 6));
        CHECK(map.mmap("....**BBBB"));
        CHECK_EQ(map.now(), "....CCBBBB");
    }

    TEST_CASE("rule 4.4: untouched anonymous memory is at home wherever it goes") {
        MapPicture map{"AAAA......"};
        CHECK(map.mremap("****......", 4, kFixed, 6));
        CHECK_EQ(map.home(6), 6);
        CHECK(map.mmap("....**BBBB"));
        CHECK_EQ(map.now(), "....BBBBBB");
    }

    TEST_CASE("rule 4.4: untouched memory that moves next to itself is absorbed by itself") {
        MapPicture map{"AAAA...."};
        CHECK(map.mremap("****....", 4, kFixed, 4));
        CHECK_EQ(map.access(), "....wwww");
        CHECK_EQ(map.home(4), 4);
        CHECK_EQ(map.mm().map_count, 1);
        CHECK_EQ(map.world.committed.count, 4);
    }

    TEST_CASE("rule 4.4, T8: untouched private /dev/zero trades its file offset for its address") {
        MapPicture map{"................"};
        const FileId zero = map.open(anonymous_file());
        CHECK(map.mmap("****............", kRw, kMapPrivate, zero, 0));
        CHECK(map.mmap("AAAA****........", kRw, kMapPrivate, zero, 4));
        CHECK(map.mmap("AAAAAAAA****....", kRw, kMapPrivate, zero, 0));
        CHECK_EQ(map.now(), "AAAAAAAABBBB....");
        CHECK_EQ(map.pgoff(0), 0);

        CHECK(map.mremap("****AAAABBBB....", 4, kFixed, 12));
        CHECK_EQ(map.access(), "....wwwwwwwwwwww");
        CHECK_EQ(map.home(12), 12);
    }

    TEST_CASE("rule 4.4: a file mapping keeps its offset and opens the copy, closes the source") {
        MapPicture map{"......"};
        const auto driver = scripted(HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close));
        const FileId file = map.open(driver);
        CHECK(map.mmap("**....", kR, kMapShared, file, 3));
        CHECK(map.mremap("**....", 2, kFixed, 4));
        CHECK_EQ(map.now(), "....BB");
        CHECK_EQ(map.pgoff(4), 3);
        CHECK_EQ(map.calls(file, Hook::open), 1);
        CHECK_EQ(map.calls(file, Hook::close), 1);
        CHECK_EQ(map.world.files[file.index].vmas, 1);
    }

    TEST_CASE("rule 4.4: a copy that merges opens nothing") {
        MapPicture map{"........"};
        const FileId file = map.open(scripted(HookSet{}.with(Hook::mmap).with(Hook::open)));
        CHECK(map.mmap("****....", kR, kMapShared, file, 0));
        CHECK(map.mremap("AA**....", 2, kFixed, 6));
        CHECK_EQ(map.now(), "BB....CC");
        CHECK_EQ(map.calls(file, Hook::open), 2);  // the copy, and the cut in the source
        CHECK(map.mremap("BB....**", 2, kFixed, 2));
        CHECK_EQ(map.now(), "BBBB....");
        CHECK_EQ(map.calls(file, Hook::open), 2);
    }

    TEST_CASE("rule 5.3: the charge travels with the pages") {
        MapPicture map{"AAAAAA....."};
        CHECK(map.mremap("AA**AA.....", 3, kFixed, 7));
        CHECK_EQ(map.access(), "ww..ww.www.");
        CHECK_EQ(map.marks(kVmAccount), "##..##.###.");
        CHECK_EQ(map.world.committed.count, 7);
    }

    TEST_CASE("rule 5.3: a move to a smaller size unmaps the tail of the source first") {
        MapPicture map{"AAAA......"};
        CHECK(map.mremap("****......", 2, kFixed, 6));
        CHECK_EQ(map.access(), "......ww..");
    }

    TEST_CASE("rule 5.3: the source is looked at before the destination is unmapped") {
        MapPicture map{"AA..BB", {{'A', {.extra = kVmSealed}}}};
        CHECK_EQ(outcome(map.mremap("**..BB", 1, kFixed, 4)), "EPERM");
        CHECK_EQ(outcome(map.mremap("AA**BB", 1, kFixed, 4)), "EFAULT");
        CHECK_EQ(map.now(), "AA..BB");
    }

    TEST_CASE("rule 5.3: what fails after the destination was unmapped does not bring it back") {
        const std::map<FailPoint, std::string> after = {
            {FailPoint::mremap_charge, "AA...."},
            {FailPoint::mremap_copy, "AA...."},
            {FailPoint::mremap_move_ptes, "AA...."},
        };
        for (const auto& entry : after) {
            const FailPoint point = entry.first;
            CAPTURE(fail_point_name(point));
            MapPicture map{"AA.BBB", {{'B', {.prot = kR}}}};
            map.faults.arm({.point = point});
            CHECK_EQ(outcome(map.mremap("**.BBB", 3, kFixed, 3)), "ENOMEM");
            CHECK_EQ(map.now(), entry.second);
            CHECK_EQ(map.world.committed.count, 2);
        }
    }

    TEST_CASE("rule 5.3: a source that can't be unmapped stays beside its copy") {
        MapPicture map{"AAAA....", {{'A', kTouched}}};
        map.faults.arm({.point = FailPoint::mremap_unmap});
        CHECK(map.mremap("**AA....", 2, kFixed, 6));
        CHECK_EQ(map.now(), "AAAA..BB");
        CHECK_EQ(map.marks(kVmAccount), "----..##");
        CHECK_EQ(map.mm().committed.count, 6);
        CHECK_EQ(map.mm().commit_leaked.count, 4);
    }

    TEST_CASE("rule 9.7: a child inherits what an error path left without ACCOUNT") {
        MapPicture map{"AAAA....", {{'A', kTouched}}};
        map.faults.arm({.point = FailPoint::mremap_unmap});
        CHECK(map.mremap("**AA....", 2, kFixed, 6));
        map.faults.disarm();
        const auto child =
            map.call([](Current& current) -> Result<MmId> { return do_fork(current); });
        REQUIRE(child);
        CHECK_EQ(validate_mm(map.world, *child), "");
    }

    TEST_CASE("rule 5.3: a driver that refuses the move gets its copy closed") {
        MapPicture map{"......"};
        const auto driver = scripted(
            HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close).with(Hook::mremap));
        driver->on_mremap = Errno::eio;
        const FileId file = map.open(driver);
        CHECK(map.mmap("**....", kR, kMapShared, file));
        CHECK_EQ(outcome(map.mremap("**....", 2, kFixed, 4)), "EIO");
        CHECK_EQ(map.now(), "AA....");
        CHECK_EQ(map.calls(file, Hook::open), 1);
        CHECK_EQ(map.calls(file, Hook::close), 1);
    }

    TEST_CASE("rule 5.3: the new address is chosen before the driver is asked about cuts") {
        MapPicture map{"......"};
        map.unprivileged();
        const auto driver = scripted(HookSet{}.with(Hook::mmap).with(Hook::may_split));
        driver->on_may_split = Errno::einval;
        CHECK(map.mmap("****..", kR, kMapShared, map.open(driver)));
        // Part of it, to where nobody without privileges may map anything.
        const auto moved = map.call([](Current& current) {
            return sys_mremap(current, {.addr = MapPicture::kBase,
                                        .old_length = kPageSize,
                                        .length = kPageSize,
                                        .flags = kFixed,
                                        .new_addr = kPageSize,
                                        .placed_at = {}});
        });
        CHECK_EQ(outcome(moved), "EPERM");
    }

    TEST_CASE("rule 5.3: the driver is asked about cuts inside the VMA before anything is done") {
        MapPicture map{"......"};
        const auto driver = scripted(HookSet{}.with(Hook::mmap).with(Hook::may_split));
        driver->on_may_split = Errno::einval;
        const FileId file = map.open(driver);
        CHECK(map.mmap("****..", kR, kMapShared, file));
        CHECK_EQ(outcome(map.mremap("**AA..", 3, kMremapMayMove)), "EINVAL");
        CHECK_EQ(map.now(), "AAAA..");
        CHECK(map.mremap("****..", 5, kMremapMayMove));
    }
}

TEST_SUITE("mm/mremap DONTUNMAP") {
    TEST_CASE("rule 5.3, L3: the emptied source counts as never faulted") {
        MapPicture map{"AAAA....", {{'A', kTouched}}};
        CHECK(map.mremap("****....", 4, kDont, 8));
        CHECK_EQ(map.now(), "AAAA....BBBB");
        CHECK_EQ(map.anon_vmas(), "----....aaaa");
        CHECK_EQ(map.world.committed.count, 8);
        CHECK(map.mmap("AAAA****BBBB"));
        CHECK_EQ(map.now(), "AAAAAAAABBBB");
    }

    TEST_CASE("rule 5.3: a source that was emptied in part stays faulted") {
        MapPicture map{"AAAA....", {{'A', kTouched}}};
        CHECK(map.mremap("**AA....", 2, kDont, 6));
        CHECK_EQ(map.anon_vmas(), "aaaa..aa");
    }

    TEST_CASE("rule 5.3: without FIXED the new address is a hint") {
        MapPicture map{"AA......"};
        const auto moved = map.mremap("**......", 2, kMremapMayMove | kMremapDontUnmap, 5);
        REQUIRE(moved);
        CHECK_EQ(*moved, map.address(5));
        CHECK_EQ(map.now(), "AA...BB.");
    }

    TEST_CASE("rule 5.3: RLIMIT_AS is asked about the whole old length") {
        MapPicture map{"AAAA...."};
        map.limits().as = 7 * kPageSize;
        CHECK_EQ(outcome(map.mremap("****....", 4, kDont, 4)), "ENOMEM");
        CHECK_EQ(map.now(), "AAAA....");
    }

    // DELTA 0.7, D5: which kernels count what is locked no longer.
    TEST_CASE("DELTA D5: moving a whole locked VMA away counts it twice from 6.16 to 7.2") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            const bool twice =
                profile.version >= KernelVersion::v6_16 && profile.version <= KernelVersion::v7_2;
            MapPicture map{"AAAAAAAA", {}, profile};
            CHECK(map.mlock("********"));
            CHECK(map.mremap("********", 8, kDont, 8));
            CHECK_EQ(map.marks(kVmLocked), "--------########");
            CHECK_EQ(map.mm().locked_vm.count, twice ? 16 : 8);
            CHECK(map.munmap("****************"));
            CHECK_EQ(map.mm().locked_vm.count, twice ? 8 : 0);
        }
    }

    TEST_CASE("DELTA D6: moving part of a locked VMA away unlocks all of it before 7.3") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AAAAAAAA", {}, profile};
            CHECK(map.mlock("********"));
            CHECK(map.mremap("AAA**AAA", 2, kDont, 8));
            if (profile.version == KernelVersion::v7_3) {
                CHECK_EQ(map.marks(kVmLocked), "###--#####");
                CHECK_EQ(map.mm().locked_vm.count, 8);
                CHECK_EQ(locked_pages(map).count, 8);
                continue;
            }
            CHECK_EQ(map.marks(kVmLocked), "--------##");
            CHECK_EQ(map.mm().locked_vm.count, profile.version == KernelVersion::v6_12 ? 8 : 10);
            CHECK_EQ(locked_pages(map).count, 2);
        }
    }

    TEST_CASE("DELTA D9: an emptied source is at home where it lies, from 7.3 on") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            const bool reset = profile.version == KernelVersion::v7_3;
            MapPicture map{"AAAA................", {{'A', kTouched}}, profile};
            CHECK(map.mremap("****................", 4, kFixed, 6));
            CHECK(map.mremap("......****..........", 4, kDont, 16));
            CHECK_EQ(map.home(6), reset ? 6 : 0);
            CHECK_EQ(map.home(16), 0);
            CHECK_EQ(map.anon_vmas(), "......----......aaaa");
            CHECK(map.mmap("......BBBB****..CCCC"));
            CHECK_EQ(map.now(), reset ? "......BBBBBBBB..CCCC" : "......BBBBDDDD..CCCC");
        }
    }
}
