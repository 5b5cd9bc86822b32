// SPDX-License-Identifier: GPL-2.0-or-later
// A child's address space and the end of one. Rules 5.9, 5.10. Its anon_vmas: anon_vma_test.cpp.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

void exit_of(MapPicture& map, MmId mm) {
    const MmId shown = map.mm_id;
    map.show(mm);
    map.call([](Current& current) { exit_mmap(current); });
    map.show(shown);
}

}  // namespace

TEST_SUITE("mm/fork") {
    TEST_CASE("rule 5.9: DONTCOPY stays with the parent, everything else is copied and counted") {
        MapPicture map{"AABB.CC", {{'B', {.extra = kVmDontCopy}}, {'C', {.prot = kR | kProtExec}}}};
        map.show(*map.fork());
        CHECK_EQ(map.now(), "AA...CC");
        CHECK_EQ(map.mm().total_vm.count, 4);
        CHECK_EQ(map.mm().data_vm.count, 2);
        CHECK_EQ(map.mm().exec_vm.count, 2);
        CHECK_EQ(map.mm().committed.count, 2);
        CHECK_EQ(map.world.committed.count, 6);
    }

    TEST_CASE("rule 5.9: WIPEONFORK memory begins anew in the child") {
        MapPicture map{"AABB", {{'A', kTouched}, {'B', {.extra = kVmWipeOnFork, .touched = true}}}};
        map.show(*map.fork());
        CHECK_EQ(map.anon_vmas(), "aa--");
        CHECK_EQ(map.marks(kVmWipeOnFork), "--##");
    }

    TEST_CASE("rule 5.9: locks and what mlockall promised are not inherited") {
        MapPicture map{"AA.."};
        CHECK(map.call(
            [](Current& current) { return sys_mlockall(current, kMclCurrent | kMclFuture); }));
        map.show(*map.fork());
        CHECK_EQ(map.marks(kVmLocked), "--..");
        CHECK_EQ(map.mm().locked_vm.count, 0);
        CHECK(map.mmap("AA**"));
        CHECK_EQ(map.marks(kVmLocked), "----");
    }

    TEST_CASE("rule 5.9: neighbours that are alike are copied apart") {
        MapPicture map{"AABB"};
        map.show(*map.fork());
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(map.mm().map_count, 2);
    }

    TEST_CASE("rule 5.9: the child opens what it maps") {
        MapPicture map{"...."};
        const FileId file =
            map.open(scripted(HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close)));
        CHECK(map.mmap("**..", kRw, kMapShared, file));
        const MmId child = *map.fork();
        CHECK_EQ(map.calls(file, Hook::open), 1);
        CHECK_EQ(map.world.files[file.index].refs, 3);
        CHECK_EQ(map.world.files[file.index].writable_vmas, 2);
        exit_of(map, child);
        CHECK_EQ(map.calls(file, Hook::close), 1);
        CHECK_EQ(map.world.files[file.index].refs, 2);
    }

    TEST_CASE("rule 5.9: what the child does is not seen by the parent") {
        MapPicture map{"AAAA"};
        const MmId parent = map.mm_id;
        map.show(*map.fork());
        CHECK(map.munmap("A**A"));
        CHECK(map.mprotect("*..C", kR));
        map.show(parent);
        CHECK_EQ(map.now(), "AAAA");
        CHECK_EQ(map.access(), "wwww");
    }

    TEST_CASE("rule 5.9: a fork that fails half way leaves the parent and gives all charges back") {
        for (const FailPoint point :
             {FailPoint::fork_charge, FailPoint::fork_alloc, FailPoint::fork_anon_clone}) {
            CAPTURE(fail_point_name(point));
            MapPicture map{"AA.BB......", {{'A', kTouched}}};
            const FileId file =
                map.open(scripted(HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close)));
            CHECK(map.mmap("AA.BB.**...", kRw, kMapPrivate, file));
            CHECK(map.mmap("AA.BB.CC.**", kRw));
            const std::uint32_t anon_vmas = map.world.anon_vmas.live();
            map.faults.arm({.point = point, .n = 4});
            CHECK_EQ(outcome(map.fork()), "ENOMEM");
            CHECK_EQ(map.now(), "AA.BB.CC.DD");
            CHECK_EQ(map.world.committed.count, 8);
            CHECK_EQ(map.world.files[file.index].refs, 2);
            CHECK_EQ(map.calls(file, Hook::open), map.calls(file, Hook::close));
            CHECK_EQ(map.world.anon_vmas.live(), anon_vmas);
        }
    }

    TEST_CASE("rule 5.9: overcommit is asked VMA by VMA") {
        MapPicture map{"AA.BB"};
        map.world.system.overcommit = Overcommit::never;
        map.world.system.ram_bytes = 16 * kPageSize;
        CHECK_EQ(outcome(map.fork()), "ENOMEM");
        CHECK_EQ(map.world.committed.count, 4);
        map.world.system.ram_bytes = 18 * kPageSize;
        CHECK_EQ(outcome(map.fork()), "ok");
    }
}

TEST_SUITE("mm/exit") {
    TEST_CASE("rule 5.10: at the end everything is given back") {
        MapPicture map{"AA....", {{'A', kTouched}}};
        const FileId file = map.open(scripted(HookSet{}.with(Hook::mmap).with(Hook::close)));
        CHECK(map.mmap("AA**..", kRw, kMapPrivate, file));
        CHECK(map.mmap("AABB**", kRw, kMapShared | kMapAnonymous));
        map.touch("******");
        exit_of(map, map.mm_id);
        CHECK_EQ(map.now(), "......");
        CHECK_EQ(map.world.committed.count, 0);
        CHECK_EQ(map.world.files[file.index].refs, 1);
        CHECK_EQ(map.world.shmem_live, 0);
        CHECK_EQ(map.world.anon_vmas.live(), 0);
        CHECK_EQ(map.calls(file, Hook::close), 1);
        CHECK_FALSE(map.mm().alive);
    }

    TEST_CASE("rule 5.10: a special mapping can be unmapped whole, in part it is EINVAL") {
        MapPicture map{"...."};
        Vma vdso{};
        vdso.start = vpn_of(map.address(0));
        vdso.end = vpn_of(map.address(2));
        vdso.flags = kVmRead | kVmExec | kVmMayAccess | kVmDontExpand;
        vdso.ops = VmOps::of(map.world.special_driver);
        map.call([&](Current& current) { install_vma(current, vdso); });
        CHECK_EQ(outcome(map.munmap("*A..")), "EINVAL");
        CHECK_EQ(outcome(map.mprotect("*A..", kR)), "EINVAL");
        CHECK(map.munmap("**.."));
        CHECK_EQ(map.now(), "....");
    }

    TEST_CASE(
        "rule 5.9: a copy that is wiped keeps the offset of memory that was written and moved") {
        MapPicture map("AA....", {{'A', kTouched}});
        CHECK(map.mremap("**....", 2, kFixed, 4));
        CHECK(map.madvise("....**", Madv::wipeonfork));
        CHECK_EQ(map.home(4), 0);
        map.show(*map.fork());
        CHECK_EQ(map.anon_vmas(), "....--");
        CHECK_EQ(map.home(4), 0);
        CHECK_EQ(map.broken(), "");
    }
}
