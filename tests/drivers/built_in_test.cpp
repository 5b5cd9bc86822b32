// SPDX-License-Identifier: GPL-2.0-or-later
// The built-in drivers in a world of their version. Rule 7, DELTA 5.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "drivers/built_in_scene.h"
#include "drivers/registry.h"

using namespace mmsim;
using namespace mmsim::test;

TEST_SUITE("drivers/built in") {
    TEST_CASE("the table is in order and makes what it names") {
        CHECK(std::ranges::is_sorted(built_in_drivers(), {}, &BuiltInDriver::name));
        for (const BuiltInDriver& entry : built_in_drivers()) {
            CHECK_EQ(make_driver(entry.name)->name(), entry.name);
            CHECK_FALSE(make_driver(entry.name)->summary().empty());
        }
        CHECK_EQ(make_driver("flux_capacitor"), nullptr);
    }

    TEST_CASE("each version shows the form that it had; --hook decides where both could be") {
        CHECK_EQ(forms("ext4"), "LLPPPPP");
        CHECK_EQ(forms("ext4", HookChoice::legacy), "LLLLLLL");
        CHECK_EQ(forms("ext4", HookChoice::prepare), "LPPPPPP");
        CHECK_EQ(forms("ext4_dax"), "LLPPPPP");
        CHECK_EQ(forms("tmpfs"), "LLLPPPP");
        CHECK_EQ(forms("tmpfs", HookChoice::prepare), "LPPPPPP");
        CHECK_EQ(forms("zero"), "LLLPPPP");
        CHECK_EQ(forms("zero", HookChoice::legacy), "LLLLLLL");
        CHECK_EQ(forms("zero", HookChoice::prepare), "LLLPPPP");
        CHECK_EQ(forms("hugetlbfs"), "LLLPLLL");
        CHECK_EQ(forms("hugetlbfs", HookChoice::legacy), "LLLLLLL");
        CHECK_EQ(forms("sysv_shm"), "LLLLLLL");
        CHECK_EQ(forms("sysv_shm", HookChoice::prepare), "LLLLLLL");
    }

    TEST_CASE("a plain file merges where the offsets continue, in each version and form") {
        for (const Profile& profile : all_profiles()) {
            for (const auto choice : {HookChoice::legacy, HookChoice::declared}) {
                CAPTURE(profile.name);
                BuiltInScene scene("ext4", "....", profile.version, choice);
                CHECK(scene.mmap("**..", kMapPrivate));
                CHECK(scene.mmap("AA*.", kMapPrivate, 2));
                CHECK(scene.mmap("AAA*", kMapPrivate, 9));
                CHECK_EQ(scene.map.now(), "AAAB");
                CHECK_EQ(scene.map.broken(), "");
            }
        }
    }

    TEST_CASE("DAX: the old hook's huge page flag comes too late for a merge, the new one's not") {
        BuiltInScene legacy("ext4_dax", "..", KernelVersion::v6_16, HookChoice::legacy);
        CHECK(legacy.mmap("*.", kMapShared));
        CHECK(legacy.mmap("A*", kMapShared, 1));
        CHECK_EQ(legacy.map.now(), "AB");

        BuiltInScene prepare("ext4_dax", "..", KernelVersion::v6_18);
        CHECK(prepare.mmap("*.", kMapShared));
        CHECK(prepare.mmap("A*", kMapShared, 1));
        CHECK_EQ(prepare.map.now(), "AA");
        CHECK(prepare.map.mlock("**"));
        CHECK_EQ(prepare.map.world.mms[prepare.map.mm_id.index].locked_vm, Pages{0});
    }

    TEST_CASE("/dev/zero mapped private is anonymous memory with a file, in each version") {
        for (const Profile& profile : all_profiles()) {
            for (const auto choice : {HookChoice::legacy, HookChoice::declared}) {
                CAPTURE(profile.name);
                BuiltInScene scene("zero", "....", profile.version, choice);
                CHECK(scene.mmap("*...", kMapPrivate));
                CHECK(scene.mmap("A*..", kMapPrivate, 1));
                CHECK(scene.mmap("AA*.", kMapPrivate, 0));
                CHECK_EQ(scene.map.now(), "AAB.");
                CHECK(scene.map.at(0).anonymous());
                CHECK(scene.map.at(2).anonymous());
                CHECK_EQ(scene.map.at(0).file, scene.file);
                CHECK_EQ(scene.codes(0), "rd wr mr mw me ac ");
                CHECK_EQ(scene.map.broken(), "");
            }
        }
    }

    TEST_CASE("/dev/zero mapped shared is shared memory of its own, in each version") {
        for (const Profile& profile : all_profiles()) {
            for (const auto choice : {HookChoice::legacy, HookChoice::declared}) {
                CAPTURE(profile.name);
                BuiltInScene scene("zero", "....", profile.version, choice);
                CHECK(scene.mmap("*...", kMapShared));
                CHECK(scene.mmap("A*..", kMapShared, 1));
                CHECK_EQ(scene.map.now(), "AB..");
                CHECK_FALSE(scene.map.at(0).anonymous());
                CHECK_NE(scene.map.at(0).file, scene.map.at(1).file);
                CHECK_EQ(scene.map.world.shmem_live, 2);
                CHECK_EQ(scene.map.world.files[scene.file.index].refs, 1);
                CHECK_EQ(scene.map.world.files[scene.map.at(0).file.index].refs, 1);
                CHECK(scene.map.munmap("**.."));
                CHECK_EQ(scene.map.world.shmem_live, 0);
                CHECK_EQ(scene.map.broken(), "");
            }
        }
    }

    TEST_CASE("DELTA D7: /dev/zero read-only and shared is anonymous until 7.3") {
        const auto layout = [](KernelVersion version) {
            BuiltInScene scene("zero", "....", version, HookChoice::declared, false);
            CHECK(scene.mmap("**..", kMapShared, 0, kProtRead));
            CHECK(scene.mmap("AA**", kMapShared, 2, kProtRead));
            CHECK_EQ(scene.codes(0), "rd mr me ms ");
            return scene.map.now() + (scene.map.at(0).anonymous() ? " anonymous" : " shmem");
        };
        CHECK_EQ(layout(KernelVersion::v6_12), "AAAA anonymous");
        CHECK_EQ(layout(KernelVersion::v7_0), "AAAA anonymous");
        CHECK_EQ(layout(KernelVersion::v7_2), "AAAA anonymous");
        CHECK_EQ(layout(KernelVersion::v7_3), "AABB shmem");
    }

    TEST_CASE("rule 7: ext4 refuses when shut down, and writers when read-only, in each form") {
        for (const char* name : {"ext4", "ext4_dax"}) {
            for (const Profile& profile : all_profiles()) {
                CAPTURE(profile.name);
                const auto refused = [&](const char* state, bool writable) {
                    BuiltInScene scene(name, ".", profile.version, HookChoice::declared, writable);
                    scene.set_params(R"({"state": ")" + std::string(state) + R"("})");
                    return outcome(scene.mmap("*", kMapPrivate, 0, kProtRead));
                };
                CHECK_EQ(refused("works", true), "ok");
                CHECK_EQ(refused("shut_down", true), "EIO");
                CHECK_EQ(refused("shut_down", false), "EIO");
                CHECK_EQ(refused("read_only", true), "EROFS");
                CHECK_EQ(refused("read_only", false), "ok");
            }
        }
    }

    TEST_CASE("rule 7: MAP_SYNC wants a synchronous DAX device, and a file system that works") {
        const auto sync = [](const char* name, const char* params) {
            BuiltInScene scene(name, ".", KernelVersion::v7_3);
            scene.set_params(params);
            return outcome(scene.mmap("*", kMapSharedValidate | kMapSync));
        };
        CHECK_EQ(sync("ext4", "{}"), "EOPNOTSUPP");
        CHECK_EQ(sync("ext4_dax", "{}"), "ok");
        CHECK_EQ(sync("ext4_dax", R"({"synchronous": 0})"), "EOPNOTSUPP");
        CHECK_EQ(sync("ext4_dax", R"({"synchronous": 0, "state": "shut_down"})"), "EIO");
    }

    TEST_CASE("rule 7: /dev/zero without memory for a shared mapping is ENOMEM, in each form") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            BuiltInScene scene("zero", "AA.", profile.version);
            scene.set_params(R"({"no_memory": 1})");
            CHECK_EQ(outcome(scene.mmap("A**", kMapShared)), "ENOMEM");
            CHECK_EQ(scene.map.now(), "B..");
            CHECK_EQ(scene.map.world.shmem_live, 0);
            CHECK_EQ(outcome(scene.mmap("B*.", kMapPrivate)), "ok");
        }
    }

    TEST_CASE(
        "rule 7: a SysV segment that is gone is EIDRM, one whose number is another's EINVAL") {
        for (const auto& [segment, error] :
             {std::pair{"removed", "EIDRM"}, {"reused", "EINVAL"}, {"there", "ok"}}) {
            BuiltInScene scene("sysv_shm", ".", KernelVersion::v7_3);
            scene.set_params(R"({"segment": ")" + std::string(segment) + R"("})");
            CHECK_EQ(outcome(scene.mmap("*", kMapShared)), error);
            CHECK_EQ(scene.references("nattch"), error == std::string("ok") ? 1 : 0);
        }
    }

    TEST_CASE("rule 4.7: a SysV segment of huge pages is cut between them only, and not extended") {
        // A column is a quarter of a huge page.
        MapPicture map("........", {}, newest_profile(), 128);
        const DriverId id = install_driver(map.world, make_driver("sysv_shm"));
        File opened;
        opened.writable = true;
        opened.driver = id;
        opened.type = FileType::shmem;
        opened.params = read_params(*make_driver("sysv_shm"), R"({"memory": "huge"})", "test");
        const FileId file = map.world.open_file(opened);
        CHECK_EQ(outcome(map.mmap("****....", kRw, kMapShared, file, 128)), "EINVAL");
        CHECK_EQ(outcome(map.mmap(".****...", kRw, kMapShared, file)), "EINVAL");
        CHECK_EQ(map.world.drivers[id.index].state.references[0].second, 0);
        CHECK_EQ(outcome(map.mmap("********", kRw, kMapShared, file)), "ok");
        CHECK(map.at(0).flags.all(kVmHugetlb | kVmDontExpand));
        CHECK_EQ(outcome(map.munmap("*AAAAAAA")), "EINVAL");
        CHECK_EQ(outcome(map.munmap("****AAAA")), "ok");
        CHECK_EQ(map.world.drivers[id.index].state.references[0].second, 1);
    }

    TEST_CASE("a SysV segment counts its attachments over split and unmap") {
        BuiltInScene scene("sysv_shm", "....", KernelVersion::v7_3);
        CHECK(scene.mmap("****", kMapShared));
        CHECK_EQ(scene.state().references[0].second, 1);
        CHECK(scene.map.munmap("A**A"));
        CHECK_EQ(scene.state().references[0].second, 2);
        CHECK(scene.map.munmap("*..C"));
        CHECK(scene.map.munmap("...*"));
        CHECK_EQ(scene.state().references[0].second, 0);
        CHECK_EQ(scene.state().references[0].first, "nattch");
    }
}

TEST_SUITE("drivers/hugetlbfs") {
    // 2 MiB is 512 pages: pictures would be wide, so calls are made by hand.
    struct Huge {
        explicit Huge(KernelVersion version, std::uint64_t pool = 8)
            : scene("hugetlbfs", ".", version) {
            scene.map.world.system.hugepages = pool;
            File& file = scene.map.world.files.edit(scene.file.index);
            file.type = FileType::hugetlbfs;
            file.size = 0;
        }
        Result<std::uint64_t> mmap(std::uint64_t at, std::uint64_t length, std::uint64_t offset,
                                   std::uint64_t flags = kMapShared) {
            Current current{scene.map.world, scene.map.mm_id, scene.map.log, scene.map.faults};
            return sys_mmap(current, {.addr = MapPicture::kBase + at,
                                      .length = length,
                                      .prot = kRw,
                                      .flags = flags | kMapFixed,
                                      .file = scene.file,
                                      .offset = offset,
                                      .placed_at = {}});
        }
        Result<> munmap(std::uint64_t at, std::uint64_t length) {
            Current current{scene.map.world, scene.map.mm_id, scene.map.log, scene.map.faults};
            return sys_munmap(current, MapPicture::kBase + at, length);
        }
        BuiltInScene scene;
    };
    constexpr std::uint64_t kHuge = 0x200000;

    TEST_CASE("mappings are special, do not merge, and are cut at huge page boundaries only") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            Huge huge(profile.version);
            CHECK(huge.mmap(0, 2 * kHuge, 0));
            CHECK(huge.mmap(2 * kHuge, kHuge, 2 * kHuge));
            const Mm& mm = huge.scene.map.world.mms[huge.scene.map.mm_id.index];
            CHECK_EQ(mm.map_count, 2);
            CHECK_EQ(huge.scene.codes(0), "rd wr sh mr mw me ms de ht ");
            CHECK_NE(huge.scene.map.at(0).private_data, 0);
            CHECK_EQ(huge.scene.map.world.files[huge.scene.file.index].size, 3 * kHuge);
            CHECK_EQ(huge.munmap(0, kPageSize).error(), Errno::einval);
            CHECK_EQ(mm.map_count, 2);
            CHECK(huge.munmap(0, kHuge));
            CHECK_EQ(huge.scene.map.broken(), "");
        }
    }

    TEST_CASE("an offset inside a huge page is EINVAL, more than the pool ENOMEM") {
        Huge huge(KernelVersion::v7_3, 2);
        CHECK_EQ(huge.mmap(0, kHuge, kPageSize).error(), Errno::einval);
        CHECK_EQ(huge.mmap(0, 3 * kHuge, 0).error(), Errno::enomem);
        CHECK(huge.mmap(0, 3 * kHuge, 0, kMapShared | kMapNoReserve));
        CHECK(huge.mmap(0, 2 * kHuge, 0));
    }
}
