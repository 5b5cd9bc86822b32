// SPDX-License-Identifier: GPL-2.0-or-later
// Which requests aim at 2 MiB, and where they end up. Rules 2.5.3, LIVE 5.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// A column is 1 MiB: two make a huge page, and even columns are aligned.
constexpr std::uint64_t kPerColumn = 256;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

MapPicture window(std::string_view picture, const Profile& profile = newest_profile()) {
    MapPicture map{picture, {{'A', {.prot = kR}}, {'B', {.prot = kR}}}, profile, kPerColumn};
    map.world.system.mmap_min_addr = MapPicture::kBase;
    map.mm().layout.mmap_base = vpn_of(map.address(picture.size()));
    map.mm().layout.legacy_base = vpn_of(MapPicture::kBase);
    return map;
}

Result<std::uint64_t> place(MapPicture& map, MmapArgs args) {
    if (args.flags == 0) args.flags = args.file ? kMapPrivate : kAnon;
    args.prot = kRw;
    return map.call([&](Current& current) { return sys_mmap(current, args); });
}

MmapArgs anon(std::uint64_t length, std::uint64_t hint = 0) {
    MmapArgs args;
    args.addr = hint;
    args.length = length;
    return args;
}

MmapArgs file_args(FileId file, std::uint64_t length, std::uint64_t offset) {
    MmapArgs args;
    args.length = length;
    args.file = file;
    args.offset = offset;
    return args;
}

FileId open_file(MapPicture& map, UnmappedArea area) {
    const auto driver = plain_file();
    driver->area = area;
    return map.open(driver);
}

}  // namespace

TEST_SUITE("mm/2 MiB alignment of anonymous memory") {
    TEST_CASE("rule 2.5.3: whole multiples of 2 MiB are aligned") {
        MapPicture map = window(".......");
        CHECK(place(map, anon(2 * kMiB)));
        CHECK_EQ(map.now(), "....AA.");
    }

    TEST_CASE("rule 2.5.3: where the padded gap is aligned by itself, its upper part is used") {
        MapPicture map = window("........");
        CHECK(place(map, anon(4 * kMiB)));
        CHECK_EQ(map.now(), "....AAAA");
    }

    TEST_CASE("rule 2.5.3: other lengths are not aligned") {
        for (const std::uint64_t length : {3 * kMiB, 2 * kMiB + kPageSize}) {
            MapPicture map = window(".......");
            CHECK_EQ(*place(map, anon(length)), map.address(7) - length);
        }
    }

    TEST_CASE("rule 2.5.3: protections and most flags make no difference") {
        for (const std::uint64_t flag : {kMapNoReserve, kMapStack, kMapGrowsDown, kMapPopulate}) {
            MapPicture map = window(".......");
            MmapArgs args = anon(2 * kMiB);
            args.flags = kAnon | flag;
            CHECK(place(map, args));
            CHECK_EQ(map.now(), "....AA.");
        }
    }

    TEST_CASE("rule 2.5.3: with a hint only 6.12 aligns, when the hint is not taken") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map = window("A......", profile);
            CHECK(place(map, anon(2 * kMiB, map.address(0))));
            const bool old = profile.version == KernelVersion::v6_12;
            CHECK_EQ(map.now(), old ? "A...BB." : "A....BB");

            MapPicture taken = window("A......", profile);
            CHECK(place(taken, anon(2 * kMiB, taken.address(1))));
            CHECK_EQ(taken.now(), "ABB....");
        }
    }

    TEST_CASE("rule 2.5.3: where 2 MiB more do not fit, the plain search decides") {
        MapPicture map = window("A..AAAA");
        map.mm().layout.task_size = map.mm().layout.mmap_base;
        CHECK(place(map, anon(2 * kMiB)));
        CHECK_EQ(map.now(), "ABBAAAA");
    }

    TEST_CASE("LIVE 5: bottom-up the same, from the other end") {
        MapPicture map = window("A.......");
        map.mm().layout.top_down = false;
        CHECK(place(map, anon(2 * kMiB)));
        CHECK_EQ(map.now(), "A.BB....");
    }

    TEST_CASE("rule 2.5.3: shared anonymous memory is not aligned") {
        MapPicture map = window(".......");
        MmapArgs args = anon(2 * kMiB);
        args.flags = kMapShared | kMapAnonymous;
        CHECK(place(map, args));
        CHECK_EQ(map.now(), ".....AA");
    }
}

TEST_SUITE("mm/2 MiB alignment of files") {
    TEST_CASE("rule 2.5.3: a file is aligned where a whole block of it is mapped") {
        MapPicture map = window("........");
        const FileId file = open_file(map, UnmappedArea::thp);
        CHECK(place(map, file_args(file, 3 * kMiB, 0)));
        CHECK_EQ(map.now(), "....AAA.");
    }

    TEST_CASE("rule 2.5.3: the address is congruent to the offset") {
        MapPicture map = window("..........");
        const FileId file = open_file(map, UnmappedArea::thp);
        const auto at = place(map, file_args(file, 4 * kMiB, kPageSize));
        REQUIRE(at);
        CHECK_EQ(*at % (2 * kMiB), kPageSize);
    }

    TEST_CASE("rule 2.5.3: a range without a whole block is not aligned") {
        MapPicture map = window(".......");
        const FileId file = open_file(map, UnmappedArea::thp);
        CHECK(place(map, file_args(file, 2 * kMiB, kMiB)));
        CHECK_EQ(map.now(), ".....AA");
        CHECK(place(map, file_args(file, kMiB, 8 * kMiB)));
        CHECK_EQ(map.now(), "....BAA");
    }

    TEST_CASE("LIVE 5: near 2^63 the sum of offset and length wraps, and one page is aligned") {
        MapPicture map = window("......");
        const FileId file = open_file(map, UnmappedArea::thp);
        const std::uint64_t offset = (std::uint64_t{1} << 63) - 2 * kPageSize;
        const auto at = place(map, file_args(file, kPageSize, offset));
        REQUIRE(at);
        CHECK_EQ(*at % (2 * kMiB), offset % (2 * kMiB));
    }

    TEST_CASE("rule 2.5.3: only the routines that align do") {
        const struct {
            UnmappedArea area;
            std::uint64_t flags;
            const char* picture;
        } rows[] = {
            {UnmappedArea::plain, kMapPrivate, ".....AA"},
            {UnmappedArea::thp, kMapPrivate, "....AA."},
            {UnmappedArea::thp, kMapShared, "....AA."},
            {UnmappedArea::shmem, kMapShared, ".....AA"},
            {UnmappedArea::own_thp, kMapPrivate, "....AA."},
            {UnmappedArea::own_thp, kMapShared, ".....AA"},
            {UnmappedArea::own_plain, kMapShared, ".....AA"},
        };
        for (const auto& row : rows) {
            MapPicture map = window(".......");
            MmapArgs args = file_args(open_file(map, row.area), 2 * kMiB, 0);
            args.flags = row.flags;
            CHECK(place(map, args));
            CHECK_EQ(map.now(), row.picture);
        }
    }

    TEST_CASE("rule 2.5.2: files of huge pages are aligned in the search itself") {
        MapPicture map = window(".......");
        map.world.system.hugepages = 8;
        File file;
        file.type = FileType::hugetlbfs;
        file.writable = true;
        const auto driver = plain_file();
        driver->area = UnmappedArea::hugetlb;
        CHECK(place(map, file_args(map.open(driver, file), kPageSize, 0)));
        CHECK_EQ(map.now(), "....AA.");
    }

    TEST_CASE("LIVE 7: mremap aligns a file by the offset of the part that moves") {
        MapPicture map = window("..........A");
        const FileId file = open_file(map, UnmappedArea::thp);
        MmapArgs args = file_args(file, 4 * kMiB, 0);
        args.addr = map.address(6);
        args.flags = kMapPrivate | kMapFixed;
        CHECK(place(map, args));
        // Columns 1 to 3 of the file grow to 4: the block at 2 MiB is whole.
        CHECK(map.mremap("......B***A", 4, kMremapMayMove));
        CHECK_EQ(map.access(), ".wwww.w...r");
        CHECK_EQ(map.pgoff(1), kPerColumn);
    }
}
