// SPDX-License-Identifier: GPL-2.0-or-later
// VMAs whose driver wants to hear of their end: merging may extend and shrink them, never delete
// them. Rule 4.5.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const HookSet kClosing =
    HookSet{}.with(Hook::mmap_prepare).with(Hook::mapped).with(Hook::open).with(Hook::close);

struct CloseScene {
    explicit CloseScene(HookSet hooks = kClosing)
        : driver(scripted(hooks)), map("........"), file(map.open(driver)) {}

    Result<std::uint64_t> mmap(std::string_view picture, std::uint64_t pgoff) {
        return map.mmap(picture, kRw, kMapShared, file, pgoff);
    }

    std::shared_ptr<ScriptedDriver> driver;
    MapPicture map;
    FileId file;
};

}  // namespace

TEST_SUITE("mm/close rule") {
    TEST_CASE("rule 4.5, T13: a second mapping extends the first; nobody hears of a second VMA") {
        CloseScene scene;
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA**....", 2));
        CHECK_EQ(scene.map.now(), "AAAA....");
        CHECK_EQ(scene.map.calls(scene.file, Hook::mmap_prepare), 2);
        CHECK_EQ(scene.map.calls(scene.file, Hook::mapped), 1);
        CHECK_EQ(scene.map.calls(scene.file, Hook::open), 0);
        CHECK(scene.map.munmap("****...."));
        CHECK_EQ(scene.map.calls(scene.file, Hook::close), 1);
    }

    TEST_CASE("rule 4.5, T14: the filler between two extends the first, the last stays") {
        CloseScene scene;
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA..**..", 4));
        CHECK(scene.mmap("AA**BB..", 2));
        CHECK_EQ(scene.map.now(), "AAAABB..");
        CHECK_EQ(scene.map.calls(scene.file, Hook::mmap_prepare), 3);
        CHECK_EQ(scene.map.calls(scene.file, Hook::mapped), 2);
        CHECK_EQ(scene.map.calls(scene.file, Hook::close), 0);
    }

    TEST_CASE("rule 4.2: a VMA with close may grow downwards") {
        CloseScene scene;
        CHECK(scene.mmap("..**....", 2));
        CHECK(scene.mmap("**AA....", 0));
        CHECK_EQ(scene.map.now(), "AAAA....");
    }

    TEST_CASE("rule 4.2: without close the filler joins all three") {
        CloseScene scene(HookSet{}.with(Hook::mmap_prepare));
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA..**..", 4));
        CHECK(scene.mmap("AA**BB..", 2));
        CHECK_EQ(scene.map.now(), "AAAAAA..");
        CHECK_EQ(scene.map.world.files[scene.file.index].vmas, 1);
    }

    TEST_CASE("rule 4.3: a whole VMA with close is not merged away, a part may change hands") {
        CloseScene scene;
        CHECK(scene.mmap("********", 0));
        CHECK(scene.map.mprotect("AAAA****", kR));
        CHECK_EQ(scene.map.now(), "BBBBAAAA");

        CHECK(scene.map.mprotect("BBBB****", kRw));
        CHECK_EQ(scene.map.now(), "BBBBAAAA");

        CHECK(scene.map.mprotect("BBBB****", kR));
        CHECK(scene.map.mprotect("BBBB**AA", kRw));
        CHECK_EQ(scene.map.now(), "BBBBBBAA");
        CHECK_EQ(scene.map.calls(scene.file, Hook::close), 0);
    }

    TEST_CASE("rule 4.3: between two equals, a next with close stays behind") {
        // The hook gives its vm_ops to the second mapping only.
        CloseScene scene;
        scene.driver->sets_ops = false;
        scene.driver->on_mmap_prepare = [](HookCall& call, VmAreaDesc& desc) -> Result<> {
            desc.ops = call.nth() == 2 ? call.own_ops() : kVmOpsDummy;
            return {};
        };
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA..**..", 4));
        CHECK(scene.map.mmap("AA**BB..", kR, kMapShared, scene.file, 2));
        CHECK_EQ(scene.map.now(), "AACCBB..");
        CHECK(scene.map.mprotect("AA**BB..", kRw));
        CHECK_EQ(scene.map.now(), "AAAABB..");
    }

    TEST_CASE("rule 4.4: growing in place stops at a next with close") {
        CloseScene scene;
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA..**..", 4));
        CHECK(scene.map.mremap("**..BB..", 4));
        CHECK_EQ(scene.map.now(), "AAAABB..");
    }
}
