// SPDX-License-Identifier: GPL-2.0-or-later
// MAP_HUGETLB memory without a file. A column of a picture is 2 MiB. Rules 2.1, 2.5.3, 5.3, E8,
// E12.
#include <string>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "mm/maps_line.h"
#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kHugeAnon = kAnon | kMapHugetlb;
constexpr std::uint64_t kHugeShared = kShared | kMapHugetlb;
constexpr std::uint64_t kColumn = 512;  // pages
constexpr std::uint64_t k1G = std::uint64_t{30} << kMapHugeShift;

MapPicture huge_picture(std::string_view picture, std::uint64_t pool,
                        const Profile& profile = newest_profile()) {
    MapPicture map{picture, {}, profile, kColumn};
    map.world.system.hugepages = pool;
    map.world.hugetlb_driver = map.world.add_driver(make_driver("hugetlbfs"));
    return map;
}

Result<std::uint64_t> mmap_at(MapPicture& map, std::uint64_t addr, std::uint64_t length,
                              std::uint64_t flags, std::uint64_t offset = 0) {
    return map.call([&](Current& current) {
        return sys_mmap(current, {.addr = addr,
                                  .length = length,
                                  .prot = kRw,
                                  .flags = flags,
                                  .file = {},
                                  .offset = offset,
                                  .placed_at = {}});
    });
}

Result<> munmap_at(MapPicture& map, std::uint64_t addr, std::uint64_t length) {
    return map.call([&](Current& current) { return sys_munmap(current, addr, length); });
}

std::uint32_t live_files(const MapPicture& map) { return map.world.files.live(); }

}  // namespace

TEST_SUITE("drivers/huge pages without a file") {
    TEST_CASE("rule 2.1 row 6: each mapping has a file of its own, and merges with none") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map = huge_picture("....", 8, profile);
            CHECK(map.mmap("**..", kRw, kHugeAnon));
            CHECK(map.mmap("AA**", kRw, kHugeAnon));
            CHECK_EQ(map.now(), "AABB");
            CHECK_EQ(map.codes(0), "rd wr mr mw me de ht");
            CHECK_NE(map.at(0).file, map.at(2).file);
            CHECK_EQ(vma_name(map.world, map.mm(), map.at(0)), "/anon_hugepage (deleted)");
            CHECK(map.munmap("****"));
            CHECK_EQ(live_files(map), 0);
            CHECK_EQ(map.world.committed.count, 0);
        }
    }

    TEST_CASE("rule 2.1 rows 3 to 6: the length is rounded up to a page of the size asked for") {
        MapPicture map = huge_picture("...", 8);
        CHECK(mmap_at(map, map.address(0), 1, kHugeAnon | kMapFixed));
        CHECK(mmap_at(map, map.address(1), 2 * kColumn * kPageSize - 1, kHugeAnon | kMapFixed));
        CHECK_EQ(map.now(), "ABB");
        const auto large = mmap_at(map, 0, 1, kHugeAnon | k1G | kMapNoReserve);
        REQUIRE(large);
        CHECK_EQ(*large % (std::uint64_t{1} << 30), 0);
        CHECK_EQ(outcome(munmap_at(map, *large, std::uint64_t{1} << 29)), "EINVAL");
        CHECK(munmap_at(map, *large, std::uint64_t{1} << 30));
    }

    TEST_CASE("rule 2.1: the pool is asked last, when the old mappings are gone") {
        const struct {
            const char* what;
            std::uint64_t addr, length, flags;
            const char* result;
            const char* picture;
        } rows[] = {
            {"unknown size", 0, 1, kHugeAnon | std::uint64_t{20} << kMapHugeShift, "EINVAL",
             "AAAA"},
            {"no length", 0, 0, kHugeAnon, "EINVAL", "AAAA"},
            {"a length that wraps to none", 0, ~std::uint64_t{0}, kHugeAnon, "EINVAL", "AAAA"},
            {"too long", 0, std::uint64_t{1} << 47, kHugeAnon, "ENOMEM", "AAAA"},
            {"inside a huge page", 0x1000, 1, kHugeAnon | kMapFixed, "EINVAL", "AAAA"},
            {"taken", 0, 1, kHugeAnon | kMapFixedNoReplace, "EEXIST", "AAAA"},
            {"locked", 0, 1, kHugeAnon | kMapFixed | kMapLocked, "EPERM", "AAAA"},
            {"growing", 0, 1, kHugeAnon | kMapFixed | kMapGrowsDown, "EINVAL", "AAAA"},
            {"no type", 0, 1, kMapAnonymous | kMapHugetlb | kMapFixed, "EINVAL", "AAAA"},
            {"too many", 0, 1, kHugeAnon | kMapFixed, "ENOMEM", ".AAA"},
            {"of 1 GiB", 0, 1, kHugeAnon | k1G, "ENOMEM", "AAAA"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            MapPicture map = huge_picture("AAAA", 0);
            map.unprivileged();
            map.limits().memlock = 0;
            const auto at = map.address(0) + row.addr;
            CHECK_EQ(outcome(mmap_at(map, at, row.length, row.flags)), row.result);
            CHECK_EQ(map.marks(kVmRead).size(), 4);
            CHECK_EQ(map.access(), std::string_view(row.picture) == "AAAA" ? "wwww" : ".www");
            CHECK_EQ(live_files(map), 0);
        }
    }

    TEST_CASE("rule 2.2: an offset counts, and is that of a file") {
        MapPicture map = huge_picture("..", 8);
        const auto at = map.address(0);
        const auto flags = kHugeAnon | kMapFixed | kMapNoReserve;
        CHECK_EQ(outcome(mmap_at(map, at, 1, flags, kPageSize)), "EINVAL");
        CHECK_EQ(outcome(mmap_at(map, at, 1, flags, 0x7fffffffffe00000)), "EOVERFLOW");
        CHECK(mmap_at(map, at, 1, flags, 0x7fffffffffc00000));
        CHECK(mmap_at(map, map.address(1), 1, flags, kColumn * kPageSize));
        CHECK_EQ(map.pgoff(1), kColumn);
    }

    TEST_CASE("rule 2.1 row 6: what is mapped is taken from the pool until it is unmapped") {
        MapPicture map = huge_picture("......", 4);
        CHECK(map.mmap("***...", kRw, kHugeAnon));
        CHECK_EQ(outcome(map.mmap("AAA**.", kRw, kHugeAnon)), "ENOMEM");
        CHECK(map.mmap("AAA**.", kRw, kHugeAnon | kMapNoReserve));
        CHECK(map.munmap("A*ABB."));
        CHECK(map.mmap("C.DBB*", kRw, kHugeAnon));
        CHECK(map.mmap("C*DBBE", kRw, kHugeShared));
        CHECK(map.mmap("*FDBBE", kRw, kHugeAnon));
        CHECK_EQ(outcome(map.mmap("GFDB*E", kRw, kHugeAnon)), "ENOMEM");
    }

    TEST_CASE("rule 5.9: a child has no share in the pool, and gives none back") {
        MapPicture map = huge_picture("...", 2);
        CHECK(map.mmap("*..", kRw, kHugeAnon));
        const auto child = map.fork();
        REQUIRE(child);
        const MmId parent = map.mm_id;
        map.show(*child);
        CHECK(map.munmap("*.."));
        map.show(parent);
        CHECK(map.mmap("A*.", kRw, kHugeAnon));
        CHECK_EQ(outcome(map.mmap("AB*", kRw, kHugeAnon)), "ENOMEM");
    }

    TEST_CASE("rule 5.3: mremap takes the pages along in the pool") {
        MapPicture map = huge_picture("....", 2);
        CHECK(map.mmap("*...", kRw, kHugeAnon));
        CHECK(map.mremap("*...", 1, kFixed, 2));
        CHECK(map.mmap("*.B.", kRw, kHugeAnon));
        CHECK_EQ(outcome(map.mmap("C*B.", kRw, kHugeAnon)), "ENOMEM");
    }

    TEST_CASE("rule 5.3: mremap rounds lengths up to huge pages, and wants both addresses so") {
        MapPicture map = huge_picture("....", 4);
        CHECK(map.mmap("**..", kRw, kHugeAnon));
        const auto mremap = [&](std::uint64_t from, std::uint64_t old_length, std::uint64_t length,
                                std::uint64_t flags, std::uint64_t to) {
            return outcome(map.call([&](Current& current) {
                return sys_mremap(current, {.addr = from,
                                            .old_length = old_length,
                                            .length = length,
                                            .flags = flags,
                                            .new_addr = to,
                                            .placed_at = {}});
            }));
        };
        const std::uint64_t p = kPageSize;
        const std::uint64_t huge = kColumn * p;
        const std::uint64_t at = map.address(0);
        CHECK_EQ(mremap(at, p, huge, 0, 0), "ok");
        CHECK_EQ(mremap(at, 2 * huge, 3 * huge, kMremapMayMove, 0), "EINVAL");
        CHECK_EQ(mremap(at + p, p, p, kFixed, map.address(2)), "EINVAL");
        CHECK_EQ(mremap(at, p, p, kFixed, map.address(2) + p), "EINVAL");
        CHECK_EQ(mremap(at, p, p, 0, 1), "EINVAL");
        CHECK_EQ(mremap(at, huge, huge, kMremapMayMove | kMremapDontUnmap, 0), "EINVAL");
        CHECK_EQ(map.now(), "AA..");
        CHECK_EQ(mremap(at, p, p, kFixed, map.address(3)), "ok");
        CHECK_EQ(map.access(), ".w.w");
        CHECK_EQ(mremap(map.address(1), 2 * huge, p, 0, 0), "ok");
        CHECK_EQ(map.access(), ".w.w");
    }

    TEST_CASE("rule 4.7: nothing cuts a huge page") {
        MapPicture map = huge_picture("..", 2);
        CHECK(map.mmap("**", kRw, kHugeAnon));
        const std::uint64_t at = map.address(0);
        CHECK_EQ(outcome(munmap_at(map, at, kPageSize)), "EINVAL");
        CHECK_EQ(outcome(munmap_at(map, at + kPageSize, 2 * kColumn * kPageSize)), "EINVAL");
        CHECK_EQ(outcome(mmap_at(map, at + kPageSize, kPageSize, kAnon | kMapFixed)), "EINVAL");
        CHECK_EQ(outcome(map.call(
                     [&](Current& current) { return sys_mprotect(current, at, kPageSize, kR); })),
                 "EINVAL");
        CHECK(map.mprotect("*A", kR));
        CHECK_EQ(map.access(), "rw");
    }

    TEST_CASE("rule 2.5.3: a hint is rounded up to a huge page, in 6.12 down") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map = huge_picture("...", 8, profile);
            CHECK(mmap_at(map, map.address(1) + kPageSize, 1, kHugeAnon));
            CHECK_EQ(map.now(), profile.version == KernelVersion::v6_12 ? ".A." : "..A");
        }
    }

    TEST_CASE("rule 5.6: locking passes them over; without a page to be had it fails afterwards") {
        MapPicture map = huge_picture("...", 1);
        CHECK(map.mmap("*..", kRw, kHugeAnon | kMapLocked));
        CHECK(map.mlock("*.."));
        CHECK_EQ(map.codes(0), "rd wr mr mw me de ht");
        CHECK_EQ(map.mm().locked_vm.count, 0);
        map.world.system.hugepages = 0;
        CHECK_EQ(outcome(map.mlock("*..")), "ENOMEM");
        CHECK_EQ(outcome(map.madvise("*..", Madv::populate_read)), "EFAULT");
        CHECK(map.munlock("*.."));
    }

    TEST_CASE("rule E8: DONTNEED begins with a huge page; what ages memory refuses them") {
        MapPicture map = huge_picture("..", 2);
        CHECK(map.mmap("**", kRw, kHugeAnon));
        const auto advise = [&](std::uint64_t offset, Madv advice) {
            return outcome(map.call([&](Current& current) {
                return sys_madvise(current, map.address(0) + offset, kPageSize,
                                   static_cast<std::uint64_t>(advice));
            }));
        };
        for (const Madv advice : {Madv::dontneed, Madv::dontneed_locked}) {
            CHECK_EQ(advise(0, advice), "ok");
            CHECK_EQ(advise(kPageSize, advice), "EINVAL");
        }
        for (const Madv advice : {Madv::free, Madv::cold, Madv::pageout}) {
            CHECK_EQ(advise(0, advice), "EINVAL");
        }
    }

    TEST_CASE("rule 5.7: a registration does not cut them") {
        MapPicture map = huge_picture("....", 4);
        CHECK(map.mmap("****", kRw, kHugeAnon));
        const UffdId uffd = map.world.files[map.open_uffd().index].uffd;
        const auto at = [&](std::uint64_t addr, std::uint64_t length, UffdRequest request) {
            return outcome(map.call([&](Current& current) {
                return sys_uffdio(current, uffd, {request, addr, length, kUffdModeMinor});
            }));
        };
        constexpr std::uint64_t kHuge = kColumn * kPageSize;
        const std::uint64_t page = map.address(1) + kPageSize;
        CHECK_EQ(at(page, kHuge - kPageSize, UffdRequest::register_range), "EINVAL");
        CHECK_EQ(at(map.address(1), kPageSize, UffdRequest::register_range), "EINVAL");
        CHECK_EQ(map.marks(kVmUffd), "----");
        CHECK_EQ(at(map.address(1), kHuge, UffdRequest::register_range), "ok");
        CHECK_EQ(map.marks(kVmUffdMinor), "-#--");
        CHECK_EQ(at(page, kHuge, UffdRequest::unregister), "EINVAL");
        CHECK_EQ(at(map.address(0), 2 * kHuge, UffdRequest::unregister), "ok");
        CHECK_EQ(map.marks(kVmUffd), "----");
    }
}
