// SPDX-License-Identifier: GPL-2.0-or-later
// afs in its three forms. Rule 7, DELTA 5.
#include <doctest/doctest.h>

#include "drivers/built_in_scene.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// What is left of open_mmaps after two adjacent mappings came and went.
std::int64_t left_after_two(KernelVersion version, HookChoice choice = HookChoice::declared) {
    BuiltInScene scene("afs", "....", version, choice);
    CHECK(scene.mmap("**..", kMapPrivate, 0));
    CHECK(scene.mmap("AA**", kMapPrivate, 2));
    CHECK_EQ(scene.map.now(), "AAAA");
    CHECK(scene.map.munmap("****"));
    CHECK_EQ(scene.map.world.files[scene.file.index].refs, 1);
    return scene.references("open_mmaps");
}

}  // namespace

TEST_SUITE("drivers/afs") {
    TEST_CASE("afs had the old hook until 6.16, was converted in 6.17 and corrected in 7.1") {
        CHECK_EQ(forms("afs"), "LLPPPPP");
        CHECK_EQ(forms("afs", HookChoice::prepare), "LPPPPPP");
        CHECK_EQ(forms("afs", HookChoice::legacy), "LLLLLLL");
        const auto driver = make_driver("afs");
        for (const Profile& profile : all_profiles()) {
            CHECK_EQ(driver->hooks(profile, HookChoice::declared).has(Hook::mapped),
                     profile.version >= KernelVersion::v7_1);
            CHECK_FALSE(driver->hooks(profile, HookChoice::legacy).has(Hook::mapped));
        }
    }

    TEST_CASE("a merge leaks a count where it is taken in .mmap_prepare, and nowhere else") {
        CHECK_EQ(left_after_two(KernelVersion::v6_12), 0);
        CHECK_EQ(left_after_two(KernelVersion::v6_16), 0);
        CHECK_EQ(left_after_two(KernelVersion::v6_16, HookChoice::prepare), 1);
        CHECK_EQ(left_after_two(KernelVersion::v6_18), 1);
        CHECK_EQ(left_after_two(KernelVersion::v7_0), 1);
        CHECK_EQ(left_after_two(KernelVersion::v7_0, HookChoice::legacy), 0);
        CHECK_EQ(left_after_two(KernelVersion::v7_1), 0);
        CHECK_EQ(left_after_two(KernelVersion::v7_3), 0);
        CHECK_EQ(left_after_two(KernelVersion::v7_3, HookChoice::legacy), 0);
    }

    TEST_CASE("a mapping that fails after the hook leaks a count until 7.0") {
        const auto left = [](KernelVersion version) {
            BuiltInScene scene("afs", "....", version);
            scene.fail_next(FailPoint::vma_alloc, Errno::enomem);
            CHECK_EQ(scene.mmap("**..", kMapPrivate).error(), Errno::enomem);
            return scene.references("open_mmaps");
        };
        CHECK_EQ(left(KernelVersion::v6_16), 0);
        CHECK_EQ(left(KernelVersion::v6_18), 1);
        CHECK_EQ(left(KernelVersion::v7_0), 1);
        CHECK_EQ(left(KernelVersion::v7_1), 0);
    }

    TEST_CASE("splits and partial unmaps count in each form") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            BuiltInScene scene("afs", "....", profile.version);
            CHECK(scene.mmap("****", kMapPrivate));
            CHECK_EQ(scene.references("open_mmaps"), 1);
            CHECK(scene.map.munmap("A**A"));
            CHECK_EQ(scene.references("open_mmaps"), 2);
            CHECK(scene.map.munmap("*..C"));
            CHECK(scene.map.munmap("...*"));
            CHECK_EQ(scene.references("open_mmaps"), 0);
        }
    }

    TEST_CASE("a file that cannot read pages is refused, and not counted in any form") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            BuiltInScene scene("afs", "..", profile.version);
            scene.set_params(R"({"read_folio": false})");
            CHECK_EQ(scene.mmap("**", kMapPrivate).error(), Errno::enoexec);
            CHECK_EQ(scene.references("open_mmaps"), 0);
        }
    }
}
