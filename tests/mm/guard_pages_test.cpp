// SPDX-License-Identifier: GPL-2.0-or-later
// Guards and the pages they keep. Rules 5.5, E4, E5.
#include "mm/guard_pages.h"

#include <random>
#include <set>

#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

TEST_SUITE("mm/guarded pages") {
    TEST_CASE("rule E5: locking stops at the first guarded page, and what is locked stays so") {
        MapPicture map{"AABB", {{'B', kReadOnly}}};
        CHECK(map.madvise("A*BB", Madv::guard_install));
        CHECK_EQ(outcome(map.mlock("****")), "ENOMEM");
        CHECK_EQ(map.marks(kVmLocked), "####");
        CHECK(map.munlock("****"));
        CHECK(map.madvise("A*BB", Madv::guard_remove));
        CHECK_EQ(outcome(map.mlock("****")), "ok");
    }

    TEST_CASE("rule E5: locking on fault meets no guard") {
        MapPicture map{"AA"};
        CHECK(map.madvise("A*", Madv::guard_install));
        CHECK_EQ(outcome(map.mlock("**", kMlockOnFault)), "ok");
    }

    TEST_CASE("rule E5: what lies behind a guarded page is not populated") {
        MapPicture map{"AABB", {{'A', kReadOnly}}};
        CHECK(map.madvise("A*BB", Madv::guard_install));
        CHECK_EQ(map.anon_vmas(), "aa--");
        CHECK_EQ(outcome(map.mlock("****")), "ENOMEM");
        CHECK_EQ(map.anon_vmas(), "aa--");
        CHECK_EQ(outcome(map.mlock("AA**")), "ok");
        CHECK_EQ(map.anon_vmas(), "aabb");
    }

    TEST_CASE("rule E4: populating ends at a guarded page with EFAULT") {
        for (const Madv advice : {Madv::populate_read, Madv::populate_write}) {
            MapPicture map{"AAAA"};
            CHECK(map.madvise("AAA*", Madv::guard_install));
            CHECK_EQ(outcome(map.madvise("****", advice)), "EFAULT");
            CHECK_EQ(outcome(map.madvise("***A", advice)), "ok");
        }
    }

    TEST_CASE("rule E5: the first guarded page of a file keeps its VMA without an anon_vma") {
        MapPicture map{"...."};
        CHECK(map.mmap("****", kRw, kMapPrivate, map.open(plain_file())));
        CHECK(map.madvise("**AA", Madv::guard_install));
        CHECK_EQ(outcome(map.madvise("*AAA", Madv::populate_write)), "EFAULT");
        CHECK_EQ(map.anon_vmas(), "----");
        CHECK(map.madvise("*AAA", Madv::guard_remove));
        CHECK_EQ(outcome(map.madvise("**AA", Madv::populate_write)), "EFAULT");
        CHECK_EQ(map.anon_vmas(), "aaaa");
    }

    TEST_CASE("rule E5: guards go with what is unmapped, and not with what is discarded") {
        MapPicture map{"AAAA"};
        CHECK(map.madvise("*AAA", Madv::guard_install));
        CHECK(map.madvise("*AAA", Madv::dontneed));
        CHECK_EQ(outcome(map.madvise("*AAA", Madv::populate_read)), "EFAULT");
        CHECK(map.mmap("*AAA"));
        CHECK_EQ(outcome(map.madvise("****", Madv::populate_read)), "ok");
    }

    TEST_CASE("rule E5: guards move with mremap") {
        MapPicture map{"AAAA...."};
        CHECK(map.madvise("A*AA....", Madv::guard_install));
        CHECK(map.mremap("****....", 4, kDont, 4));
        CHECK_EQ(outcome(map.madvise("*****BBB", Madv::populate_read)), "ok");
        CHECK_EQ(outcome(map.madvise("AAAAB*BB", Madv::populate_read)), "EFAULT");
    }

    TEST_CASE("rule E5: a child inherits guards, but for memory that begins anew") {
        MapPicture map{"AABB"};
        CHECK(map.madvise("****", Madv::guard_install));
        CHECK(map.madvise("AA**", Madv::wipeonfork));
        const auto child = map.fork();
        REQUIRE(child);
        map.show(*child);
        CHECK_EQ(outcome(map.madvise("**BB", Madv::populate_read)), "EFAULT");
        CHECK_EQ(outcome(map.madvise("AA**", Madv::populate_read)), "ok");
    }
}

TEST_SUITE("mm/guard pages") {
    TEST_CASE("a thousand changes leave the guards that a set of pages has") {
        std::mt19937 random(1);
        const auto below = [&](std::uint32_t n) { return random() % n; };
        GuardPages guards;
        std::set<std::uint64_t> pages;
        for (int i = 0; i < 1000; ++i) {
            const VmRange range{Vpn{below(40)}, Pages{1 + below(8)}};
            const std::uint64_t start = range.start().index, end = range.end().index;
            const std::uint64_t to = 50 + below(40);
            const auto kind = below(3);
            if (kind == 0) guards.add(range);
            if (kind == 1) guards.remove(range);
            if (kind == 2) guards.move(range, Vpn{to});
            for (std::uint64_t page = start; page < end; ++page) {
                const bool was = pages.erase(page) != 0;
                if (kind == 0) pages.insert(page);
                if (kind == 2 && was) pages.insert(to + page - start);
            }
            for (std::uint64_t page = 0; page < 100; ++page) {
                const auto next = pages.lower_bound(page);
                const auto first = guards.first_in(VmRange{Vpn{page}, Vpn{100}});
                CHECK_EQ(first.has_value(), next != pages.end());
                if (first && next != pages.end()) CHECK_EQ(first->index, *next);
            }
        }
    }

    TEST_CASE("a copy is not changed with its original") {
        GuardPages guards;
        guards.add(VmRange{Vpn{1}, Pages{2}});
        const GuardPages copy = guards;
        guards.remove(VmRange{Vpn{1}, Pages{1}});
        CHECK_EQ(copy.first_in(VmRange{Vpn{0}, Pages{9}}), Vpn{1});
        CHECK_EQ(guards.first_in(VmRange{Vpn{0}, Pages{9}}), Vpn{2});
    }
}
