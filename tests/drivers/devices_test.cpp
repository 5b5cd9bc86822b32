// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers of devices: what they refuse and in which order, what they make of a VMA, what they
// count. Rule 7, DELTA 5.
#include <doctest/doctest.h>

#include "base/input_error.h"
#include "drivers/built_in_scene.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// One mapping of two pages, in each version and form: the outcome, the same in all.
std::string everywhere(std::string_view driver, std::string_view params, std::uint64_t flags,
                       std::uint64_t pgoff = 0, std::uint64_t prot = kRw,
                       std::string_view picture = "**") {
    std::string all;
    for (const Profile& profile : all_profiles()) {
        for (const auto choice : {HookChoice::legacy, HookChoice::declared}) {
            BuiltInScene scene(driver, "..", profile.version, choice);
            scene.set_params(params);
            const std::string one = outcome(scene.mmap(picture, flags, pgoff, prot));
            CHECK_EQ(scene.map.broken(), "");
            if (all.empty()) all = one;
            if (all != one) return all + " and " + one;
        }
    }
    return all;
}

}  // namespace

TEST_SUITE("drivers/devices") {
    TEST_CASE("devices were converted when their actions came; some hooks stayed old") {
        for (const char* driver : {"open_dice", "hpet", "mtdchar", "stm", "vme_user"}) {
            CHECK_EQ(forms(driver), "LLLLPPP");
            CHECK_EQ(forms(driver, HookChoice::legacy), "LLLLLLL");
        }
        for (const char* driver : {"hv_ring", "uio", "tcmu", "overlay"}) {
            CHECK_EQ(forms(driver), "LLLLLLL");
            CHECK_EQ(forms(driver, HookChoice::prepare), "LLLLLLL");
        }
        CHECK_EQ(forms("dev_mem"), "LLLPPPP");
        CHECK_EQ(forms("secretmem"), "LPPPPPP");
    }

    TEST_CASE("open_dice: shared is read-only for ever, private is copied") {
        CHECK_EQ(everywhere("open_dice", R"({"size": 8192})", kMapShared), "EPERM");
        CHECK_EQ(everywhere("open_dice", R"({"size": 8192})", kMapShared, 0, kR), "ok");
        CHECK_EQ(everywhere("open_dice", R"({"size": 8192})", kMapPrivate), "ok");
        CHECK_EQ(everywhere("open_dice", R"({"size": 4096})", kMapPrivate), "EINVAL");
        BuiltInScene scene("open_dice", "..", KernelVersion::v7_3);
        CHECK(scene.mmap("*.", kMapShared, 0, kR));
        CHECK_EQ(scene.codes(0), "rd sh mr me ms pf io dc de dd ");
        CHECK_EQ(scene.map.at(0).page_prot(), PageProt::writecombine);
        CHECK_EQ(scene.map.mprotect("*.", kRw).error(), Errno::eacces);
        CHECK(scene.mmap("A*", kMapPrivate));
        CHECK_EQ(scene.map.at(1).pgoff.index, 0x80000);
    }

    TEST_CASE("hpet: switched off, then alignment, then one page at offset 0") {
        CHECK_EQ(everywhere("hpet", R"({"enabled": 0, "base": 1})", kMapShared), "EACCES");
        CHECK_EQ(everywhere("hpet", R"({"base": "0xfed00800"})", kMapShared), "ENOSYS");
        CHECK_EQ(everywhere("hpet", "{}", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("hpet", "{}", kMapShared, 1, kRw, "*."), "EINVAL");
        CHECK_EQ(everywhere("hpet", "{}", kMapShared, 0, kRw, "*."), "ok");
        BuiltInScene scene("hpet", "..", KernelVersion::v7_1);
        CHECK(scene.mmap("*.", kMapShared));
        CHECK_EQ(scene.codes(0), "rd wr sh mr mw me ms pf io de dd ");
        CHECK_EQ(scene.map.at(0).page_prot(), PageProt::noncached);
    }

    TEST_CASE("mtdchar refuses after the old mapping is gone") {
        for (const Profile& profile : all_profiles()) {
            BuiltInScene scene("mtdchar", "AA", profile.version);
            CHECK_EQ(scene.mmap("A*", kMapShared | kMapFixed).error(), Errno::enodev);
            CHECK_EQ(scene.map.now(), "B.");
        }
    }

    TEST_CASE("stm: the checks in their order") {
        const auto refusal = [](std::string_view params, std::uint64_t pgoff = 0) {
            return everywhere("stm", params, kMapShared, pgoff);
        };
        CHECK_EQ(refusal(R"({"mmio": 0})", 1), "EOPNOTSUPP");
        CHECK_EQ(refusal(R"({"channels": 2})", 1), "EINVAL");
        CHECK_EQ(refusal(R"({"channels": 1})"), "EINVAL");
        CHECK_EQ(refusal(R"({"channels": 2, "phys": 0})"), "EINVAL");
        CHECK_EQ(refusal(R"({"channels": 2})"), "ok");
    }

    TEST_CASE("stm: an unaligned remap is an error since the conversion, before nobody asked") {
        const auto mapped = [](KernelVersion version) {
            BuiltInScene scene("stm", "..", version);
            scene.set_params(R"({"channels": 2, "phys": "0xfffffffffffff000"})");
            const std::string result = outcome(scene.mmap("**", kMapShared));
            return result + " " + std::to_string(scene.references("pm_runtime"));
        };
        CHECK_EQ(mapped(KernelVersion::v7_0), "ok 1");
        CHECK_EQ(mapped(KernelVersion::v7_1), "EINVAL 0");
    }

    TEST_CASE("stm: a remap that fails at completion drops power that nobody took") {
        BuiltInScene scene("stm", "..", KernelVersion::v7_3);
        scene.set_params(R"({"channels": 2})");
        scene.fail_next(FailPoint::action_complete, Errno::enomem);
        CHECK_EQ(scene.mmap("**", kMapShared).error(), Errno::enomem);
        CHECK_EQ(scene.references("pm_runtime"), -1);
        CHECK_EQ(scene.calls(Hook::mapped), 0);
        CHECK_EQ(scene.calls(Hook::close), 1);
    }

    TEST_CASE("vme_user: the checks in their order, and an offset never fits") {
        const auto refusal = [](std::string_view params, std::uint64_t pgoff = 0) {
            return everywhere("vme_user", params, kMapShared, pgoff);
        };
        CHECK_EQ(refusal(R"({"minor": 4, "window": "slave"})"), "ENODEV");
        CHECK_EQ(refusal(R"({"window": "slave", "size": 0})"), "EINVAL");
        CHECK_EQ(refusal(R"({"size": 4096})"), "EFAULT");
        CHECK_EQ(refusal("{}", 1), "EINVAL");
        CHECK_EQ(refusal(R"({"no_memory": true})"), "ENOMEM");
        CHECK_EQ(refusal("{}"), "ok");
    }

    TEST_CASE("vme_user: the object lives as long as a piece of the mapping") {
        for (const auto version : {KernelVersion::v6_12, KernelVersion::v7_3}) {
            BuiltInScene scene("vme_user", "...", version);
            CHECK(scene.mmap("***", kMapShared));
            CHECK_NE(scene.map.at(0).private_data, 0);
            CHECK(scene.map.munmap("A*A"));
            CHECK_EQ(scene.references("mmap_count"), 1);
            CHECK(scene.map.munmap("*.C"));
            CHECK_EQ(scene.references("mmap_count"), 1);
            CHECK(scene.map.munmap("..*"));
            CHECK_EQ(scene.references("mmap_count"), 0);
            CHECK(scene.state().users.empty());
        }
    }

    TEST_CASE("vme_user: a late failure closes without an object since the conversion") {
        BuiltInScene scene("vme_user", "..", KernelVersion::v7_1);
        scene.set_params(R"({"no_memory": 1})");
        CHECK_EQ(scene.mmap("**", kMapShared).error(), Errno::enomem);
        CHECK_EQ(scene.calls(Hook::close), 1);
        BuiltInScene before("vme_user", "..", KernelVersion::v7_0);
        before.set_params(R"({"no_memory": 1})");
        CHECK_EQ(before.mmap("**", kMapShared).error(), Errno::enomem);
        CHECK_EQ(before.calls(Hook::close), 0);
    }

    TEST_CASE("hv_ring: the channel must be open and the ring long enough, through either layer") {
        CHECK_EQ(everywhere("hv_ring", R"({"open": 0, "ring_bytes": 1})", kMapShared), "ENODEV");
        CHECK_EQ(everywhere("hv_ring", R"({"ring_bytes": 4096})", kMapShared), "EINVAL");
        for (const auto version : {KernelVersion::v7_0, KernelVersion::v7_3}) {
            BuiltInScene scene("hv_ring", "..", version);
            CHECK(scene.mmap("**", kMapShared));
            CHECK_EQ(scene.codes(0), "rd wr sh mr mw me ms pf io de dd ");
        }
    }

    TEST_CASE("uio: the region, its length, the hook of the driver, then the type") {
        CHECK_EQ(everywhere("uio", R"({"gone": 1})", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("uio", "{}", kMapShared, 1), "EINVAL");
        CHECK_EQ(everywhere("uio", R"({"sizes": [0]})", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("uio", R"({"sizes": [4096]})", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("uio", R"({"own_hook": "refuses", "types": ["none"]})", kMapShared),
                 "EBUSY");
        CHECK_EQ(everywhere("uio", R"({"types": ["none"]})", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("uio", R"({"addrs": ["0xfe000100"]})", kMapShared), "ENODEV");
        CHECK_EQ(everywhere("uio", R"({"sizes": [8000]})", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("uio", R"({"sizes": [8000], "types": ["logical"]})", kMapShared), "ok");
    }

    TEST_CASE("uio: physical regions are remapped, others get pages on faults") {
        for (const auto version : {KernelVersion::v6_18, KernelVersion::v7_3}) {
            BuiltInScene scene("uio", "...", version);
            scene.set_params(R"({"addrs": ["0xfe000000", 0], "sizes": [4096, 4096],
                                 "types": ["physical", "virtual"]})");
            CHECK(scene.mmap("*..", kMapShared, 0));
            CHECK(scene.mmap("A*.", kMapShared, 1));
            CHECK_EQ(scene.codes(0), "rd wr sh mr mw me ms pf io de dd ");
            CHECK_EQ(scene.codes(1), "rd wr sh mr mw me ms de dd ");
            scene.set_params(R"({"own_hook": "maps"})");
            CHECK(scene.mmap("AB*", kMapShared));
            CHECK_EQ(scene.codes(2), "rd wr sh mr mw me ms pf io dc de dd ");
        }
    }

    TEST_CASE("tcmu: the ring is mapped whole, and holds the device") {
        CHECK_EQ(everywhere("tcmu", R"({"pages": 2})", kMapShared, 1), "EINVAL");
        CHECK_EQ(everywhere("tcmu", R"({"pages": 1})", kMapShared), "EINVAL");
        CHECK_EQ(everywhere("tcmu", R"({"pages": 3})", kMapShared), "EINVAL");
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            BuiltInScene scene("tcmu", "..", profile.version);
            scene.set_params(R"({"pages": 2})");
            CHECK(scene.mmap("**", kMapShared));
            CHECK_EQ(scene.codes(0), "rd wr sh mr mw me ms de dd ");
            CHECK_EQ(scene.references("kref"), 1);
            CHECK(scene.map.munmap("*A"));
            CHECK_EQ(scene.references("kref"), 1);
            CHECK(scene.map.munmap(".*"));
            CHECK_EQ(scene.references("kref"), 0);
        }
    }

    TEST_CASE("dev_mem: address, permission, protection, remap") {
        const auto refusal = [](std::string_view params, std::uint64_t pgoff) {
            return everywhere("dev_mem", params, kMapShared, pgoff);
        };
        CHECK_EQ(refusal("{}", std::uint64_t{1} << 34), "EINVAL");
        CHECK_EQ(refusal("{}", 0x1000), "EPERM");
        CHECK_EQ(refusal(R"({"strict": 0})", 0x1000), "ok");
        CHECK_EQ(refusal("{}", 0x10), "ok");
        CHECK_EQ(refusal(R"({"prot_refused": 1})", 0xfed00), "EINVAL");
        CHECK_EQ(refusal(R"({"remap_fails": 1})", 0xfed00), "EAGAIN");
        CHECK_EQ(refusal("{}", 0xfed00), "ok");
    }

    TEST_CASE("secretmem: shared only, locked within the limit, merges in either form") {
        CHECK_EQ(everywhere("secretmem", "{}", kMapPrivate), "EINVAL");
        for (const auto version : {KernelVersion::v6_12, KernelVersion::v6_16}) {
            BuiltInScene scene("secretmem", "....", version);
            scene.map.unprivileged();
            scene.map.limits().memlock = 3 * kPageSize;
            CHECK(scene.mmap("**..", kMapShared));
            CHECK_EQ(scene.codes(0), "rd wr sh mr mw me ms lo dd ");
            CHECK_EQ(scene.map.mm().locked_vm, Pages{2});
            CHECK_EQ(scene.mmap("AA**", kMapShared, 2).error(), Errno::eagain);
            CHECK(scene.mmap("AA*.", kMapShared, 2));
            CHECK_EQ(scene.map.now(), "AAA.");
        }
    }

    TEST_CASE("overlay: the VMA has the file behind it, and does not merge by itself") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            BuiltInScene scene("overlay", "....", profile.version);
            World& world = scene.map.world;
            CHECK_EQ(scene.mmap("*...", kMapPrivate).error(), Errno::eio);
            File lower;
            lower.path = "/lower/x";
            lower.driver = install_driver(world, make_driver("ext4"));
            const FileId backing = world.open_file(lower);
            world.declared_files = {{"lower", backing}};
            scene.set_params(R"({"backing": "lower"})");
            CHECK(scene.mmap("**..", kMapPrivate));
            CHECK(scene.mmap("AA**", kMapPrivate, 2));
            CHECK_EQ(scene.map.now(), "AABB");
            CHECK_EQ(scene.map.at(0).file, backing);
            CHECK_EQ(world.files[backing.index].refs, 3);
            CHECK_EQ(world.files[scene.file.index].refs, 1);
        }
    }

    TEST_CASE("overlay: the file behind must be declared, and not end where it began") {
        BuiltInScene scene("overlay", ".", KernelVersion::v7_3);
        scene.map.world.declared_files = {{"upper", scene.file}};
        scene.set_params(R"({"backing": "lower"})");
        CHECK_THROWS_WITH_AS(check_named_files(scene.map.world),
                             "file 'upper', param 'backing': there is no file 'lower'", InputError);
        scene.set_params(R"({"backing": "upper"})");
        CHECK_THROWS_WITH_AS(check_named_files(scene.map.world),
                             "file 'upper', param 'backing': stacked in a circle", InputError);
    }
}
