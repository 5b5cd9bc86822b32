// SPDX-License-Identifier: GPL-2.0-or-later
// Seals of files in memory, as far as mappings are concerned. Rule 2.2.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

struct SealScene {
    explicit SealScene(bool writable = true) : map("....") {
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

    TEST_CASE("rule 2.2: nothing is added after the seal of seals, or without write access") {
        SealScene scene;
        CHECK_EQ(scene.seal(kSealSeal), "ok");
        CHECK_EQ(scene.seal(kSealWrite), "EPERM");
        SealScene reading(false);
        CHECK_EQ(reading.seal(kSealWrite), "EPERM");
    }
}
