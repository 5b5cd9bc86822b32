// SPDX-License-Identifier: GPL-2.0-or-later
// Seals of files in memory, as far as mappings are concerned. Rule 2.2.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

struct SealScene {
    explicit SealScene(bool writable = true, KernelVersion version = KernelVersion::v7_3)
        : map("....", {}, profile_of(version)) {
        File memfd;
        memfd.path = "/memfd:m";
        memfd.writable = writable;
        memfd.type = FileType::shmem;
        file = map.open(plain_file(), memfd);
    }
    std::string seal(std::uint64_t seals) {
        return outcome(map.call([&](Current& current) { return add_seals(current, file, seals); }));
    }

    MapPicture map;
    FileId file;
};

}  // namespace

TEST_SUITE("mm/file seals") {
    TEST_CASE("rule 2.2: a write seal waits for the last writable shared mapping to go") {
        SealScene scene;
        CHECK(scene.map.mmap("**..", kR, kMapShared, scene.file));
        CHECK_EQ(scene.seal(kSealWrite), "EBUSY");
        CHECK_EQ(scene.seal(kSealFutureWrite), "ok");
        CHECK(scene.map.munmap("**.."));
        CHECK_EQ(scene.seal(kSealWrite), "ok");
    }

    TEST_CASE("rule 2.2: after a write seal shared mappings can't be written, ever") {
        for (const std::uint64_t seal : {kSealWrite, kSealFutureWrite}) {
            SealScene scene;
            CHECK_EQ(scene.seal(seal), "ok");
            CHECK_EQ(outcome(scene.map.mmap("**..", kRw, kMapShared, scene.file)), "EPERM");
            CHECK(scene.map.mmap("**..", kR, kMapShared, scene.file));
            CHECK_EQ(scene.map.codes(0), "rd sh mr me ms");
            CHECK_EQ(outcome(scene.map.mprotect("**..", kRw)), "EACCES");
            CHECK(scene.map.mmap("AA**", kRw, kMapPrivate, scene.file));
        }
    }

    TEST_CASE(
        "rule 2.2: 6.12 refuses a write-sealed file even to readers, but not for the future") {
        SealScene scene(true, KernelVersion::v6_12);
        CHECK_EQ(scene.seal(kSealFutureWrite), "ok");
        CHECK(scene.map.mmap("**..", kR, kMapShared, scene.file));
        CHECK_EQ(scene.seal(kSealWrite), "ok");
        CHECK_EQ(outcome(scene.map.mmap("AA**", kR, kMapShared, scene.file)), "EPERM");
    }

    TEST_CASE(
        "DELTA D10: in 6.18 and from 7.1 on a seal that implies the write seal waits as well") {
        for (const KernelVersion version : {KernelVersion::v6_18, KernelVersion::v7_1}) {
            SealScene scene(true, version);
            CHECK(scene.map.mmap("**..", kR, kMapShared, scene.file));
            CHECK_EQ(scene.seal(kSealExec), "EBUSY");
            CHECK(scene.map.munmap("**.."));
            CHECK_EQ(scene.seal(kSealExec), "ok");
            CHECK_EQ(outcome(scene.map.mmap("**..", kRw, kMapShared, scene.file)), "EPERM");
        }
        for (const KernelVersion version : {KernelVersion::v6_16, KernelVersion::v7_0}) {
            SealScene before(true, version);
            CHECK(before.map.mmap("**..", kR, kMapShared, before.file));
            CHECK_EQ(before.seal(kSealExec), "ok");
        }
    }

    TEST_CASE("rule 2.2: seals are for files in memory, and only those that there are") {
        SealScene scene;
        CHECK_EQ(scene.seal(0x40), "EINVAL");
        scene.map.world.files.edit(scene.file.index).type = FileType::regular;
        CHECK_EQ(scene.seal(kSealWrite), "EINVAL");
        scene.map.world.files.edit(scene.file.index).writable = false;
        CHECK_EQ(scene.seal(0x40), "EPERM");
    }

    TEST_CASE("rule 2.2: nothing is added after the seal of seals, or without write access") {
        SealScene scene;
        CHECK_EQ(scene.seal(kSealSeal), "ok");
        CHECK_EQ(scene.seal(kSealWrite), "EPERM");
        SealScene reading(false);
        CHECK_EQ(reading.seal(kSealWrite), "EPERM");
    }
}
