// SPDX-License-Identifier: GPL-2.0-or-later
// anon_vmas: who may share one, who gets whose, and what merging makes of them.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// NORESERVE, so that no ACCOUNT bit keeps apart what differs in its anon_vma alone.
const Letter kPlainRead{.prot = kR, .extra = kVmNoReserve};
const Letter kPlainTouched{.extra = kVmNoReserve, .touched = true};

bool before_6_16(const Profile& profile) { return profile.version < KernelVersion::v6_16; }

}  // namespace

TEST_SUITE("mm/anon_vma compatibility") {
    TEST_CASE("rule 4.1.1, T3: neighbours faulted apart leave the filler to the left one") {
        for (const Profile& profile : all_profiles()) {
            MapPicture map{"AA..BB", {{'A', kTouched}, {'B', kTouched}}, profile};
            CHECK(map.mmap("AA**BB"));
            CHECK_EQ(map.now(), "AAAABB");
        }
    }

    TEST_CASE("rule 4.1.1, T4: one faulted neighbour keeps nobody apart") {
        for (const Profile& profile : all_profiles()) {
            MapPicture map{"AA..BB", {{'B', kTouched}}, profile};
            CHECK(map.mmap("AA**BB"));
            CHECK_EQ(map.now(), "AAAAAA");
            CHECK_EQ(map.anon_vmas(), "aaaaaa");
        }
    }

    TEST_CASE("rule 4.1.1: cut and joined again, pieces of one anon_vma are one VMA") {
        MapPicture map{"AAAA", {{'A', kTouched}}};
        CHECK(map.madvise("A**A", Madv::dontdump));
        CHECK_EQ(map.now(), "BAAC");
        CHECK_EQ(map.anon_vmas(), "aaaa");
        CHECK(map.madvise("B**C", Madv::dodump));
        CHECK_EQ(map.now(), "BBBB");
    }

    TEST_CASE("rule 4.1.1: a faulted part joins a neighbour that was never faulted, since 6.16") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{
                "AABBCC", {{'A', kPlainRead}, {'B', kPlainTouched}, {'C', kPlainRead}}, profile};
            CHECK(map.mprotect("AA**CC", kR));
            CHECK_EQ(map.now(), before_6_16(profile) ? "AABBCC" : "AAAAAA");
            CHECK_EQ(map.anon_vmas(), before_6_16(profile) ? "--aa--" : "aaaaaa");
        }
    }

    TEST_CASE("rule 4.1.1: a part between two that were faulted apart joins the left one alone") {
        MapPicture map{"AABBCC", {{'A', kPlainTouched}, {'B', kPlainRead}, {'C', kPlainTouched}}};
        CHECK(map.mprotect("AA**CC", kRw));
        CHECK_EQ(map.now(), "AAAACC");
        CHECK_EQ(map.anon_vmas(), "aaaabb");
    }
}

TEST_SUITE("mm/anon_vma of a fork's child") {
    TEST_CASE("rule 4.1.1, T5: next to inherited memory a new mapping stays apart in the child") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AA..", {{'A', kTouched}}, profile};
            const MmId parent = map.mm_id;
            const auto child = map.fork();
            REQUIRE(child);
            map.show(*child);
            CHECK(map.mmap("AA**"));
            CHECK_EQ(map.now(), "AABB");

            map.show(parent);
            CHECK(map.mmap("AA**"));
            CHECK_EQ(map.now(), "AAAA");
        }
    }

    TEST_CASE("rule 4.1.1, T5: what the parent never faulted merges in the child") {
        for (const Profile& profile : all_profiles()) {
            MapPicture map{"AA..", {}, profile};
            map.show(*map.fork());
            CHECK(map.mmap("AA**"));
            CHECK_EQ(map.now(), "AAAA");
        }
    }

    TEST_CASE("rule 4.1.1: inherited memory does not join a neighbour that was never faulted") {
        for (const Profile& profile : all_profiles()) {
            MapPicture map{"AABB", {{'A', kPlainRead}, {'B', kPlainTouched}}, profile};
            map.show(*map.fork());
            CHECK(map.mprotect("AA**", kR));
            CHECK_EQ(map.now(), "AABB");
        }
    }

    TEST_CASE("rule 4.1.1: inherited memory that was cut joins again") {
        MapPicture map{"AAAA", {{'A', kPlainTouched}}};
        map.show(*map.fork());
        CHECK(map.mprotect("AA**", kR));
        CHECK(map.mprotect("BB**", kRw));
        CHECK_EQ(map.mm().map_count, 1);
    }

    TEST_CASE("rule 4.1.1: inherited memory that comes home joins fresh memory in 6.16 alone") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AA......", {{'A', kTouched}}, profile};
            map.show(*map.fork());
            CHECK(map.mmap("AA**...."));
            CHECK(map.mremap("**BB....", 2, kFixed, 6));
            CHECK(map.mremap("..BB..**", 2, kFixed, 0));
            const bool merges = profile.version == KernelVersion::v6_16;
            CHECK_EQ(map.mm().map_count, merges ? 1 : 2);
        }
    }

    TEST_CASE("rule 4.4: inherited memory that grows in place absorbs fresh memory, since 6.16") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AA....", {{'A', kTouched}}, profile};
            map.show(*map.fork());
            CHECK(map.mmap("AA..**"));
            CHECK(map.mremap("**..BB", 4));
            CHECK_EQ(map.now(), before_6_16(profile) ? "AAAABB" : "AAAAAA");
        }
    }

    TEST_CASE("rule 5.9: the chain grows by one in each generation, the parent's stays") {
        MapPicture map{"AA", {{'A', kTouched}}};
        const MmId parent = map.mm_id;
        std::uint32_t length = 1;
        for (int generation = 0; generation < 3; ++generation) {
            map.show(*map.fork());
            CHECK_EQ(map.world.anon_vmas.chain_length(map.at(0)), ++length);
            CHECK(map.world.anon_vmas.fork_child(map.at(0)));
        }
        map.show(parent);
        CHECK_EQ(map.world.anon_vmas.chain_length(map.at(0)), 1);
    }

    TEST_CASE("rule 4.6: an ancestor's anon_vma that nobody uses serves the next generation") {
        MapPicture map{"AA", {{'A', kTouched}}};
        map.show(*map.fork());
        const MmId grandchild = *map.fork();
        CHECK(map.munmap("**"));

        map.show(grandchild);
        const std::uint32_t live = map.world.anon_vmas.live();
        map.show(*map.fork());
        CHECK_EQ(map.world.anon_vmas.live(), live);
        CHECK_EQ(map.world.anon_vmas.chain_length(map.at(0)), 3);
    }
}

TEST_SUITE("mm/anon_vma of a first fault") {
    TEST_CASE("rule 4.6: a write makes one, a read does not") {
        MapPicture map{"AA.BB"};
        map.touch("AA.**");
        map.touch("**.BB", false);
        CHECK_EQ(map.anon_vmas(), "--.aa");
    }

    TEST_CASE("rule 4.6: shared memory gets none, a private file mapping does when written") {
        MapPicture map{"......"};
        const FileId file = map.open(plain_file());
        CHECK(map.mmap("**....", kRw, kMapShared | kMapAnonymous));
        CHECK(map.mmap("AA**..", kRw, kMapShared, file));
        CHECK(map.mmap("AABB**", kRw, kMapPrivate, file));
        map.touch("******");
        CHECK_EQ(map.anon_vmas(), "----aa");
    }

    TEST_CASE("rule 4.6: a write behind the end of a private file leaves one, a read does not") {
        for (const bool write : {false, true}) {
            for (const std::uint64_t type : {kMapPrivate, kMapShared}) {
                MapPicture map{"..."};
                File small;
                small.writable = true;
                small.size = kPageSize;
                const FileId file = map.open(plain_file(), std::move(small));
                CHECK(map.mmap("**.", kRw, type, file));
                const std::uint64_t behind = map.address(1);
                map.call([&](Current& c) { touch(c, behind, kPageSize, write, behind); });
                CHECK_EQ(map.anon_vmas(), write && type == kMapPrivate ? "aa." : "--.");
            }
        }
    }

    TEST_CASE("rule 4.6: a write to a guard page of a private file leaves none") {
        MapPicture map{"..."};
        const FileId file = map.open(plain_file());
        CHECK(map.mmap("**.", kRw, kMapPrivate, file));
        CHECK(map.madvise("**.", Madv::guard_install));
        const std::uint64_t guarded = map.address(0);
        map.call([&](Current& c) { touch(c, guarded, kPageSize, true, guarded); });
        CHECK_EQ(map.anon_vmas(), "--.");
    }

    TEST_CASE("rule 4.6: the VMA above lends its anon_vma first, then the one below") {
        MapPicture map{
            "AABBCCDD",
            {{'A', kTouched}, {'B', {.prot = kRwx}}, {'C', kTouched}, {'D', {.prot = kRwx}}}};
        map.touch("AA**CCDD");
        CHECK_EQ(map.anon_vmas(), "aabbbb--");
        map.touch("AABBCC**");
        CHECK_EQ(map.anon_vmas(), "aabbbbbb");
    }

    TEST_CASE("rule 4.6, T7: what was faulted with other permissions merges once they are equal") {
        MapPicture map{"AABB", {{'B', {.prot = kRwx}}}};
        map.touch("****");
        CHECK_EQ(map.anon_vmas(), "aaaa");
        CHECK(map.mprotect("AA**", kRw));
        CHECK_EQ(map.now(), "AAAA");
    }

    TEST_CASE("rule 4.6: flags besides the permissions, policies and distance forbid lending") {
        const Letter advised{.extra = kVmNoHugePage};
        MapPicture flags{"AABB", {{'A', kTouched}, {'B', advised}}};
        flags.touch("AA**");
        CHECK_EQ(flags.anon_vmas(), "aabb");

        MapPicture policies{"AABB", {{'A', kTouched}, {'B', {.prot = kRwx}}}};
        CHECK(policies.mbind("AA**", kMpolBind, 1));
        policies.touch("AA**");
        CHECK_EQ(policies.anon_vmas(), "aabb");

        MapPicture distance{"AA.BB", {{'A', kTouched}}};
        distance.touch("AA.**");
        CHECK_EQ(distance.anon_vmas(), "aa.bb");
    }

    TEST_CASE("rule 4.6: offsets that do not continue forbid lending") {
        MapPicture map{"AA......", {{'A', kTouched}}};
        CHECK(map.mremap("**......", 2, kFixed, 4));
        CHECK(map.mmap("....BB**", kRwx));
        map.touch("....BB**");
        CHECK_EQ(map.anon_vmas(), "....aabb");
    }

    TEST_CASE("rule 4.6: an inherited anon_vma is not lent") {
        MapPicture map{"AA..", {{'A', kTouched}}};
        map.show(*map.fork());
        CHECK(map.mmap("AA**", kRwx));
        map.touch("AA**");
        CHECK_EQ(map.anon_vmas(), "aabb");
    }

    TEST_CASE("rule E6: a read takes an anon_vma where it takes a huge page") {
        constexpr std::uint64_t kMiB = 256;
        const Letter huge{.extra = kVmHugePage};
        MapPicture map{"AAA.B.CCC", {{'A', huge}, {'B', huge}}, newest_profile(), kMiB};
        map.touch("A*A.B.CCC", false);
        map.touch("AAA.*.CCC", false);
        map.touch("AAA.B.***", false);
        CHECK_EQ(map.anon_vmas(), "aaa.-.---");

        // The last column lies in a block that is not wholly inside.
        MapPicture edge{"AAA", {{'A', huge}}, newest_profile(), kMiB};
        edge.touch("AA*", false);
        CHECK_EQ(edge.anon_vmas(), "---");
    }

    TEST_CASE("rule E4: populating writes to what is private and writable, reads the rest") {
        MapPicture map{"AABB....", {{'B', {.prot = kR}}}};
        CHECK(map.mlock("****...."));
        CHECK_EQ(map.anon_vmas(), "aa--....");
        CHECK(map.mmap("AABB**..", kRw, kAnon | kMapPopulate));
        CHECK(map.mmap("AABBCC**", kRwx, kAnon | kMapPopulate | kMapNonBlock));
        CHECK_EQ(map.anon_vmas(), "aa--bb--");
    }
}
