// SPDX-License-Identifier: GPL-2.0-or-later
// Which ranges become one VMA, and which VMA that is. Rules 4.1 to 4.3. What anon_vmas have to
// say: anon_vma_test.cpp; what drivers: close_rule_test.cpp.
#include "mm/merge.h"

#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

MergeBarriers barriers_between(const MapPicture& map, std::size_t left, std::size_t right) {
    return why_not_merged(map.world, map.at(left), map.at(right));
}

}  // namespace

TEST_SUITE("mm/merge predicate") {
    TEST_CASE("rule 4.1 test 1: policies must be equal") {
        MapPicture map{"AA.."};
        CHECK(map.mbind("**..", kMpolBind, 1));
        CHECK(map.mmap("AA**"));
        CHECK_EQ(map.now(), "AABB");
        CHECK(barriers_between(map, 0, 2).has(MergeBarrier::policy));
    }

    TEST_CASE("rule 4.1 test 2: a new mapping joins only the neighbour whose flags it has") {
        MapPicture map{"AA.BB", {{'B', kReadOnly}}};

        CHECK(map.mmap("AA*BB", kR));
        CHECK_EQ(map.now(), "AABBB");
    }

    TEST_CASE("rule 4.1 test 2, L6: MAP_STACK differs from its neighbours by NOHUGEPAGE") {
        MapPicture map{"AA.."};

        CHECK(map.mmap("AA**", kRw, kAnon | kMapStack));
        CHECK_EQ(map.now(), "AABB");
    }

    TEST_CASE("rule 4.1 test 2: every flag keeps apart but those that are ignored") {
        for (const Profile& profile : all_profiles()) {
            for (int bit = 0; bit <= static_cast<int>(VmaBit::sealed); ++bit) {
                CAPTURE(profile.name);
                CAPTURE(bit);
                const VmFlags flag = static_cast<VmaBit>(bit);
                MapPicture map{"AABB", {{'A', {.extra = kVmNoReserve}}, {'B', {}}}, profile};
                Vma left = map.at(0);
                Vma right = map.at(2);
                right.flags = left.flags ^ flag;
                const bool ignored =
                    flag == kVmSoftDirty ||
                    (flag == kVmMaybeGuard && profile.version >= KernelVersion::v6_18);
                const auto barriers = why_not_merged(map.world, left, right);
                CHECK_EQ(barriers.has(MergeBarrier::flags), !ignored);
            }
        }
    }

    TEST_CASE("rule 4.1 test 3, T11: two shared anonymous mappings never merge") {
        MapPicture map{"...."};

        CHECK(map.mmap("**..", kRw, kMapShared | kMapAnonymous));
        CHECK(map.mmap("AA**", kRw, kMapShared | kMapAnonymous));
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(map.world.shmem_created, 2);
    }

    TEST_CASE("rule 4.1 tests 3 and 7, L9: one open file, offsets that go on") {
        MapPicture map{"......"};
        const auto driver = plain_file();
        const FileId file = map.open(driver);
        CHECK(map.mmap("*.....", kR, kMapPrivate, file, 0));
        CHECK(map.mmap("A*....", kR, kMapPrivate, file, 1));
        CHECK_EQ(map.now(), "AA....");

        CHECK(map.mmap("AA*...", kR, kMapPrivate, file, 3));
        CHECK_EQ(map.now(), "AAB...");

        CHECK(map.mmap("AAB*..", kR, kMapPrivate, map.open(driver), 4));
        CHECK_EQ(map.now(), "AABC..");
        CHECK(barriers_between(map, 2, 3).has(MergeBarrier::file));
        CHECK_FALSE(barriers_between(map, 2, 3).has(MergeBarrier::pgoff));
    }

    TEST_CASE("rule 4.1 tests 4 and 5: userfaultfd contexts and names must be equal") {
        MapPicture map{"AABB"};
        VmaAttrs attrs;
        attrs.uffd = {1};
        Vma right = map.at(2);
        right.set_attr(map.world.attrs.intern(attrs));
        CHECK(why_not_merged(map.world, map.at(0), right).has(MergeBarrier::uffd));

        CHECK(map.set_name("AA**", "n"));
        CHECK(barriers_between(map, 0, 2).has(MergeBarrier::name));
    }

    TEST_CASE("rule 4.1 test 8: ranges must touch") {
        MapPicture map{"AA..."};
        CHECK(map.mmap("AA.**"));
        CHECK_EQ(map.now(), "AA.BB");
    }

    TEST_CASE("rule 4.1: nobody asks for vm_ops and private data") {
        MapPicture map{"...."};
        const auto driver = scripted(HookSet{}.with(Hook::mmap_prepare));
        driver->sets_ops = false;
        driver->on_mmap_prepare = [](HookCall& call, VmAreaDesc& desc) -> Result<> {
            desc.private_data = call.nth();
            if (call.nth() == 1) desc.ops = call.own_ops();
            return {};
        };
        const FileId file = map.open(driver);
        CHECK(map.mmap("**..", kR, kMapShared, file, 0));
        CHECK(map.mmap("AA**", kR, kMapShared, file, 2));
        CHECK_EQ(map.now(), "AAAA");
    }
}

TEST_SUITE("mm/merge of new ranges") {
    TEST_CASE("rule 4.2: a new mapping joins both neighbours; the left one survives") {
        MapPicture map{"AA.B..CC"};

        CHECK(map.mmap("AA*B..CC"));
        CHECK_EQ(map.now(), "AAAA..CC");

        CHECK(map.mmap("AAAA.*CC"));
        CHECK_EQ(map.now(), "AAAA.CCC");
        CHECK_EQ(map.home(5), 5);

        CHECK(map.mmap("AAAA*CCC"));
        CHECK_EQ(map.now(), "AAAAAAAA");
        CHECK_EQ(map.mm().map_count, 1);
    }

    TEST_CASE("rule 4.2: special mappings are no merge result, whoever asks") {
        const Letter frames{.extra = kVmPfnmap};
        MapPicture map{"AABB", {{'A', frames}, {'B', frames}}};
        CHECK(map.madvise("****", Madv::dontfork));
        CHECK_EQ(map.now(), "AABB");
        CHECK(barriers_between(map, 0, 2).has(MergeBarrier::special));
    }

    TEST_CASE("rule 4.2: a deleted next lets go of its file") {
        MapPicture map{"......"};
        const FileId file = map.open(plain_file());
        CHECK(map.mmap("**....", kRw, kMapShared, file, 0));
        CHECK(map.mmap("AA..**", kRw, kMapShared, file, 4));
        CHECK(map.mmap("AA**BB", kRw, kMapShared, file, 2));
        CHECK_EQ(map.now(), "AAAAAA");
        CHECK_EQ(map.world.files[file.index].refs, 2);
        CHECK_EQ(map.world.files[file.index].writable_vmas, 1);
    }

    TEST_CASE("rule 4.2 item 7: where merging fails for want of memory mmap makes a VMA instead") {
        for (const FailPoint point : {FailPoint::merge_prealloc, FailPoint::merge_anon_clone}) {
            CAPTURE(fail_point_name(point));
            MapPicture map{"AA..BB", {{'B', {.touched = true}}}};
            map.faults.arm({.point = point});
            CHECK(map.mmap("AA**BB"));
            CHECK_EQ(map.now(), "AACCBB");
        }
    }

    TEST_CASE("rule 4.2 item 7: growing in place fails instead") {
        MapPicture map{"AA..BB", {{'B', {.touched = true}}}};
        map.faults.arm({.point = FailPoint::merge_anon_clone});
        CHECK_EQ(outcome(map.mremap("**..BB", 4)), "ENOMEM");
        map.faults.arm({.point = FailPoint::merge_prealloc});
        CHECK_EQ(outcome(map.mremap("**..BB", 4)), "ENOMEM");
        CHECK_EQ(map.now(), "AA..BB");
        CHECK_EQ(map.world.committed.count, 4);
    }
}

TEST_SUITE("mm/merge of existing ranges") {
    TEST_CASE("rule 4.3: a protected part joins the neighbour it now equals") {
        MapPicture map{"AAAAAABBBBBB", {{'B', kReadOnly}}};

        CHECK(map.mprotect("AAAA**BBBBBB", kR));
        CHECK_EQ(map.now(), "AAAABBBBBBBB");

        CHECK(map.mprotect("AA*ABBBBBBBB", kR));
        CHECK_EQ(map.now(), "CCADBBBBBBBB");

        CHECK(map.mprotect("CCA*BBBBBBBB", kR));
        CHECK_EQ(map.now(), "CCAAAAAAAAAA");
    }

    TEST_CASE("rule 4.3: a part at the start moves the edge of the left neighbour up") {
        MapPicture map{"AABBBB", {{'B', kReadOnly}}};
        CHECK(map.mprotect("AA**BB", kRw));
        CHECK_EQ(map.now(), "AAAABB");
        CHECK_EQ(map.home(4), 4);
    }

    TEST_CASE("rule 4.3: a part at the end moves the edge of the right neighbour down") {
        MapPicture map{"AAAABB", {{'B', kReadOnly}}};
        CHECK(map.mprotect("AA**BB", kR));
        CHECK_EQ(map.now(), "AABBBB");
        CHECK_EQ(map.home(2), 2);
    }

    TEST_CASE("rule 4.3: a whole VMA between two equals disappears with the right one") {
        MapPicture map{"AABBCC", {{'B', kReadOnly}}};

        CHECK(map.mprotect("AA**CC", kRw));
        CHECK_EQ(map.now(), "AAAAAA");
    }

    TEST_CASE("rules 4.2, 4.3: a merge tells how many VMAs it swallowed") {
        const auto swallowed = [](const MapPicture& map) {
            return std::get<VmaMerged>(map.log.events.back()).swallowed;
        };
        MapPicture map{"AA..BBCC", {{'C', kReadOnly}}};
        CHECK(map.mmap("AA*.BBCC"));
        CHECK_EQ(swallowed(map), 0);
        CHECK(map.mmap("AAA*BBCC"));
        CHECK_EQ(swallowed(map), 1);
        CHECK(map.mprotect("AAAAAA**", kRw));
        CHECK_EQ(swallowed(map), 1);

        MapPicture both{"AABBCC", {{'B', kReadOnly}}};
        CHECK(both.mprotect("AA**CC", kRw));
        CHECK_EQ(swallowed(both), 2);
    }

    TEST_CASE("rule 4.3: a whole VMA is taken by the only neighbour it equals") {
        MapPicture left{"AABBCC", {{'B', kReadOnly}, {'C', {.prot = 0}}}};
        CHECK(left.mprotect("AA**CC", kRw));
        CHECK_EQ(left.now(), "AAAACC");

        MapPicture right{"AABBCC", {{'A', {.prot = 0}}, {'B', kReadOnly}}};
        CHECK(right.mprotect("AA**CC", kRw));
        CHECK_EQ(right.now(), "AACCCC");
    }

    TEST_CASE("rule 4.3: what is inside a VMA on both sides merges with nobody") {
        MapPicture map{"AAAA"};
        CHECK(map.mprotect("A**A", kR));
        CHECK_EQ(map.now(), "BAAC");
    }

    TEST_CASE("rule 4.3 item 9: no memory for the merge fails the call and changes nothing") {
        MapPicture map{"AABBCC", {{'B', kReadOnly}}};
        map.faults.arm({.point = FailPoint::merge_prealloc});
        CHECK_EQ(outcome(map.mprotect("AA**CC", kRw)), "ENOMEM");
        CHECK_EQ(map.now(), "AABBCC");
        CHECK_EQ(map.access(), "wwrrww");
        CHECK_EQ(map.world.committed.count, 4);
    }

    TEST_CASE("rule 4.3 item 8: what is sticky stays with the VMA that lives on") {
        MapPicture map{"AABBCC", {{'B', {.prot = kR, .extra = kVmMaybeGuard}}}};
        CHECK(map.mprotect("AA**CC", kRw));
        CHECK_EQ(map.now(), "AAAAAA");
        CHECK_EQ(map.marks(kVmMaybeGuard), "######");
    }
}
