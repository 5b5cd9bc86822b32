// SPDX-License-Identifier: GPL-2.0-or-later
// A file that a `.mmap_prepare` hook stores in place of its own, with a fresh reference: who drops
// that reference, at each failure and where nothing fails. DELTA 1.2, 1.3.
#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "mm/mmap_action.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using enum KernelVersion;

// What the mapping of a file comes to whose hook stores another one.
class ReplacingScene {
public:
    explicit ReplacingScene(const Profile& profile, HookSet replacement = {})
        : map("AAAA....", {}, profile) {
        const auto replacing =
            scripted(HookSet{}.with(Hook::mmap_prepare).with(Hook::mapped).with(Hook::close));
        // The opener holds one reference for the length of the test.
        stored = map.open(scripted(replacement));
        replacing->on_mmap_prepare = [this](HookCall& call, VmAreaDesc& desc) -> Result<> {
            call.world().get_file(stored);
            desc.vm_file = stored;
            if (with_action && call.profile().actions) mmap_action_remap_full(desc, Pfn{1});
            if (fails_with != Errno::ok) return fails_with;
            return {};
        };
        passed_in = map.open(replacing);
    }

    // Maps the file over the middle of A and takes away whatever that made; the references on the
    // stored file that nobody will ever drop.
    std::int64_t lost_when(std::optional<FailPoint> point) {
        if (point) map.faults.arm({.point = *point, .error = Errno::eio});
        const auto mapped = map.mmap("A**A....", kRw, kMapPrivate, passed_in);
        map.faults.disarm();
        CHECK_EQ(outcome(mapped), point ? "EIO" : "ok");
        CHECK(map.faults.fired() == point);
        CHECK_EQ(refs(passed_in), 1);
        if (mapped) CHECK(map.munmap("B**D...."));
        CHECK_EQ(map.now(), point ? "B..C...." : "B..D....");
        CHECK_EQ(map.world.files[stored.index].vmas, 0);
        CHECK_EQ(told(), refs(stored) - 1);
        return refs(stored) - 1;
    }
    std::int64_t refs(FileId file) const { return map.world.files[file.index].refs; }
    // The leaks of the stored file that were reported.
    std::int64_t told() const {
        std::int64_t sum = 0;
        for (const Event& event : map.log.events) {
            const auto* leak = std::get_if<Leaked>(&event);
            if (leak != nullptr && leak->file == stored) sum += leak->count;
        }
        return sum;
    }

    MapPicture map;
    FileId passed_in, stored;
    bool with_action = true;
    Errno fails_with = Errno::ok;
};

}  // namespace

TEST_SUITE("mm/replaced file") {
    TEST_CASE("DELTA 1.2: the reference of a file that the hook stored, by failure and version") {
        struct Row {
            std::optional<FailPoint> point;
            const char* stage;
            std::array<int, 7> lost;  // references; -1: the version does not have the point
        };
        // clang-format off
        const Row rows[] = {
            //                                          6.12 6.16 6.18 7.0  7.1  7.2  7.3
            {std::nullopt,                "success",   { -1,   1,   1,  0,   0,   0,   0}},
            {FailPoint::mmap_prepare,     "F4 forced", { -1,   0,   0,  0,   0,   0,   0}},
            {FailPoint::action_prepare,   "F5",        { -1,  -1,  -1, -1,   1,   1,   1}},
            {FailPoint::vma_alloc,        "F6",        { -1,   1,   1,  0,   0,   0,   0}},
            {FailPoint::vma_prealloc,     "F7",        { -1,   1,   1,  0,   0,   0,   0}},
            {FailPoint::action_complete,  "F10",       { -1,  -1,  -1,  0,   0,   0,   0}},
            {FailPoint::mapped,           "F10",       { -1,  -1,  -1, -1,   0,   0,   0}},
        };
        // clang-format on
        for (const Profile& profile : all_profiles()) {
            for (const Row& row : rows) {
                const int lost = row.lost[static_cast<std::size_t>(profile.version)];
                if (lost < 0) continue;
                INFO("kernel ", profile.name, ", ", row.stage);
                ReplacingScene scene(profile);
                CHECK_EQ(scene.lost_when(row.point), lost);
            }
        }
    }

    TEST_CASE("rule 3.3: with fixed accounting no failure keeps a file that the hook stored") {
        for (const Profile& profile : all_profiles()) {
            for (const FailPoint point :
                 {FailPoint::action_prepare, FailPoint::vma_alloc, FailPoint::vma_prealloc,
                  FailPoint::action_complete, FailPoint::mapped}) {
                const bool late = point == FailPoint::action_complete;
                const bool exists = point == FailPoint::action_prepare
                                        ? profile.action_prepare_fails
                                    : point == FailPoint::mapped ? profile.mapped_hook
                                    : late                       ? profile.actions
                                                                 : profile.mmap_prepare;
                if (!exists) continue;
                INFO("kernel ", profile.name, ", ", fail_point_name(point));
                ReplacingScene scene(profile);
                scene.map.world.fixed_accounting = true;
                CHECK_EQ(scene.lost_when(point), 0);
            }
        }
    }

    TEST_CASE("rule 3.3 F4: with fixed accounting a hook that stores a file may fail after it") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            ReplacingScene scene(profile);
            scene.map.world.fixed_accounting = true;
            scene.fails_with = Errno::enospc;
            CHECK_EQ(outcome(scene.map.mmap("A**A....", kRw, kMapPrivate, scene.passed_in)),
                     "ENOSPC");
            CHECK_EQ(scene.refs(scene.stored), 1);
            CHECK_EQ(scene.told(), 0);
        }
    }

    TEST_CASE("DELTA 1.2 F8: with fixed accounting the stored file is put once") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            ReplacingScene scene(profile, HookSet{}.with(Hook::mmap));
            scene.map.world.fixed_accounting = true;
            scene.map.faults.arm({.point = FailPoint::mmap, .error = Errno::enodev});
            CHECK_FALSE(scene.map.mmap("A**A....", kRw, kMapPrivate, scene.passed_in));
            CHECK_EQ(scene.refs(scene.stored), 1);
            CHECK_EQ(scene.told(), 0);
        }
    }

    TEST_CASE("DELTA 1.2 F4: a hook that stores a file and then fails leaks it in every version") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            ReplacingScene scene(profile);
            scene.fails_with = Errno::enospc;
            CHECK_EQ(outcome(scene.map.mmap("A**A....", kRw, kMapPrivate, scene.passed_in)),
                     "ENOSPC");
            CHECK_EQ(scene.map.now(), "B..C....");
            CHECK_EQ(scene.refs(scene.stored), 2);
            CHECK_EQ(scene.told(), 1);
        }
    }

    TEST_CASE("DELTA 1.3: where the mapping merges, nobody drops the reference, in any version") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            ReplacingScene scene(profile);
            scene.with_action = false;
            CHECK(scene.map.mmap("AAAA**..", kRw, kMapPrivate, scene.passed_in, 0));
            const std::int64_t before = scene.refs(scene.stored);
            CHECK(scene.map.mmap("AAAABB**", kRw, kMapPrivate, scene.passed_in, 2));
            CHECK_EQ(scene.map.now(), "AAAABBBB");
            CHECK_EQ(scene.refs(scene.stored) - before, 1);
        }
    }

    TEST_CASE(
        "DELTA 1.2 F8: the stored file's own .mmap fails: leaked until 6.18, put twice since") {
        for (const Profile& profile : all_profiles()) {
            if (!profile.mmap_prepare) continue;
            CAPTURE(profile.name);
            ReplacingScene scene(profile, HookSet{}.with(Hook::mmap));
            scene.map.faults.arm({.point = FailPoint::mmap, .error = Errno::enodev});
            CHECK_EQ(outcome(scene.map.mmap("A**A....", kRw, kMapPrivate, scene.passed_in)),
                     "ENODEV");
            CHECK_EQ(scene.map.now(), "B..C....");
            CHECK_EQ(scene.refs(scene.passed_in), 1);
            // Its opener still counts on the second put's reference; that one is only told.
            CHECK_EQ(scene.refs(scene.stored), profile.version <= v6_18 ? 2 : 1);
            CHECK_EQ(scene.told(), profile.version <= v6_18 ? 1 : -1);
        }
    }
}
