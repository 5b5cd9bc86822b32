// SPDX-License-Identifier: GPL-2.0-or-later
// Locking. Rules 5.6, E4.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const Letter kNoAccess{.prot = 0};

Result<> lock_all(MapPicture& map, std::uint64_t flags) {
    return map.call([&](Current& current) { return sys_mlockall(current, flags); });
}
Result<> unlock_all(MapPicture& map) {
    return map.call([](Current& current) { return sys_munlockall(current); });
}
std::string lock(MapPicture& map, std::uint64_t addr, std::uint64_t length,
                 std::uint64_t flags = 0) {
    return outcome(
        map.call([&](Current& current) { return sys_mlock(current, addr, length, flags); }));
}

}  // namespace

TEST_SUITE("mm/mlock") {
    TEST_CASE("rule 5.6: arguments and limits, in this order") {
        constexpr std::uint64_t p = kPageSize;
        constexpr std::uint64_t at = MapPicture::kBase;
        const struct {
            const char* what;
            std::uint64_t memlock, addr, length, flags;
            const char* result;
        } rows[] = {
            {"unknown flag, no permission", 0, at, p, 2, "EINVAL"},
            {"no permission, no length", 0, at, 0, 0, "EPERM"},
            {"too much, end wraps", 2 * p, ~kPageMask, 3 * p, 0, "ENOMEM"},
            {"end wraps", 4 * p, ~kPageMask, 2 * p, 0, "EINVAL"},
            {"too much, in a hole", 2 * p, at + 9 * p, 3 * p, 0, "ENOMEM"},
            {"no length", p, at + 9 * p, 0, 0, "ok"},
            {"a hole", p, at + 9 * p, p, 0, "ENOMEM"},
            {"just what is allowed", 4 * p, at, 4 * p, 0, "ok"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            MapPicture map{"AAAA"};
            map.unprivileged();
            map.limits().memlock = row.memlock;
            CHECK_EQ(lock(map, row.addr, row.length, row.flags), row.result);
        }
    }

    TEST_CASE("rule 5.6: the start is rounded down, the end up") {
        MapPicture map{"AAAA"};
        CHECK_EQ(lock(map, map.address(1) + 0xfff, 2), "ok");
        CHECK_EQ(map.marks(kVmLocked), "-##-");
    }

    TEST_CASE("rule 5.6: what is locked already does not count against the limit again") {
        MapPicture map{"AAAA"};
        map.unprivileged();
        map.limits().memlock = 3 * kPageSize;
        CHECK(map.mlock("**AA"));
        CHECK_EQ(outcome(map.mlock("AA**")), "ENOMEM");
        CHECK(map.mlock("***B"));
        CHECK_EQ(map.mm().locked_vm.count, 3);
    }

    TEST_CASE("rule 5.6, T12: what was locked before a gap stays locked, and is not populated") {
        MapPicture map{"AAAA...."};
        CHECK_EQ(outcome(map.mlock("AA****..")), "ENOMEM");
        CHECK_EQ(map.marks(kVmLocked), "--##....");
        CHECK_EQ(map.mm().locked_vm.count, 2);
        CHECK_EQ(map.anon_vmas(), "----....");
    }

    TEST_CASE("rule 5.6: mlock2 with ONFAULT marks and populates nothing") {
        MapPicture map{"AA"};
        CHECK(map.mlock("**", kMlockOnFault));
        CHECK_EQ(map.codes(0), "rd wr mr mw me lo lf ac");
        CHECK_EQ(map.anon_vmas(), "--");
        CHECK(map.mlock("**"));
        CHECK_EQ(map.codes(0), "rd wr mr mw me lo ac");
        CHECK_EQ(map.mm().locked_vm.count, 2);
    }

    TEST_CASE("rule 5.6: unlocking merges again, and asks nobody for permission") {
        MapPicture map{"AAAA"};
        CHECK(map.mlock("A**A"));
        map.unprivileged();
        map.limits().memlock = 0;
        CHECK(map.munlock("****"));
        CHECK_EQ(map.mm().locked_vm.count, 0);
        CHECK_EQ(map.marks(kVmLocked), "----");
    }

    TEST_CASE("rule 5.6: special, huge, droppable and DAX memory is passed over without an error") {
        for (const VmFlags passed_over :
             {kVmMixedMap, kVmPfnmap, kVmIo, kVmDontExpand, kVmHugetlb, kVmDroppable}) {
            MapPicture map{"AABBCC", {{'B', {.extra = passed_over}}}};
            map.world.system.hugepages = 1;
            CHECK(map.mlock("******"));
            CHECK_EQ(map.marks(kVmLocked), "##--##");
            CHECK_EQ(map.mm().locked_vm.count, 4);
        }
        MapPicture map{".."};
        const auto driver = plain_file();
        driver->is_dax = true;
        CHECK(map.mmap("**", kR, kMapShared, map.open(driver)));
        CHECK(map.mlock("**"));
        CHECK_EQ(map.marks(kVmLocked), "--");
    }

    TEST_CASE("rule E4: populating stops at memory without access: ENOMEM, though all is locked") {
        MapPicture map{"AABBCC", {{'B', kNoAccess}}};
        CHECK_EQ(outcome(map.mlock("******")), "ENOMEM");
        CHECK_EQ(map.marks(kVmLocked), "######");
        CHECK_EQ(map.anon_vmas(), "aa----");
    }

    TEST_CASE("rule 5.6: no memory for a cut is ENOMEM") {
        MapPicture map{"AAAA"};
        map.faults.arm({.point = FailPoint::mlock_split});
        CHECK_EQ(outcome(map.mlock("A**A")), "ENOMEM");
        CHECK_EQ(map.now(), "AAAA");
    }
}

TEST_SUITE("mm/mlockall") {
    TEST_CASE("rule 5.6: flags and limits of mlockall") {
        MapPicture map{"AAAA"};
        CHECK_EQ(outcome(lock_all(map, 0)), "EINVAL");
        CHECK_EQ(outcome(lock_all(map, 8)), "EINVAL");
        CHECK_EQ(outcome(lock_all(map, kMclOnFault)), "EINVAL");
        map.unprivileged();
        map.limits().memlock = 3 * kPageSize;
        CHECK_EQ(outcome(lock_all(map, kMclCurrent)), "ENOMEM");
        CHECK_EQ(outcome(lock_all(map, kMclFuture)), "ok");
        map.limits().memlock = 0;
        CHECK_EQ(outcome(lock_all(map, kMclFuture)), "EPERM");
    }

    TEST_CASE("rule 5.6, E4: CURRENT locks all there is and goes on past what can't be read") {
        MapPicture map{"AABBCC..", {{'B', kNoAccess}}};
        CHECK(lock_all(map, kMclCurrent));
        CHECK_EQ(map.marks(kVmLocked), "######..");
        CHECK_EQ(map.anon_vmas(), "aa--bb..");
        CHECK(map.mmap("AABBCC**", kR));
        CHECK_EQ(map.marks(kVmLocked), "######--");
    }

    TEST_CASE("rule 5.6: FUTURE locks what comes, and leaves what is there") {
        MapPicture map{"AA...."};
        CHECK(lock_all(map, kMclFuture));
        CHECK(map.mmap("AA**.."));
        CHECK_EQ(map.marks(kVmLocked), "--##..");
        CHECK(lock_all(map, kMclFuture | kMclOnFault));
        CHECK(map.mmap("AABB**"));
        CHECK_EQ(map.codes(4), "rd wr mr mw me lo lf ac");
        CHECK_EQ(map.mm().locked_vm.count, 4);
    }

    TEST_CASE("rule 5.6: munlockall takes everything back") {
        MapPicture map{"AA.."};
        CHECK(lock_all(map, kMclCurrent | kMclFuture));
        CHECK(unlock_all(map));
        CHECK(map.mmap("AA**"));
        CHECK_EQ(map.now(), "AAAA");
        CHECK_EQ(map.mm().locked_vm.count, 0);
    }
}
