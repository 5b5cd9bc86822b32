// SPDX-License-Identifier: GPL-2.0-or-later
// Seals, policies and remap_file_pages: attributes over ranges without holes. Rules 5.7, E13.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string seal(MapPicture& map, std::uint64_t addr, std::uint64_t length, std::uint64_t flags) {
    return outcome(
        map.call([&](Current& current) { return sys_mseal(current, addr, length, flags); }));
}

std::string bind(MapPicture& map, std::uint64_t mode, std::uint64_t nodes,
                 std::uint64_t flags = 0) {
    return outcome(map.call([&](Current& current) {
        return sys_mbind(current, map.address(0), kPageSize, mode, nodes, flags);
    }));
}

std::string remap(MapPicture& map, std::size_t column, std::uint64_t pages, std::uint64_t prot,
                  std::uint64_t pgoff) {
    return outcome(map.call([&](Current& current) {
        return sys_remap_file_pages(current, map.address(column), pages * kPageSize, prot, pgoff,
                                    0);
    }));
}

}  // namespace

TEST_SUITE("mm/mseal") {
    TEST_CASE("rule 5.7: arguments") {
        MapPicture map{"AA"};
        const std::uint64_t at = map.address(0);
        CHECK_EQ(seal(map, at, kPageSize, 1), "EINVAL");
        CHECK_EQ(seal(map, at + 1, kPageSize, 0), "EINVAL");
        CHECK_EQ(seal(map, at, ~std::uint64_t{0}, 0), "EINVAL");
        CHECK_EQ(seal(map, ~kPageMask, 2 * kPageSize, 0), "EINVAL");
        CHECK_EQ(seal(map, at + 9 * kPageSize, 0, 0), "ok");
        CHECK_EQ(map.marks(kVmSealed), "--");
    }

    TEST_CASE("rule 5.7: a hole anywhere, and nothing is sealed") {
        for (const char* picture : {"***.AA....", "..*****...", "......****"}) {
            MapPicture map{"..AA.BB..."};
            std::string drawn = picture;
            for (std::size_t i = 0; i < drawn.size(); ++i) {
                if (drawn[i] != '*') drawn[i] = map.now()[i];
            }
            CHECK_EQ(outcome(map.mseal(drawn)), "ENOMEM");
            CHECK_EQ(map.marks(kVmSealed), "..--.--...");
        }
    }

    TEST_CASE("rule 5.7: sealing cuts and merges; what is sealed stays sealed") {
        MapPicture map{"AAAAAA"};
        CHECK(map.mseal("AA**AA"));
        CHECK_EQ(map.now(), "BBAACC");
        CHECK(map.mseal("BBAA**"));
        CHECK_EQ(map.marks(kVmSealed), "--####");
        CHECK_EQ(map.now(), "BBAAAA");
        CHECK(map.mseal("BBA**A"));
        CHECK_EQ(map.now(), "BBAAAA");
    }

    TEST_CASE("rule 5.7: a sealed VMA is not unmapped, replaced, moved or protected") {
        MapPicture map{"AAAA...."};
        CHECK(map.mseal("****...."));
        CHECK_EQ(outcome(map.munmap("****....")), "EPERM");
        CHECK_EQ(outcome(map.mmap("****....")), "EPERM");
        CHECK_EQ(outcome(map.mremap("****....", 4, kMremapMayMove | kMremapFixed, 4)), "EPERM");
        CHECK_EQ(outcome(map.mremap("****....", 5)), "EPERM");
        CHECK_EQ(outcome(map.mremap("****....", 3)), "EPERM");
        CHECK_EQ(outcome(map.mprotect("****....", kR)), "EPERM");
        CHECK(map.mlock("A**A...."));
        CHECK_EQ(map.access(), "wwww....");
    }
}

TEST_SUITE("mm/mbind") {
    TEST_CASE("rule 5.7: a policy keeps apart, equal policies merge") {
        MapPicture map{"AAAA"};
        CHECK(map.mbind("A**A", kMpolBind, 1));
        CHECK_EQ(map.now(), "BAAC");
        CHECK(map.mbind("B**C", kMpolBind, 2));
        CHECK(map.mbind("BAA*", kMpolBind, 2));
        CHECK_EQ(map.now(), "BAAA");
        CHECK(map.mbind("B***", kMpolDefault, 0));
        CHECK_EQ(map.now(), "BBBB");
    }

    TEST_CASE("rule E13: a gap is EFAULT, and nothing is bound") {
        MapPicture map{"AA.BB"};
        CHECK_EQ(outcome(map.mbind("*****", kMpolBind, 1)), "EFAULT");
        CHECK_EQ(map.at(0).attr(), AttrId{});
    }

    TEST_CASE("rule E13: back to the default goes over gaps, but not over nothing at all") {
        MapPicture map{"AA.BB..."};
        CHECK(map.mbind("**.BB...", kMpolBind, 1));
        CHECK(map.mbind("*****...", kMpolDefault, 0));
        CHECK_EQ(map.at(0).attr(), AttrId{});
        CHECK_EQ(outcome(map.mbind("AA.BB***", kMpolDefault, 0)), "EFAULT");
    }

    TEST_CASE("rule E13: the same mode with other flags or nodes is another policy") {
        constexpr std::uint64_t kStatic = 0x8000;
        MapPicture map{"AA"};
        CHECK(map.mbind("*A", kMpolBind, 1));
        CHECK(map.mbind("A*", kMpolBind | kStatic, 1));
        CHECK_EQ(map.mm().map_count, 2);
        CHECK(map.mbind("A*", kMpolBind, 1));
        CHECK_EQ(map.mm().map_count, 1);
    }

    TEST_CASE("rule E13: file mappings have policies too") {
        MapPicture map{"...."};
        CHECK(map.mmap("****", kR, kMapShared, map.open(plain_file())));
        CHECK(map.mbind("AA**", kMpolInterleave, 3));
        CHECK_EQ(map.mm().map_count, 2);
    }

    TEST_CASE("rule 5.7: arguments of mbind") {
        MapPicture map{"A"};
        CHECK_EQ(bind(map, 77, 1), "EINVAL");
        CHECK_EQ(outcome(map.call([&](Current& current) {
                     return sys_mbind(current, map.address(0), 0, 77, 1, 0);
                 })),
                 "EINVAL");
        CHECK_EQ(bind(map, kMpolBind, 0), "EINVAL");
        CHECK_EQ(bind(map, kMpolDefault, 1), "EINVAL");
        CHECK_EQ(bind(map, kMpolLocal, 1), "EINVAL");
        CHECK_EQ(bind(map, kMpolBind, 1, 8), "EINVAL");
        map.unprivileged();
        CHECK_EQ(bind(map, kMpolBind, 1, kMpolMfMoveAll), "EPERM");
        // The mode is judged before, nodes that don't go with it after.
        CHECK_EQ(bind(map, 77, 1, kMpolMfMoveAll), "EINVAL");
        CHECK_EQ(bind(map, kMpolBind, 0, kMpolMfMoveAll), "EPERM");
        CHECK_EQ(bind(map, kMpolBind | 0xc000, 1), "EINVAL");
        CHECK_EQ(bind(map, kMpolInterleave | 0x2000, 1), "EINVAL");
        CHECK_EQ(map.at(0).attr(), AttrId{});
        CHECK_EQ(bind(map, kMpolPreferred, 0), "ok");
        CHECK_EQ(map.world.attrs[map.at(0).attr()].policy.mode, kMpolLocal);
    }
}

TEST_SUITE("mm/remap_file_pages") {
    TEST_CASE("rule 5.7: part of a shared mapping shows other pages of the file") {
        MapPicture map{"......"};
        const FileId file = map.open(plain_file());
        CHECK(map.mmap("******", kRw, kMapShared, file));
        CHECK_EQ(remap(map, 2, 2, 0, 9), "ok");
        CHECK_EQ(map.now(), "BBCCDD");
        CHECK_EQ(map.pgoff(2), 9);
        CHECK_EQ(map.codes(2), "rd wr sh mr mw me ms");
        CHECK_EQ(map.world.files[file.index].refs, 4);

        CHECK_EQ(remap(map, 2, 2, 0, 2), "ok");
        CHECK_EQ(map.now(), "BBBBBB");
    }

    TEST_CASE("rule 5.7: what remap_file_pages is refused for") {
        MapPicture map{"........"};
        const FileId file = map.open(plain_file());
        CHECK(map.mmap("**......", kRw, kMapShared, file));
        CHECK(map.mmap("AA**....", kR, kMapShared, file, 2));
        CHECK(map.mmap("AABB.**.", kRw, kMapPrivate, file));
        CHECK_EQ(remap(map, 0, 1, kProtRead, 0), "EINVAL");
        CHECK_EQ(remap(map, 0, 0, 0, 0), "EINVAL");
        CHECK_EQ(remap(map, 0, 4, 0, 0), "EINVAL");  // other flags behind
        CHECK_EQ(remap(map, 3, 2, 0, 0), "EINVAL");  // a hole behind
        CHECK_EQ(remap(map, 4, 1, 0, 0), "EINVAL");  // a hole
        CHECK_EQ(remap(map, 5, 1, 0, 0), "EINVAL");  // private
        CHECK_EQ(map.now(), "AABB.CC.");
    }
}
