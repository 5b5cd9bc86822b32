// SPDX-License-Identifier: GPL-2.0-or-later
// What a process switches on or off for all of its memory. Rules 2.1 row 10, 5.2 step 2, 5.4, 5.5,
// E6, E8.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

void set(MapPicture& map, ProcessSwitch which, bool enable = true) {
    CHECK(map.call([&](Current& current) { return sys_set_switch(current, which, enable); }));
}

}  // namespace

TEST_SUITE("mm/process switch") {
    TEST_CASE("rule 2.1 row 10: what is mapped readable is executable, but from a noexec mount") {
        MapPicture map{"........"};
        set(map, ProcessSwitch::read_implies_exec);
        CHECK(map.mmap("**......", kRw));
        CHECK(map.mmap("AA**....", kProtWrite));
        CHECK_EQ(map.codes(0), "rd wr ex mr mw me ac");
        CHECK_EQ(map.codes(2), "wr mr mw me ac");
        File noexec;
        noexec.noexec = true;
        CHECK(map.mmap("AABB**..", kR, kMapPrivate, map.open(plain_file(), noexec)));
        CHECK_EQ(map.codes(4), "rd mr mw");
        set(map, ProcessSwitch::read_implies_exec, false);
        CHECK(map.mmap("AABBCC**", kR));
        CHECK_EQ(map.codes(6), "rd mr mw me");
    }

    TEST_CASE("rule 5.2 step 2: what becomes readable becomes executable where it may") {
        MapPicture map{"AA......"};
        set(map, ProcessSwitch::read_implies_exec);
        File noexec;
        noexec.noexec = true;
        CHECK(map.mmap("AA**....", kRw, kMapPrivate, map.open(plain_file(), noexec)));
        CHECK(map.mprotect("****....", kR));
        CHECK_EQ(map.codes(0), "rd ex mr mw me");
        CHECK_EQ(map.codes(2), "rd mr mw ac");
        CHECK(map.mprotect("**BB....", kProtWrite));
        CHECK_EQ(map.codes(0), "wr mr mw me ac");
    }

    TEST_CASE("rule 5.4: the heap is executable as well") {
        MapPicture map{"...."};
        map.mm().layout.start_brk = map.mm().brk = map.address(0);
        set(map, ProcessSwitch::read_implies_exec);
        map.call([&](Current& current) { return sys_brk(current, map.address(2)); });
        CHECK_EQ(map.codes(0), "rd wr ex mr mw me ac");
    }

    TEST_CASE("rule 5.5: MDWE refuses what is writable and executable, from then on") {
        MapPicture map{"AA..", {{'A', {.prot = kRwx}}}};
        set(map, ProcessSwitch::mdwe);
        CHECK_EQ(outcome(map.mmap("AA**", kRwx)), "EACCES");
        CHECK_EQ(map.codes(0), "rd wr ex mr mw me ac");
    }

    TEST_CASE("rules E6, E8: without huge pages a read takes none, and nothing collapses") {
        constexpr std::uint64_t kMiB = 256;
        MapPicture map{"AAAA", {{'A', {.extra = kVmHugePage}}}, newest_profile(), kMiB};
        set(map, ProcessSwitch::thp_disable);
        map.touch("****", false);
        CHECK_EQ(map.anon_vmas(), "----");
        map.touch("****");
        CHECK_EQ(outcome(map.madvise("****", Madv::collapse)), "EINVAL");
        set(map, ProcessSwitch::thp_disable, false);
        CHECK(map.madvise("****", Madv::collapse));
    }

    TEST_CASE("rule 5.5: a child has the switches of its parent") {
        MapPicture map{"A."};
        set(map, ProcessSwitch::read_implies_exec);
        set(map, ProcessSwitch::thp_disable);
        set(map, ProcessSwitch::mdwe);
        const Result<MmId> child = map.call([](Current& current) { return do_fork(current); });
        REQUIRE(child);
        const Mm& copy = map.world.mms[child->index];
        CHECK(copy.read_implies_exec);
        CHECK(copy.thp_disabled);
        CHECK(copy.mdwe);
    }

    TEST_CASE("rule 5.5: MDWE that is not inherited ends where fork copies the memory") {
        for (const auto which : {ProcessSwitch::mdwe, ProcessSwitch::mdwe_no_inherit}) {
            MapPicture map("AA..");
            CHECK(map.call([&](Current& c) { return sys_set_switch(c, which, true); }));
            CHECK(map.mm().mdwe);
            const auto child = map.fork();
            REQUIRE(child);
            CHECK_EQ(map.world.mms[child->index].mdwe, which == ProcessSwitch::mdwe);
        }
    }
}
