// SPDX-License-Identifier: GPL-2.0-or-later
// Attaching SysV segments. Rule E10.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

struct ShmScene {
    explicit ShmScene(std::string_view picture, std::uint64_t pages = 4) : map(picture) {
        const auto driver = plain_file();
        driver->area = UnmappedArea::own_plain;
        File file;
        file.path = "/SYSV00000000";
        file.deleted = true;
        file.type = FileType::shmem;
        file.writable = true;
        file.size = pages * kPageSize;
        segment = map.open(driver, file);
    }
    Result<std::uint64_t> shmat_bytes(std::uint64_t addr, std::uint64_t flags = 0) {
        return map.call([&](Current& current) {
            return sys_shmat(current,
                             {.segment = segment, .addr = addr, .flags = flags, .placed_at = {}});
        });
    }
    Result<std::uint64_t> shmat(std::size_t column, std::uint64_t flags = 0) {
        return shmat_bytes(map.address(column), flags);
    }
    Result<> shmdt(std::size_t column) {
        return map.call([&](Current& current) { return sys_shmdt(current, map.address(column)); });
    }

    MapPicture map;
    FileId segment;
};

}  // namespace

TEST_SUITE("mm/shmat") {
    TEST_CASE("rule E10: where an attach goes") {
        ShmScene scene("AA..........");
        CHECK_EQ(outcome(scene.shmat_bytes(scene.map.address(4) + 1)), "EINVAL");
        CHECK_EQ(*scene.shmat_bytes(scene.map.address(4) + 1, kShmRnd), scene.map.address(4));
        CHECK_EQ(outcome(scene.shmat_bytes(0, kShmRemap)), "EINVAL");
        CHECK_EQ(outcome(scene.shmat(1)), "EINVAL");
        CHECK_EQ(outcome(scene.shmat(7)), "EINVAL");
        CHECK_EQ(scene.map.now(), "AA..BBBB....");
        CHECK_EQ(*scene.shmat(1, kShmRemap), scene.map.address(1));
        CHECK_EQ(scene.map.access(), "wwwwwwww....");
        CHECK_EQ(*scene.shmat_bytes(0), (scene.map.mm().layout.mmap_base - Pages{4}).bytes());
        CHECK_EQ(*scene.shmat_bytes(1, kShmRnd), 0);
    }

    TEST_CASE("rule E10: an attach holds its file, and nobody else does") {
        ShmScene scene("........");
        CHECK(scene.shmat(0));
        const FileId file = scene.map.at(0).file;
        CHECK_EQ(scene.map.world.files[file.index].opens, 0);
        CHECK_EQ(scene.map.world.files[file.index].refs, 1);
        const std::uint32_t files = scene.map.world.files.live();
        CHECK_FALSE(scene.shmat(1));
        CHECK_EQ(scene.map.world.files.live(), files);
    }

    TEST_CASE("rule E10: what an attach may do") {
        ShmScene scene("............");
        CHECK(scene.shmat(0));
        CHECK(scene.shmat(4, kShmRdonly));
        CHECK(scene.shmat(8, kShmExec));
        CHECK_EQ(scene.map.codes(0), "rd wr sh mr mw me ms");
        CHECK_EQ(scene.map.codes(4), "rd mr me ms");
        CHECK_EQ(scene.map.codes(8), "rd wr ex sh mr mw me ms");
    }

    TEST_CASE("rule E10: each attach has a file of its own, so none merges with another") {
        ShmScene scene("........");
        CHECK(scene.shmat(0));
        CHECK(scene.shmat(4));
        CHECK_EQ(scene.map.now(), "AAAABBBB");
        CHECK(scene.map.at(0).file != scene.map.at(4).file);
    }

    TEST_CASE("rule E10: no attach is aligned to 2 MiB") {
        ShmScene scene(".", 512);
        scene.map.mm().layout.mmap_base = vpn_of(MapPicture::kBase + 0x300000);
        CHECK_EQ(*scene.shmat_bytes(0), MapPicture::kBase + 0x100000);
    }
}

TEST_SUITE("mm/shmdt") {
    TEST_CASE("rule E10: all pieces of an attach go that lie where it put them") {
        ShmScene scene("....................", 8);
        CHECK(scene.shmat(0));
        CHECK(scene.map.munmap("AA**AAAA............"));
        CHECK(scene.map.mremap("BB..**CC............", 2, kFixed, 14));
        CHECK_EQ(scene.map.access(), "ww....ww......ww....");

        CHECK_EQ(outcome(scene.shmdt(14)), "EINVAL");  // starts at 10, as its offset says
        CHECK(scene.shmdt(0));
        CHECK_EQ(scene.map.access(), "..............ww....");
        CHECK(scene.shmdt(10));
        CHECK_EQ(scene.map.access(), "....................");
        CHECK_EQ(outcome(scene.shmdt(0)), "EINVAL");
    }

    TEST_CASE("rule E10: an unaligned address is EINVAL, and so is memory that is no attach") {
        ShmScene scene("AA..");
        CHECK_EQ(outcome(scene.map.call([&](Current& current) {
                     return sys_shmdt(current, scene.map.address(0) + 1);
                 })),
                 "EINVAL");
        CHECK_EQ(outcome(scene.shmdt(0)), "EINVAL");
        CHECK_EQ(scene.map.now(), "AA..");
    }

    TEST_CASE("rule E10: the first piece decides which attach is meant") {
        ShmScene scene("........", 4);
        CHECK(scene.shmat(0));
        CHECK(scene.map.munmap("AA**...."));
        CHECK(scene.shmat(4));
        // The second attach's tail moves to where the first one's was.
        CHECK(scene.map.mremap("BB..CC**", 2, kFixed, 2));
        CHECK(scene.shmdt(0));
        CHECK_EQ(scene.map.access(), "..wwww..");
    }
}
