// SPDX-License-Identifier: GPL-2.0-or-later
// What is counted: pages by class, pages against overcommit, and the limits on both.
// Rules 1, 2.4.
#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kReadExec = kProtRead | kProtExec;

// exec, stack, data of a two page mapping.
std::string class_of(std::uint64_t prot, std::uint64_t flags) {
    MapPicture map{".."};
    REQUIRE(map.mmap("**", prot, flags));
    CHECK_EQ(map.mm().total_vm.count, 2);
    if (map.mm().exec_vm) return "exec";
    if (map.mm().stack_vm) return "stack";
    return map.mm().data_vm ? "data" : "none";
}

// A machine of so many pages, with or without the admin's reserve.
void small_machine(MapPicture& map, Overcommit mode, std::uint64_t pages) {
    map.world.system.overcommit = mode;
    map.world.system.ram_bytes = pages * kPageSize;
    map.world.system.swap_bytes = 0;
}

}  // namespace

TEST_SUITE("mm/accounting") {
    TEST_CASE("rule 1: which class a mapping's pages are counted in, besides the total") {
        CHECK_EQ(class_of(kReadExec, kAnon), "exec");
        CHECK_EQ(class_of(kReadExec, kShared), "exec");
        CHECK_EQ(class_of(kReadExec | kProtWrite, kAnon), "data");
        CHECK_EQ(class_of(kRw, kAnon), "data");
        CHECK_EQ(class_of(kRw, kShared), "none");
        CHECK_EQ(class_of(kR, kAnon), "none");
        CHECK_EQ(class_of(0, kAnon), "none");
        CHECK_EQ(class_of(kRw, kAnon | kMapGrowsDown), "stack");
        CHECK_EQ(class_of(kReadExec, kAnon | kMapGrowsDown), "stack");
    }

    TEST_CASE("rule 2.4: private writable memory is accounted, and nothing else") {
        const struct {
            const char* what;
            std::uint64_t prot, flags;
            bool accounted;
        } rows[] = {
            {"private writable", kRw, kAnon, true},
            {"write only", kProtWrite, kAnon, true},
            {"private read-only", kR, kAnon, false},
            {"no access", 0, kAnon, false},
            {"shared writable", kRw, kShared, false},
            {"private writable without reserve", kRw, kAnon | kMapNoReserve, false},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            MapPicture map{".."};
            CHECK(map.mmap("**", row.prot, row.flags));
            CHECK_EQ(map.at(0).flags.any(kVmAccount), row.accounted);
            CHECK_EQ(map.world.committed.count, row.accounted ? 2 : 0);
            CHECK(map.munmap("**"));
            CHECK_EQ(map.world.committed.count, 0);
        }
    }

    TEST_CASE("rule 2.1 row 22: NORESERVE means nothing where overcommit is never allowed") {
        MapPicture map{".."};
        map.world.system.overcommit = Overcommit::never;
        CHECK(map.mmap("**", kRw, kAnon | kMapNoReserve));
        CHECK(map.at(0).flags.any(kVmAccount));
        CHECK_FALSE(map.at(0).flags.any(kVmNoReserve));
    }

    TEST_CASE("rule 2.4: mode 0 refuses what alone exceeds memory and swap") {
        MapPicture map{"AAAA...."};
        small_machine(map, Overcommit::heuristic, 3);
        CHECK(map.mmap("AAAA***.", kRw, kAnon | kMapStack));
        CHECK_EQ(outcome(map.mmap("AAAA****", kRw)), "ok");  // the charge is one page: 4 - 3
        CHECK(map.munmap("********"));
        CHECK_EQ(outcome(map.mmap("....****")), "ENOMEM");
        CHECK_EQ(map.world.committed.count, 0);
    }

    TEST_CASE("rule 2.4: mode 1 refuses nothing") {
        MapPicture map{"...."};
        small_machine(map, Overcommit::always, 1);
        CHECK(map.mmap("****"));
    }

    TEST_CASE("rule 2.4: mode 2 counts everything against half the memory less the reserves") {
        MapPicture map{"....."};
        small_machine(map, Overcommit::never, 10);
        CHECK(map.mmap("****."));  // with CAP_SYS_ADMIN nothing is reserved: below 5 pages
        CHECK_EQ(outcome(map.mmap("AAAA*", kRw)), "ENOMEM");
        CHECK(map.mmap("AAAA*", kR));
    }

    TEST_CASE("rule 2.4: RLIMIT_AS counts all pages, RLIMIT_DATA private writable ones") {
        MapPicture map{"AAAA......"};
        map.limits().as = 6 * kPageSize;
        CHECK_EQ(outcome(map.mmap("AAAA***...", kR)), "ENOMEM");
        CHECK(map.mmap("AAAA**....", kR));

        MapPicture data{"AAAA......"};
        data.limits().data = 5 * kPageSize;
        CHECK_EQ(outcome(data.mmap("AAAA**....", kRw)), "ENOMEM");
        CHECK(data.mmap("AAAA**....", kR));
        CHECK(data.mmap("AAAABB**..", kRw, kMapShared | kMapAnonymous));
        CHECK_EQ(outcome(data.mprotect("AAAA**CC..", kRw)), "ENOMEM");
        CHECK(data.mprotect("AAAA*BCC..", kRw));
    }

    TEST_CASE("rule 2.4: what a mapping replaces is subtracted first") {
        MapPicture map{"AAAA"};
        map.limits().as = 4 * kPageSize;
        CHECK(map.mmap("**AA", kR));
        CHECK_EQ(map.mm().total_vm.count, 4);
        CHECK_EQ(map.world.committed.count, 2);
    }

    TEST_CASE("rule 3.3: no call gives back a charge that somebody else took") {
        MapPicture map{"AA.."};
        const auto child = map.fork();
        REQUIRE(child);
        CHECK_EQ(map.world.committed.count, 4);
        map.show(*child);
        CHECK(map.munmap("**.."));
        CHECK_EQ(map.world.committed.count, 2);
        CHECK_EQ(map.mm().committed.count, 0);
    }
}
