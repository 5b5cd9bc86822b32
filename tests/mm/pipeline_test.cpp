// SPDX-License-Identifier: GPL-2.0-or-later
// What each failure of the mmap pipeline leaves behind, against the table that the code reads and
// against pictures drawn by hand. Rules 3.3, DELTA 1.2.
#include <doctest/doctest.h>

#include "mm/failure_table.h"
#include "mm/mmap_action.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// A device with both hook forms; its VMAs are closed and announced.
class Device final : public Driver {
public:
    std::string_view name() const override { return "device"; }
    std::string_view summary() const override { return "for tests"; }
    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        const bool prepare = profile.mmap_prepare && choice != HookChoice::legacy;
        return HookSet{}
            .with(prepare ? Hook::mmap_prepare : Hook::mmap)
            .with(Hook::close)
            .with(Hook::mapped);
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        desc.ops = call.own_ops();
        if (call.profile().actions) mmap_action_remap_full(desc, Pfn{desc.pgoff.index});
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.ops = call.own_ops();
        return {};
    }
};

// "AAAA" mapped private anonymous; the device is to be mapped over its middle.
struct PipelineScene {
    explicit PipelineScene(const Profile& profile, HookChoice choice = HookChoice::declared)
        : map("AAAA", {}, profile) {
        map.world.hook_choice = choice;
        File file;
        file.path = "/dev/device";
        file.writable = true;
        file.driver = map.world.add_driver(std::make_shared<Device>());
        device = map.world.open_file(file);
    }
    Result<std::uint64_t> map_over() { return map.mmap("A**A", kRw, kMapPrivate, device); }
    std::uint64_t closes() const {
        const DriverId driver = map.world.files[device.index].driver;
        return map.world.drivers[driver.index].state.calls[static_cast<std::size_t>(Hook::close)];
    }

    MapPicture map;
    FileId device;
};

bool in_table(FailPoint point, const Profile& profile) {
    for (const FailureRow& row : failure_table()) {
        if (row.point == point && row.since <= profile.version && profile.version <= row.until) {
            return true;
        }
    }
    return false;
}

// Makes `point` fail in a scene and holds what is left against its row.
void check_row(const FailureRow& row, const Profile& profile, HookChoice choice) {
    PipelineScene scene(profile, choice);
    scene.map.faults.arm({.point = row.point, .error = Errno::eio});
    const Result<std::uint64_t> mapped = scene.map_over();
    scene.map.faults.disarm();
    INFO("kernel ", profile.name, ", point ", fail_point_name(row.point));
    REQUIRE(scene.map.faults.fired() == row.point);
    REQUIRE_FALSE(mapped);
    CHECK_EQ(mapped.error(), Errno::eio);

    const std::string now = scene.map.now();
    CHECK_EQ(now[0] == '.' || now[3] == '.', false);
    CHECK_EQ(now.substr(1, 2) == "..", row.old_mappings == OldMappings::lost);
    // Two of A's four pages are under the request; both sides are accountable.
    const std::uint64_t lost =
        row.charge == ChargeLeft::pages || row.charge == ChargeLeft::gathered ? 2 : 0;
    const std::uint64_t kept = row.old_mappings == OldMappings::lost ? 2 : 4;
    CHECK_EQ(scene.map.world.committed.count, kept + lost);
    CHECK_EQ(scene.map.world.files[scene.device.index].refs, 1);
    CHECK_EQ(scene.map.world.files[scene.device.index].vmas, 0);
    CHECK_EQ(scene.closes(), row.closes_new_vma ? 1 : 0);
    CHECK_EQ(scene.map.broken(), "");

    // Nothing of the failure is in the way of a second try.
    CHECK(scene.map.mmap(now.substr(0, 1) + "**" + now.substr(3), kRw, kMapPrivate, scene.device));
    CHECK_EQ(scene.map.broken(), "");
}

}  // namespace

TEST_SUITE("mm/mmap pipeline failures") {
    TEST_CASE("rules 3.3, DELTA 1.2: each failure leaves what its row says, in every version") {
        std::size_t rows = 0;
        for (const Profile& profile : all_profiles()) {
            for (const FailureRow& row : failure_table()) {
                if (profile.version < row.since || row.until < profile.version) continue;
                const bool needs_other_request =
                    row.point == FailPoint::map_writable || row.point == FailPoint::shmem_setup;
                const bool without_effect = row.point == FailPoint::action_complete ||
                                            row.point == FailPoint::action_prepare;
                if (needs_other_request) continue;
                if (without_effect && !profile.actions) continue;
                const bool legacy = row.point == FailPoint::mmap;
                check_row(row, profile, legacy ? HookChoice::legacy : HookChoice::declared);
                ++rows;
            }
        }
        CHECK_EQ(rows, 100);
    }

    TEST_CASE("rule 3.3: every point that a mapping passes has a row") {
        for (const Profile& profile : all_profiles()) {
            for (std::size_t i = 0; i <= static_cast<std::size_t>(FailPoint::mapped); ++i) {
                const auto point = static_cast<FailPoint>(i);
                PipelineScene scene(profile);
                scene.map.faults.arm({.point = point});
                const bool failed = !scene.map_over();
                INFO("kernel ", profile.name, ", point ", fail_point_name(point));
                const bool merge_only =
                    point == FailPoint::merge_prealloc || point == FailPoint::merge_anon_clone;
                if (failed && !merge_only) CHECK(in_table(point, profile));
            }
        }
    }

    TEST_CASE("rule 3.3: fixed accounting loses no charge at any point") {
        for (const Profile& profile : all_profiles()) {
            for (const FailPoint point : {FailPoint::mmap_prepare, FailPoint::action_prepare,
                                          FailPoint::vma_alloc, FailPoint::vma_prealloc}) {
                PipelineScene scene(profile);
                scene.map.world.fixed_accounting = true;
                scene.map.faults.arm({.point = point});
                const bool failed = !scene.map_over();
                if (!failed) continue;
                CHECK_EQ(scene.map.world.committed.count, 2);
                CHECK_EQ(scene.map.broken(), "");
            }
        }
    }

    TEST_CASE("rule 3.3 F9: shared anonymous memory that gets no object leaves a gap") {
        MapPicture map{"AAAA"};
        map.faults.arm({.point = FailPoint::shmem_setup, .error = Errno::enospc});
        const auto mapped = map.mmap("A**A", kRw, kMapShared | kMapAnonymous);
        CHECK_EQ(mapped.error(), Errno::enospc);
        CHECK_EQ(map.now(), "B..C");
        CHECK_EQ(map.world.shmem_live, 0);
        CHECK_EQ(map.broken(), "");
    }

    TEST_CASE("rule 3.3 F9: shared memory larger than all memory leaves a gap, unless NORESERVE") {
        MapPicture map{"AAAA"};
        map.world.system.ram_bytes = 2 * kPageSize;
        CHECK(map.mmap("***A", kRw, kShared | kMapNoReserve));
        CHECK_EQ(outcome(map.mmap("***C", kR, kShared)), "ENOMEM");
        CHECK_EQ(map.now(), "...C");
        CHECK_EQ(map.world.shmem_live, 0);
        CHECK(map.mmap("**.C", kRw, kShared));
        CHECK_EQ(map.mm().committed.count, 1);
        map.world.system.overcommit = Overcommit::always;
        CHECK(map.mmap("***C", kRw, kShared));
    }

    TEST_CASE("DELTA 1.2, worked numbers: what 16 MiB cost when the hook fails, by version") {
        // Private writable, 4096 pages, over nothing or over 10 accounted ones.
        const auto committed_after = [](const Profile& profile, std::string_view there, Hook hook) {
            MapPicture map{there, {}, profile};
            const auto driver = scripted(HookSet{}.with(hook));
            driver->on_mmap_prepare = [](HookCall&, VmAreaDesc&) -> Result<> {
                return Errno::einval;
            };
            driver->on_mmap = [](HookCall&, HalfBuiltVma&) -> Result<> { return Errno::einval; };
            const FileId file = map.open(driver);
            const auto mapped = map.call([&](Current& current) {
                return sys_mmap(current, {.addr = map.address(0),
                                          .length = std::uint64_t{16} << 20,
                                          .prot = kRw,
                                          .flags = kMapPrivate | kMapFixed,
                                          .file = file,
                                          .offset = 0,
                                          .placed_at = {}});
            });
            CHECK_EQ(outcome(mapped), "EINVAL");
            CHECK_EQ(map.now(), "..........");
            return map.world.committed.count;
        };
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            CHECK_EQ(committed_after(profile, "..........", Hook::mmap), 0);
            CHECK_EQ(committed_after(profile, "AAAAAAAAAA", Hook::mmap), 10);
            if (!profile.mmap_prepare) continue;
            const bool fixed = profile.version == KernelVersion::v7_3;
            CHECK_EQ(committed_after(profile, "..........", Hook::mmap_prepare), fixed ? 0 : 4096);
            CHECK_EQ(committed_after(profile, "AAAAAAAAAA", Hook::mmap_prepare), fixed ? 10 : 4096);
        }
    }
}

TEST_SUITE("mm/world") {
    TEST_CASE("a copy of a world stays as it was while the original goes on") {
        MapPicture map{"AAAA"};
        World before = map.world;
        CHECK(map.munmap("A**A"));
        CHECK_EQ(map.now(), "B..C");

        std::swap(map.world, before);
        CHECK_EQ(map.now(), "AAAA");
        CHECK_EQ(map.world.committed.count, 4);
        CHECK_EQ(map.broken(), "");
    }
}
