// SPDX-License-Identifier: GPL-2.0-or-later
// The offset under which private pages are indexed: from 7.3 on beside the file offset, and asked
// for by merges of private file mappings. DELTA 4.1.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

bool asks_for_both(const Profile& profile) { return profile.version >= KernelVersion::v7_3; }

// A private mapping of a file's pages 0 to 3 at column 0, in every kernel.
struct FileScene {
    FileScene(const Profile& profile, std::shared_ptr<const Driver> driver,
              std::uint64_t flags = kMapPrivate)
        : map("....................", {}, profile), file(map.open(driver)), type(flags) {
        INFO("kernel ", profile.name);
        CHECK(map_file(0, 4, 0));
    }

    bool map_file(std::size_t column, std::size_t columns, std::uint64_t pgoff) {
        return static_cast<bool>(map.mmap(drawn(column, columns), kRw, type, file, pgoff));
    }
    void touch(std::size_t column, std::size_t columns) { map.touch(drawn(column, columns)); }
    bool move(std::size_t column, std::size_t columns, std::size_t to) {
        return static_cast<bool>(map.mremap(drawn(column, columns), columns, kFixed, to));
    }
    bool one_vma(std::size_t a, std::size_t b) const { return map.at(a).id == map.at(b).id; }
    std::string drawn(std::size_t column, std::size_t columns) const {
        std::string picture = map.now();
        picture.replace(column, columns, columns, '*');
        return picture;
    }

    MapPicture map;
    FileId file;
    std::uint64_t type;
};

}  // namespace

TEST_SUITE("mm/anon_pgoff") {
    TEST_CASE("DELTA 4.1 N1: a touched part that moved is not continued by the file, since 7.3") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            FileScene scene(profile, plain_file());
            scene.touch(0, 4);
            CHECK(scene.move(2, 2, 10));
            CHECK(scene.map_file(12, 2, 4));
            CHECK_EQ(scene.one_vma(10, 12), !asks_for_both(profile));
        }
    }

    TEST_CASE("DELTA 4.1 N3: the touched part that comes home joins what it was cut from") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            FileScene scene(profile, plain_file());
            scene.touch(0, 4);
            CHECK(scene.move(2, 2, 10));
            CHECK(scene.map_file(12, 2, 4));
            CHECK(scene.move(10, 2, 2));
            CHECK(scene.one_vma(0, 2));
        }
    }

    TEST_CASE("DELTA 4.1, D9: a touched part that moved is continued once it was emptied") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            FileScene scene(profile, plain_file());
            scene.touch(0, 4);
            CHECK(scene.move(0, 4, 8));
            CHECK(scene.map.mremap(scene.drawn(8, 4), 4, kDont, 16));
            CHECK(scene.map_file(12, 2, 4));
            CHECK(scene.one_vma(8, 12));
        }
    }

    TEST_CASE("DELTA 4.1 N2: an untouched part that moved is continued by the file") {
        for (const Profile& profile : all_profiles()) {
            FileScene scene(profile, plain_file());
            CHECK(scene.move(2, 2, 10));
            CHECK(scene.map_file(12, 2, 4));
            CHECK(scene.one_vma(10, 12));
        }
    }

    TEST_CASE("DELTA 4.1 N4: shared mappings are not asked") {
        for (const Profile& profile : all_profiles()) {
            FileScene scene(profile, plain_file(), kMapShared);
            scene.touch(0, 4);
            CHECK(scene.move(2, 2, 10));
            CHECK(scene.map_file(12, 2, 4));
            CHECK(scene.one_vma(10, 12));
        }
    }

    TEST_CASE("DELTA 4.1 N5: private mappings that never moved continue each other") {
        for (const Profile& profile : all_profiles()) {
            FileScene scene(profile, plain_file());
            scene.touch(0, 4);
            CHECK(scene.map_file(4, 2, 4));
            CHECK(scene.one_vma(0, 4));
        }
    }

    TEST_CASE("DELTA 4.1 N6: two parts faulted apart stay apart when one moves to the other") {
        for (const Profile& profile : all_profiles()) {
            FileScene scene(profile, plain_file());
            CHECK(scene.map_file(10, 4, 4));
            scene.touch(0, 4);
            scene.touch(10, 4);
            CHECK(scene.move(10, 4, 4));
            CHECK_FALSE(scene.one_vma(0, 4));
        }
    }

    TEST_CASE("DELTA 4.1 N7: a touched part moved to an untouched one joins it from 6.16 to 7.2") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            FileScene scene(profile, plain_file());
            CHECK(scene.map_file(10, 4, 4));
            scene.touch(10, 4);
            CHECK(scene.move(10, 4, 4));
            // 6.12 refuses for another reason: rule 4.1.1.
            const bool joins = profile.version != KernelVersion::v6_12 && !asks_for_both(profile);
            CHECK_EQ(scene.one_vma(0, 4), joins);
        }
    }

    TEST_CASE("DELTA 4.1 N8: an untouched part moved to a touched one joins it") {
        for (const Profile& profile : all_profiles()) {
            FileScene scene(profile, plain_file());
            CHECK(scene.map_file(10, 4, 4));
            scene.touch(0, 4);
            CHECK(scene.move(10, 4, 4));
            CHECK(scene.one_vma(0, 4));
        }
    }

    TEST_CASE("DELTA 4.1 N9: touched private /dev/zero that moved is not continued, since 7.3") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            FileScene scene(profile, anonymous_file());
            scene.touch(0, 4);
            CHECK(scene.move(0, 4, 10));
            CHECK(scene.map_file(14, 2, 4));
            CHECK_EQ(scene.one_vma(10, 14), !asks_for_both(profile));
        }
    }

    TEST_CASE("DELTA 4.1: the anonymous offset is the address, moves with the start, and resets") {
        FileScene scene(newest_profile(), plain_file());
        const auto home = [&](std::size_t column) {
            return scene.map.at(column).anon_pgoff.index - vpn_of(MapPicture::kBase).index;
        };
        CHECK_EQ(home(0), 0);
        CHECK(scene.map.mprotect("AA**................", kR));
        CHECK_EQ(home(2), 2);
        CHECK(scene.move(2, 2, 10));
        CHECK_EQ(home(10), 10);
        CHECK_EQ(scene.map.pgoff(10), 2);
        scene.touch(0, 2);
        CHECK(scene.move(0, 2, 14));
        CHECK_EQ(home(14), 0);
    }

    TEST_CASE("DELTA 4.1: an anon_vma is lent only where both offsets continue, since 7.3") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            FileScene scene(profile, plain_file());
            scene.touch(0, 4);
            CHECK(scene.move(0, 4, 8));
            CHECK(scene.map.mmap(scene.drawn(12, 2), kRwx, kMapPrivate, scene.file, 4));
            scene.touch(12, 2);
            CHECK_EQ(scene.map.anon_vmas(),
                     asks_for_both(profile) ? "........aaaabb......" : "........aaaaaa......");
        }
    }
}
