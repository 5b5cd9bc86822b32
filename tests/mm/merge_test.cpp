// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kRw = kProtRead | kProtWrite;
constexpr std::uint64_t kR = kProtRead;

const Letter kReadOnly{.prot = kR};
const Letter kTouched{.touched = true};

}  // namespace

TEST_SUITE("mm/merge of new ranges") {
    TEST_CASE("rule 4.2: a new mapping joins both neighbours; the left one survives") {
        MapPicture map{"AA.B..CC"};

        CHECK(map.mmap("AA*B..CC"));
        CHECK_EQ(map.now(), "AAAA..CC");

        CHECK(map.mmap("AAAA.*CC"));
        CHECK_EQ(map.now(), "AAAA.CCC");

        CHECK(map.mmap("AAAA*CCC"));
        CHECK_EQ(map.now(), "AAAAAAAA");
        CHECK_EQ(map.broken(), "");
    }

    TEST_CASE("rule 4.1 test 2: a new mapping joins only the neighbour whose flags it has") {
        MapPicture map{"AA.BB", {{'B', kReadOnly}}};

        CHECK(map.mmap("AA*BB", kR));
        CHECK_EQ(map.now(), "AABBB");
        CHECK_EQ(map.broken(), "");
    }

    TEST_CASE("rule 4.1 test 2: MAP_STACK differs from its neighbours by NOHUGEPAGE") {
        MapPicture map{"AA."};

        CHECK(map.mmap("AA*", kRw, kMapPrivate | kMapAnonymous | kMapStack));
        CHECK_EQ(map.now(), "AAB");
    }

    TEST_CASE("rule 4.1 test 3: two shared anonymous mappings never merge") {
        MapPicture map{".."};

        CHECK(map.mmap("*.", kRw, kMapShared | kMapAnonymous));
        CHECK(map.mmap("A*", kRw, kMapShared | kMapAnonymous));
        CHECK_EQ(map.now(), "AB");
        CHECK_EQ(map.world.shmem_created, 2);
    }

    TEST_CASE("rule 4.1.1: neighbours faulted apart leave the filler to the left one") {
        MapPicture map{"AA.BB", {{'A', kTouched}, {'B', kTouched}}};

        CHECK(map.mmap("AA*BB"));
        CHECK_EQ(map.now(), "AAABB");
    }

    TEST_CASE("rule 4.1.1: one faulted neighbour keeps nobody apart") {
        MapPicture map{"AA.BB", {{'B', kTouched}}};

        CHECK(map.mmap("AA*BB"));
        CHECK_EQ(map.now(), "AAAAA");
        CHECK(map.at(0).anon_vma);
        CHECK_EQ(map.broken(), "");
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
        CHECK_EQ(map.broken(), "");
    }

    TEST_CASE("rule 4.3: a whole VMA between two equals disappears with the right one") {
        MapPicture map{"AABBCC", {{'B', kReadOnly}}};

        CHECK(map.mprotect("AA**CC", kRw));
        CHECK_EQ(map.now(), "AAAAAA");
    }

    TEST_CASE("rule 5.2 step 8e: untouched memory gives ACCOUNT back and merges again") {
        MapPicture map{"AAAA", {{'A', {.prot = 0}}}};

        CHECK(map.mprotect("**AA", kRw));
        CHECK_EQ(map.now(), "AABB");
        CHECK(map.at(0).flags.any(kVmAccount));

        CHECK(map.mprotect("**BB", 0));
        CHECK_EQ(map.now(), "BBBB");
        CHECK_EQ(map.world.committed.count, 0);
    }

    TEST_CASE("rule 5.2 step 8e: touched memory keeps ACCOUNT and stays apart") {
        MapPicture map{"AAAA", {{'A', {.prot = 0}}}};

        CHECK(map.mprotect("**AA", kRw));
        map.touch("**BB");
        CHECK(map.mprotect("**BB", 0));
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(map.world.committed.count, 2);
        CHECK_EQ(map.broken(), "");
    }
}
