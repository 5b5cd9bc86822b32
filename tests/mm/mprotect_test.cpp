// SPDX-License-Identifier: GPL-2.0-or-later
// mprotect: what it asks, VMA by VMA, and what it leaves when it stops half way. Rule 5.2.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kRx = kProtRead | kProtExec;
const Letter kSealed{.extra = kVmSealed};

std::string protect(MapPicture& map, std::uint64_t addr, std::uint64_t length, std::uint64_t prot,
                    std::int64_t pkey = -1) {
    return outcome(map.call(
        [&](Current& current) { return sys_mprotect(current, addr, length, prot, pkey); }));
}

// A private or shared mapping of a file that is open as said.
MapPicture file_picture(std::uint64_t prot, std::uint64_t flags, bool writable) {
    MapPicture map{"...."};
    File file;
    file.path = "/file";
    file.writable = writable;
    REQUIRE(map.mmap("****", prot, flags, map.open(plain_file(), file)));
    return map;
}

}  // namespace

TEST_SUITE("mm/mprotect arguments") {
    TEST_CASE("rule 5.2: arguments, in this order") {
        constexpr std::uint64_t p = kPageSize;
        constexpr std::uint64_t at = MapPicture::kBase;
        constexpr std::uint64_t kBoth = kProtGrowsDown | kProtGrowsUp;
        const struct {
            const char* what;
            std::uint64_t addr, length, prot;
            std::int64_t pkey;
            const char* result;
        } rows[] = {
            {"grows both ways, no length", at, 0, kR | kBoth, -1, "EINVAL"},
            {"unaligned, no length", at + 1, 0, kR, -1, "EINVAL"},
            {"no length, bad prot", at, 0, 0x100, -1, "ok"},
            {"length wraps, bad prot", at, ~std::uint64_t{0}, 0x100, -1, "ENOMEM"},
            {"end wraps", at, ~std::uint64_t{0} - at, kR, -1, "ENOMEM"},
            {"bad prot in a hole", at + 9 * p, p, 0x100, -1, "EINVAL"},
            {"key that nobody has, in a hole", at + 9 * p, p, kR, 3, "EINVAL"},
            {"a hole", at + 9 * p, p, kR, -1, "ENOMEM"},
            {"grows down, not a stack", at, p, kR | kProtGrowsDown, -1, "EINVAL"},
            {"grows down, a hole", at - p, p, kR | kProtGrowsDown, -1, "ENOMEM"},
            {"grows up", at, p, kR | kProtGrowsUp, -1, "EINVAL"},
            {"the default key", at, p, kRw, 0, "ok"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            MapPicture map{"AAAA"};
            CHECK_EQ(protect(map, row.addr, row.length, row.prot, row.pkey), row.result);
            CHECK_EQ(map.now(), "AAAA");
        }
    }

    TEST_CASE("rule 5.2: GROWSDOWN begins at the start of the stack") {
        MapPicture map{".SSSS", {{'S', {.extra = kVmGrowsDown}}}};
        CHECK_EQ(protect(map, map.address(3), kPageSize, kR | kProtGrowsDown), "ok");
        CHECK_EQ(map.access(), ".rrrw");
        MapPicture below{".SSSS", {{'S', {.extra = kVmGrowsDown}}}};
        CHECK_EQ(protect(below, below.address(0), 3 * kPageSize, kR | kProtGrowsDown), "ok");
        CHECK_EQ(below.access(), ".rrww");
    }
}

TEST_SUITE("mm/mprotect") {
    TEST_CASE("rule 5.2: what was changed before a gap stays changed") {
        MapPicture map{"AAAA....BBBB"};
        CHECK_EQ(outcome(map.mprotect("AA********BB", kR)), "ENOMEM");
        CHECK_EQ(map.access(), "wwrr....wwww");
    }

    TEST_CASE("rule 5.2: a range that begins in a gap changes nothing") {
        MapPicture map{"..AA"};
        CHECK_EQ(outcome(map.mprotect(".***", kR)), "ENOMEM");
        CHECK_EQ(map.access(), "..ww");
    }

    TEST_CASE("rule 5.2: what was changed before a sealed VMA stays changed") {
        MapPicture map{"AABB", {{'B', kSealed}}};
        CHECK_EQ(outcome(map.mprotect("****", kR)), "EPERM");
        CHECK_EQ(map.access(), "rrww");
    }

    TEST_CASE("rule 5.2 step 8b, L4: the protection it has already cuts nothing") {
        MapPicture map{"AAAA"};
        CHECK(map.mprotect("A**A", kRw));
        CHECK_EQ(map.now(), "AAAA");
        CHECK(map.mprotect("A**A", kRw | kProtSem));
        CHECK_EQ(map.now(), "AAAA");
    }

    TEST_CASE("rule 5.2 step 3, L8: a right that may never be had is refused, uncut") {
        MapPicture map = file_picture(kR, kMapShared, false);
        CHECK_EQ(outcome(map.mprotect("A**A", kRw)), "EACCES");
        CHECK_EQ(map.now(), "AAAA");
        CHECK(map.mprotect("A**A", kRx));

        MapPicture cow = file_picture(kR, kMapPrivate, false);
        CHECK(cow.mprotect("****", kRw));
    }

    TEST_CASE("rule 5.2 step 3: the missing right is found before the seal") {
        MapPicture map = file_picture(kR, kMapShared, false);
        CHECK(map.mseal("****"));
        CHECK_EQ(outcome(map.mprotect("****", kRw)), "EACCES");
        CHECK_EQ(outcome(map.mprotect("****", kRx)), "EPERM");
    }

    TEST_CASE("rule 5.2 step 4: under MDWE no page becomes executable, or both that and writable") {
        MapPicture map{"AABB", {{'A', kReadOnly}, {'B', {.prot = kRx}}}};
        map.mm().mdwe = true;
        CHECK_EQ(outcome(map.mprotect("**BB", kRx)), "EACCES");
        CHECK_EQ(outcome(map.mprotect("AA**", kRwx)), "EACCES");
        CHECK(map.mprotect("AA**", kProtExec));
        CHECK(map.mprotect("AA**", kRw));
    }

    TEST_CASE("rule 5.2 step 7: the driver may refuse") {
        MapPicture map{"AA.."};
        const auto driver = scripted(HookSet{}.with(Hook::mmap).with(Hook::mprotect));
        driver->on_mprotect = Errno::eio;
        CHECK(map.mmap("AA**", kRw, kMapShared, map.open(driver)));
        CHECK_EQ(outcome(map.mprotect("****", kR)), "EIO");
        CHECK_EQ(map.access(), "rrww");
    }

    TEST_CASE("rule 5.2 step 8d: what becomes writable is charged once") {
        MapPicture map{"AAAA", {{'A', kReadOnly}}};
        CHECK(map.mprotect("A**A", kRw));
        CHECK_EQ(map.marks(kVmAccount), "-##-");
        CHECK_EQ(map.world.committed.count, 2);
    }

    TEST_CASE("rule 5.2 step 8d: writable again after writing is not charged again") {
        MapPicture map{"AAAA"};
        map.touch("****");
        CHECK(map.mprotect("****", kR));
        CHECK_EQ(map.world.committed.count, 4);
        CHECK(map.mprotect("****", kRw));
        CHECK_EQ(map.world.committed.count, 4);
    }

    TEST_CASE("rule 5.2 step 8d: shared and unreserved memory is not charged") {
        MapPicture map{"AA..", {{'A', {.prot = kR, .extra = kVmNoReserve}}}};
        CHECK(map.mmap("AA**", kR, kMapShared | kMapAnonymous));
        CHECK(map.mprotect("****", kRw));
        CHECK_EQ(map.world.committed.count, 0);
    }

    TEST_CASE("rule 5.2 step 8d: no commit left is ENOMEM; the charge of a failed cut returns") {
        MapPicture map{"AAAA", {{'A', kReadOnly}}};
        map.faults.arm({.point = FailPoint::mprotect_charge});
        CHECK_EQ(outcome(map.mprotect("A**A", kRw)), "ENOMEM");
        map.faults.disarm();
        map.faults.arm({.point = FailPoint::mprotect_split});
        CHECK_EQ(outcome(map.mprotect("A**A", kRw)), "ENOMEM");
        CHECK_EQ(map.world.committed.count, 0);
        CHECK_EQ(map.now(), "AAAA");
    }

    TEST_CASE("rule 5.2 step 8e, T6: untouched memory gives ACCOUNT back and merges again") {
        MapPicture map{"AAAA", {{'A', {.prot = 0}}}};

        CHECK(map.mprotect("**AA", kRw));
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(map.marks(kVmAccount), "##--");

        CHECK(map.mprotect("**BB", 0));
        CHECK_EQ(map.now(), "BBBB");
        CHECK_EQ(map.world.committed.count, 0);
    }

    TEST_CASE("rule 5.2 step 8e, T6: touched memory keeps ACCOUNT and stays apart") {
        MapPicture map{"AAAA", {{'A', {.prot = 0}}}};
        CHECK(map.mprotect("**AA", kRw));
        map.touch("**BB");
        CHECK(map.mprotect("**BB", 0));
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(map.world.committed.count, 2);
    }

    TEST_CASE("rule 5.2 step 8e, L7: what keeps ACCOUNT does not merge with fresh memory") {
        MapPicture map{"AAAA..", {{'A', {.touched = true}}}};
        CHECK(map.mprotect("AA**..", kR));
        CHECK(map.mmap("BBAA**", kR));
        CHECK_EQ(map.now(), "BBAACC");
    }

    TEST_CASE("rule 5.2 step 8e: a private file mapping keeps ACCOUNT, touched or not") {
        MapPicture map = file_picture(kRw, kMapPrivate, true);
        CHECK(map.mprotect("****", kR));
        CHECK_EQ(map.marks(kVmAccount), "####");
    }

    TEST_CASE("rule 5.2 step 8g: pages change their class") {
        MapPicture map{"AAAA"};
        CHECK(map.mprotect("AA**", kRx));
        CHECK_EQ(map.mm().data_vm.count, 2);
        CHECK_EQ(map.mm().exec_vm.count, 2);
    }

    TEST_CASE("rule E3: locked read-only memory is populated when it becomes writable") {
        MapPicture map{"AAA", {{'A', kReadOnly}}};
        CHECK(map.mlock("*AA"));
        CHECK(map.mlock("A*B", kMlockOnFault));
        CHECK(map.mprotect("***", kRw));
        CHECK_EQ(map.anon_vmas(), "a--");
        CHECK(map.mprotect("***", kR));
        CHECK_EQ(map.codes(0), "rd mr mw me lo ac");
        CHECK_EQ(map.codes(1), "rd mr mw me lo lf");
    }
}
