// SPDX-License-Identifier: GPL-2.0-or-later
// What the two kinds of mmap hook may do, and what comes of it, version by version.
// Rules 3.4 to 3.6, 6.6, DELTA 1.3.
#include <doctest/doctest.h>

#include "mm/mmap_action.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using enum KernelVersion;

struct HookScene {
    HookScene(const Profile& profile, HookSet hooks)
        : driver(scripted(hooks)), map("........", {}, profile), file(map.open(driver)) {}

    Result<std::uint64_t> mmap(std::string_view picture, std::uint64_t pgoff,
                               std::uint64_t flags = kMapShared) {
        return map.mmap(picture, kRw, flags, file, pgoff);
    }
    std::uint64_t calls(Hook hook) const { return map.calls(file, hook); }

    std::shared_ptr<ScriptedDriver> driver;
    MapPicture map;
    FileId file;
};

const HookSet kLegacy = HookSet{}.with(Hook::mmap);
const HookSet kPrepare = HookSet{}.with(Hook::mmap_prepare);

}  // namespace

TEST_SUITE("mm/legacy mmap hook") {
    TEST_CASE("rule 3.4: a mapping that merges never reaches the driver") {
        for (const Profile& profile : all_profiles()) {
            HookScene scene(profile, kLegacy);
            CHECK(scene.mmap("**......", 0));
            CHECK(scene.mmap("AA**....", 2));
            CHECK_EQ(scene.map.now(), "AAAA....");
            CHECK_EQ(scene.calls(Hook::mmap), 1);
        }
    }

    TEST_CASE("rule 3.4: flags that the hook changes are compared again in 6.12 alone") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            HookScene scene(profile, kLegacy.with(Hook::close));
            scene.driver->on_mmap = [](HookCall&, HalfBuiltVma& vma) -> Result<> {
                vma.flags = vma.flags | kVmDontCopy;
                return {};
            };
            CHECK(scene.mmap("..**....", 2));
            CHECK(scene.mmap("..AA**..", 4));
            const bool again = profile.version == v6_12;
            CHECK_EQ(scene.map.now(), again ? "..AAAA.." : "..AABB..");
            CHECK_EQ(scene.calls(Hook::mmap), 2);
            CHECK_EQ(scene.calls(Hook::close), 0);

            // The second attempt needs a VMA below.
            CHECK(scene.mmap(again ? "**AAAA.." : "**AABB..", 0));
            CHECK_EQ(scene.map.mm().map_count, again ? 2 : 3);
            // The VMA that was thrown away let go of its file.
            CHECK_EQ(scene.map.world.files[scene.file.index].refs, again ? 3 : 4);
        }
    }

    TEST_CASE("rule 3.4: what else the hook changed is not compared in the second attempt") {
        HookScene scene(profile_of(v6_12), kLegacy);
        const FileId other = scene.map.open(plain_file());
        bool first = true;
        scene.driver->on_mmap = [&](HookCall& call, HalfBuiltVma& vma) -> Result<> {
            vma.flags = vma.flags | kVmDontCopy;
            if (std::exchange(first, false)) return {};
            vma.pgoff = Pgoff{77};
            call.world().get_file(other);
            call.world().put_file(vma.file);
            vma.file = other;
            return {};
        };
        CHECK(scene.mmap("**......", 0));
        // The VMA below has the file and the offset that were asked for.
        CHECK(scene.mmap("AA**....", 2));
        CHECK_EQ(scene.map.now(), "AAAA....");
        CHECK_EQ(scene.map.world.files[scene.file.index].refs, 2);
        CHECK_EQ(scene.map.world.files[other.index].refs, 1);
        // One that has what the hook stored is no neighbour.
        CHECK(scene.mmap("AAAA.**.", 9));
        CHECK(scene.mmap("AAAA.BB*", 79));
        CHECK_EQ(scene.map.now(), "AAAA.BBC");
        CHECK_EQ(scene.map.at(7).pgoff.index, 77);
    }

    TEST_CASE("rule 3.4: a failing hook's VMA is never closed") {
        for (const Profile& profile : all_profiles()) {
            HookScene scene(profile, kLegacy.with(Hook::close));
            scene.driver->on_mmap = [](HookCall&, HalfBuiltVma&) -> Result<> {
                return Errno::enodev;
            };
            CHECK_EQ(outcome(scene.mmap("**......", 0)), "ENODEV");
            CHECK_EQ(scene.calls(Hook::close), 0);
            CHECK_EQ(scene.map.world.files[scene.file.index].refs, 1);
        }
    }
}

TEST_SUITE("mm/mmap_prepare hook") {
    TEST_CASE("rule 3.5: the hook runs for every mapping, merged or not") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            HookScene scene(profile, kPrepare);
            CHECK(scene.mmap("**......", 0));
            CHECK(scene.mmap("AA**....", 2));
            CHECK_EQ(scene.map.now(), "AAAA....");
            CHECK_EQ(scene.calls(Hook::mmap_prepare), 2);
        }
    }

    TEST_CASE("rule 3.5: flags that the hook changes are what is compared") {
        HookScene scene(newest_profile(), kPrepare);
        scene.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
            desc.flags = desc.flags | kVmDontCopy;
            return {};
        };
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA**....", 2));
        CHECK_EQ(scene.map.now(), "AAAA....");
    }

    TEST_CASE("rule 3.5: a merge overwrites the private data of the VMA that lives on") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            HookScene scene(profile, kPrepare);
            scene.driver->on_mmap_prepare = [](HookCall& call, VmAreaDesc& desc) -> Result<> {
                if (call.nth() == 1) desc.private_data = 77;
                return {};
            };
            CHECK(scene.mmap("**......", 0));
            CHECK_EQ(scene.map.at(0).private_data, 77);
            CHECK(scene.mmap("AA**....", 2));
            CHECK_EQ(scene.map.at(0).private_data, 0);
            CHECK_EQ(scene.map.log.count<Diagnosed>(), 1);
        }
    }

    TEST_CASE("rule 3.5: the old mappings are gone before the hook runs") {
        HookScene scene(newest_profile(), kPrepare.with(Hook::close));
        CHECK(scene.mmap("****....", 0));
        std::uint64_t closed_before = 0;
        scene.driver->on_mmap_prepare = [&](HookCall&, VmAreaDesc&) -> Result<> {
            closed_before = scene.calls(Hook::close);
            return Errno::eio;
        };
        CHECK_EQ(outcome(scene.mmap("****....", 4)), "EIO");
        CHECK_EQ(closed_before, 1);
        CHECK_EQ(scene.map.now(), "........");
    }

    TEST_CASE("DELTA 1.1: storing no vm_ops makes memory anonymous from 7.2 on") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            HookScene silent(profile, kPrepare);
            silent.driver->sets_ops = false;
            CHECK(silent.mmap("**......", 0, kMapPrivate));
            CHECK_FALSE(silent.map.at(0).anonymous());

            HookScene storing(profile, kPrepare);
            storing.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
                desc.ops = kVmOpsAnonymous;
                return {};
            };
            CHECK(storing.mmap("**......", 0, kMapPrivate));
            CHECK_EQ(storing.map.at(0).anonymous(), profile.version >= v7_2);
        }
    }

    TEST_CASE("DELTA 1.3: a merge takes over the hook's vm_ops, from 7.2 on also if it set none") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            HookScene scene(profile, kPrepare);
            scene.driver->sets_ops = false;
            scene.driver->on_mmap_prepare = [](HookCall& call, VmAreaDesc& desc) -> Result<> {
                if (call.nth() == 1) desc.ops = call.own_ops();
                return {};
            };
            CHECK(scene.mmap("**......", 0));
            const VmOps own = scene.map.at(0).ops;
            CHECK(scene.mmap("AA**....", 2));
            CHECK_EQ(scene.map.now(), "AAAA....");
            CHECK(scene.map.at(0).ops == (profile.version >= v7_2 ? kVmOpsDummy : own));
        }
    }

    TEST_CASE("DELTA 1.3: the reference of a file that the hook stores") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            HookScene scene(profile, kPrepare);
            scene.driver->on_mmap_prepare = [](HookCall& call, VmAreaDesc& desc) -> Result<> {
                const auto file = call.new_shmem_file(desc.range.pages().bytes());
                desc.vm_file = *file;
                return {};
            };
            CHECK(scene.mmap("**......", 0));
            CHECK_EQ(scene.map.world.files[scene.file.index].refs, 1);
            CHECK(scene.map.munmap("**......"));
            // Until 6.18 the core took a reference on top of the one it was handed.
            CHECK_EQ(scene.map.world.shmem_live, profile.version <= v6_18 ? 1 : 0);
        }
    }
}

TEST_SUITE("mm/actions") {
    TEST_CASE("rule 3.6, T15: an action that fails unmaps the new VMA by the ordinary way") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.actions) continue;
            CAPTURE(profile.name);
            HookScene scene(profile, kPrepare.with(Hook::close));
            scene.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
                mmap_action_remap_full(desc, Pfn{desc.pgoff.index});
                desc.action.fail = Errno::ebusy;
                return {};
            };
            CHECK(scene.map.mmap("****....", kRw));
            CHECK_EQ(outcome(scene.mmap("A**A....", 0, kMapPrivate)), "EBUSY");
            CHECK_EQ(scene.map.access(), "w..w....");
            CHECK_EQ(scene.calls(Hook::close), 1);
            CHECK_EQ(scene.map.world.committed.count, 2);
            CHECK_EQ(scene.map.world.files[scene.file.index].refs, 1);
        }
    }

    TEST_CASE("rule 6.5: what an action maps never merges and never grows") {
        HookScene scene(newest_profile(), kPrepare);
        scene.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
            mmap_action_remap_full(desc, Pfn{desc.pgoff.index});
            return {};
        };
        CHECK(scene.mmap("**......", 0));
        CHECK(scene.mmap("AA**....", 2));
        CHECK_EQ(scene.map.now(), "AABB....");
        CHECK_EQ(scene.map.codes(0), "rd wr sh mr mw me ms pf io de dd");
        CHECK_EQ(outcome(scene.map.mremap("AA**....", 3)), "EFAULT");
    }

    TEST_CASE("rule 3.6, F11: a failing success hook leaves the mapping in 7.0, unmaps in 7.1") {
        for (const KernelVersion version : {v7_0, v7_1}) {
            HookScene scene(profile_of(version), kPrepare.with(Hook::success_hook));
            scene.driver->on_success = Errno::eio;
            scene.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
                desc.action.success_hook = true;
                return {};
            };
            CHECK_EQ(outcome(scene.mmap("**......", 0)), "EIO");
            CHECK_EQ(scene.map.now(), version == v7_0 ? "AA......" : "........");
        }
    }

    TEST_CASE("rule 3.6, DELTA 2.3: error hooks until 7.1, an override from 7.2 on") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.actions) continue;
            CAPTURE(profile.name);
            HookScene scene(profile, kPrepare);
            scene.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
                mmap_action_remap_full(desc, Pfn{1});
                desc.action.fail = Errno::ebusy;
                desc.action.error_hook = Errno::eio;
                desc.action.error_override = -static_cast<std::int64_t>(Errno::eagain);
                return {};
            };
            CHECK_EQ(outcome(scene.mmap("**......", 0)), profile.version < v7_2 ? "EIO" : "EAGAIN");
        }
    }

    TEST_CASE("DELTA 2.3: an override that is no negative errno fails before the action") {
        HookScene scene(newest_profile(), kPrepare);
        scene.driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
            desc.action.error_override = 5;
            return {};
        };
        CHECK_EQ(outcome(scene.mmap("**......", 0)), "EINVAL");
    }

    TEST_CASE("rule 6.6, DELTA 3.1: `mapped` keeps what it stored on success only, close follows") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mapped_hook) continue;
            CAPTURE(profile.name);
            HookScene scene(profile, kPrepare.with(Hook::mapped).with(Hook::close));
            scene.driver->on_mapped = [](HookCall&, std::uint64_t& data) -> Result<> {
                data = 5;
                return {};
            };
            CHECK(scene.mmap("**......", 0));
            CHECK_EQ(scene.map.at(0).private_data, 5);
            CHECK_EQ(scene.calls(Hook::close), 0);

            scene.driver->on_mapped = [](HookCall&, std::uint64_t& data) -> Result<> {
                data = 6;
                return Errno::enomem;
            };
            CHECK_EQ(outcome(scene.mmap("AA..**..", 0)), "ENOMEM");
            CHECK_EQ(scene.map.now(), "AA......");
            CHECK_EQ(scene.calls(Hook::close), 1);
            CHECK_EQ(scene.map.at(0).private_data, 5);
        }
    }

    TEST_CASE("rule 6.6: `mapped` is not called before 7.1, nor for a legacy hook") {
        HookScene old(profile_of(v7_0), kPrepare.with(Hook::mapped));
        CHECK(old.mmap("**......", 0));
        CHECK_EQ(old.calls(Hook::mapped), 0);

        HookScene legacy(newest_profile(), kLegacy.with(Hook::mapped));
        CHECK(legacy.mmap("**......", 0));
        CHECK_EQ(legacy.calls(Hook::mapped), 0);
    }

    TEST_CASE("rule 6.3: both hooks or none is no way to map a file") {
        HookScene both(newest_profile(), kLegacy.with(Hook::mmap_prepare));
        CHECK_EQ(outcome(both.mmap("**......", 0)), "ENODEV");
        HookScene none(newest_profile(), HookSet{});
        CHECK_EQ(outcome(none.mmap("**......", 0)), "ENODEV");
    }
}
