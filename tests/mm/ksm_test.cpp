// SPDX-License-Identifier: GPL-2.0-or-later
// A process that lets all of its memory be merged page by page: what gets the mark, and when.
// Rules 3.1 A, D, F-e, 5.4, 5.5, 10.4.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

void set_memory_merge(MapPicture& map, bool enable) {
    CHECK(map.call([&](Current& current) { return sys_set_memory_merge(current, enable); }));
}

MapPicture merging(std::string_view picture, KernelVersion version = KernelVersion::v7_3) {
    MapPicture map(picture, {}, profile_of(version));
    set_memory_merge(map, true);
    return map;
}

}  // namespace

TEST_SUITE("mm/ksm") {
    TEST_CASE("rule 3.1 D: since 6.18 new memory is marked before it is compared, and merges") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map = merging("......", profile.version);
            CHECK(map.mmap("**...."));
            CHECK(map.mmap("AA**.."));
            CHECK_EQ(map.now(), profile.version < KernelVersion::v6_18 ? "AABB.." : "AAAA..");
            CHECK_EQ(map.marks(kVmMergeable), "####..");
        }
    }

    TEST_CASE("rule 5.4: the heap grows as one VMA since 6.18, else by a new one each time") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map = merging("....", profile.version);
            map.mm().layout.start_brk = map.address(0);
            map.mm().brk = map.address(0);
            for (const std::uint64_t column : {1U, 2U}) {
                map.call([&](Current& current) { return sys_brk(current, map.address(column)); });
            }
            CHECK_EQ(map.now(), profile.version < KernelVersion::v6_18 ? "AB.." : "AA..");
            CHECK_EQ(map.marks(kVmMergeable), "##..");
        }
    }

    TEST_CASE("rule 3.1 A: files with an old hook are marked when the hook has run") {
        const auto second = [](HookSet hooks) {
            MapPicture map = merging("....");
            const FileId file = map.open(scripted(hooks));
            CHECK(map.mmap("**..", kRw, kMapPrivate, file));
            CHECK(map.mmap("AA**", kRw, kMapPrivate, file, 2));
            CHECK_EQ(map.marks(kVmMergeable), "####");
            return map.now();
        };
        CHECK_EQ(second(HookSet{}.with(Hook::mmap_prepare)), "AAAA");
        CHECK_EQ(second(HookSet{}.with(Hook::mmap)), "AABB");
    }

    TEST_CASE("rule 3.1 F-e: what an old hook makes special is not marked") {
        MapPicture map = merging("..");
        const auto driver = scripted(HookSet{}.with(Hook::mmap));
        driver->on_mmap = [](HookCall&, HalfBuiltVma& vma) -> Result<> {
            vma.flags = vma.flags | kVmDontExpand;
            return {};
        };
        CHECK(map.mmap("**", kRw, kMapPrivate, map.open(driver)));
        CHECK_EQ(map.marks(kVmMergeable), "--");
    }

    TEST_CASE("rule 5.5: shared, DROPPABLE and DAX memory cannot have the mark") {
        MapPicture map = merging("......");
        CHECK(map.mmap("**....", kRw, kShared));
        CHECK(map.mmap("AA**..", kRw, kMapDroppable | kMapAnonymous));
        const auto dax = plain_file();
        dax->is_dax = true;
        CHECK(map.mmap("AABB**", kRw, kMapPrivate, map.open(dax)));
        CHECK_EQ(map.marks(kVmMergeable), "------");
        CHECK(map.madvise("AABB**", Madv::mergeable));
        CHECK_EQ(map.marks(kVmMergeable), "------");
    }

    TEST_CASE("rule 5.5: what is there is marked uncut, and unmarked again, whoever asked for it") {
        MapPicture map("AABB");
        CHECK(map.madvise("*ABB", Madv::mergeable));
        CHECK_EQ(map.now(), "ACBB");
        set_memory_merge(map, true);
        CHECK_EQ(map.marks(kVmMergeable), "####");
        CHECK_EQ(map.now(), "ACBB");
        set_memory_merge(map, false);
        CHECK_EQ(map.marks(kVmMergeable), "----");
        CHECK_EQ(map.now(), "ACBB");
        CHECK(map.mmap("*CBB"));
        CHECK_EQ(map.marks(kVmMergeable), "----");
    }

    TEST_CASE("rule 5.9: a child wants it too") {
        MapPicture map = merging("..");
        map.show(*map.fork());
        CHECK(map.mmap("*."));
        CHECK_EQ(map.marks(kVmMergeable), "#.");
    }
}
