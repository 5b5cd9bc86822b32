// SPDX-License-Identifier: GPL-2.0-or-later
// Declared drivers on their way through the mmap pipeline: what merges, what a failure costs.
#include <string>

#include <doctest/doctest.h>

#include "drivers/declared.h"
#include "drivers/registry.h"
#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

struct Scene {
    Scene(std::string_view picture, std::string_view json, KernelVersion version,
          HookChoice choice = HookChoice::declared)
        : map(picture, {}, profile_of(version)) {
        map.world.hook_choice = choice;
        id = install_driver(map.world, parse_declared_driver(json, "d.json"));
        file = open("dev", id);
    }
    FileId open(const std::string& name, DriverId driver) {
        File opened;
        opened.path = "/" + name;
        opened.writable = true;
        opened.driver = driver;
        const FileId made = map.world.open_file(std::move(opened));
        map.world.declared_files.emplace_back(name, made);
        return made;
    }
    std::string mmap(std::string_view picture, std::uint64_t flags = kMapShared,
                     std::uint64_t pgoff = 0, std::uint64_t prot = kRw) {
        const auto result = map.mmap(picture, prot, flags, file, pgoff);
        return result ? "ok" : std::string(errno_name(result.error()));
    }
    const DriverState& state() const { return map.world.drivers[id.index].state; }
    std::uint64_t calls(Hook hook) const { return state().calls[static_cast<std::size_t>(hook)]; }
    std::string codes(std::size_t page) const { return vm_flags_codes(map.at(page).flags); }
    std::int64_t refs(FileId of) const { return map.world.files[of.index].refs; }
    // "users 1"
    std::string references() const {
        std::string text;
        for (const auto& [name, count] : state().references) {
            text += (text.empty() ? "" : " ") + name + " " + std::to_string(count);
        }
        return text;
    }

    MapPicture map;
    DriverId id;
    FileId file;
};

constexpr std::string_view kCounted = R"({"name": "counted",
    "mmap_prepare": [{"vm_ops": true}],
    "vm_ops": {"mapped": [{"get": "users"}], "open": [{"get": "users"}],
               "close": [{"put": "users"}]}})";

}  // namespace

TEST_SUITE("drivers/pipeline merges") {
    TEST_CASE("rule 3.4: flags that an old hook sets come too late, save on 6.12") {
        constexpr std::string_view kBoth = R"({"name": "w",
            "mmap_prepare": [{"set_flags": ["VMA_DONTCOPY_BIT"]}],
            "mmap": [{"set_flags": ["VMA_DONTCOPY_BIT"]}]})";
        const auto layout = [&](KernelVersion version, HookChoice choice) {
            Scene scene("..", kBoth, version, choice);
            CHECK_EQ(scene.mmap("*."), "ok");
            CHECK_EQ(scene.mmap("A*", kMapShared, 1), "ok");
            CHECK_EQ(scene.map.broken(), "");
            return scene.map.now();
        };
        CHECK_EQ(layout(KernelVersion::v6_12, HookChoice::declared), "AA");
        CHECK_EQ(layout(KernelVersion::v6_16, HookChoice::legacy), "AB");
        CHECK_EQ(layout(KernelVersion::v6_16, HookChoice::declared), "AA");
        CHECK_EQ(layout(KernelVersion::v7_3, HookChoice::legacy), "AB");
        CHECK_EQ(layout(KernelVersion::v7_3, HookChoice::declared), "AA");
    }

    TEST_CASE("rule 6.6: counting in mapped stays right over merge, split and unmap") {
        Scene scene("....", kCounted, KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("**.."), "ok");
        CHECK_EQ(scene.mmap("AA**", kMapShared, 2), "ok");
        CHECK_EQ(scene.map.now(), "AAAA");
        CHECK_EQ(scene.calls(Hook::mmap_prepare), 2);
        CHECK_EQ(scene.calls(Hook::mapped), 1);
        CHECK_EQ(scene.references(), "users 1");
        CHECK(scene.map.munmap("A**A"));
        CHECK_EQ(scene.references(), "users 2");
        CHECK(scene.map.munmap("*..C"));
        CHECK(scene.map.munmap("...*"));
        CHECK_EQ(scene.references(), "users 0");
    }

    TEST_CASE("rule 10.8: counting in the hook leaks with each merge") {
        Scene scene("....", R"({"name": "afs_like",
            "mmap_prepare": [{"get": "open_mmaps"}, {"vm_ops": true}],
            "vm_ops": {"open": [{"get": "open_mmaps"}], "close": [{"put": "open_mmaps"}]}})",
                    KernelVersion::v7_0);
        CHECK_EQ(scene.mmap("**.."), "ok");
        CHECK_EQ(scene.mmap("AA**", kMapShared, 2), "ok");
        CHECK(scene.map.munmap("****"));
        CHECK_EQ(scene.references(), "open_mmaps 1");
    }

    TEST_CASE("rule 3.5: a merge overwrites the private data of the VMA that takes it in") {
        Scene scene("..", R"({"name": "w", "mmap_prepare": [{"vm_ops": true},
            {"private_data": "pgoff + 5"}], "vm_ops": {}})",
                    KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("*."), "ok");
        CHECK_EQ(scene.map.at(0).private_data, 5);
        CHECK_EQ(scene.mmap("A*", kMapShared, 1), "ok");
        CHECK_EQ(scene.map.now(), "AA");
        CHECK_EQ(scene.map.at(0).private_data, 6);
    }

    TEST_CASE("a driver without the step keeps the dummy table; NULL makes 7.2 anonymous") {
        const auto ops = [](const char* step, KernelVersion version) {
            Scene scene(".", std::string(R"({"name": "w", "mmap_prepare": [)") + step + "]}",
                        version);
            CHECK_EQ(scene.mmap("*", kMapPrivate), "ok");
            return scene.map.at(0).ops;
        };
        CHECK_EQ(ops("", KernelVersion::v7_1), kVmOpsDummy);
        CHECK_EQ(ops("", KernelVersion::v7_2), kVmOpsDummy);
        CHECK_EQ(ops(R"({"vm_ops": null})", KernelVersion::v7_1), kVmOpsDummy);
        CHECK_EQ(ops(R"({"vm_ops": null})", KernelVersion::v7_2), kVmOpsAnonymous);
    }
}

TEST_SUITE("drivers/pipeline results") {
    TEST_CASE("rule 6.3: neither hook, or both on purpose, is ENODEV") {
        Scene neither(".", R"({"name": "w", "mmap_prepare": []})", KernelVersion::v6_12);
        CHECK_EQ(neither.mmap("*"), "ENODEV");
        Scene both(".", R"({"name": "w", "both": true})", KernelVersion::v7_3);
        CHECK_EQ(both.mmap("*"), "ENODEV");
        CHECK_EQ(both.map.log.count<Diagnosed>(), 1);
        Scene old(".", R"({"name": "w", "both": true})", KernelVersion::v6_12);
        CHECK_EQ(old.mmap("*"), "ok");
    }

    TEST_CASE("rule 6.5: a remap under copy-on-write shows the frame as offset") {
        Scene scene("..", R"({"name": "w", "mmap_prepare":
            [{"action": "remap_full", "pfn": "0xfed00 + pgoff"}]})",
                    KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("**", kMapPrivate, 3), "ok");
        CHECK_EQ(scene.map.at(0).pgoff, Pgoff{0xfed03});
        CHECK_EQ(scene.codes(0), "rd wr mr mw me pf io de ac dd ");
    }

    TEST_CASE("MAYWRITE that a hook took away stays away") {
        Scene scene(".", R"({"name": "w", "mmap_prepare": [
            {"require": "!VMA_WRITE_BIT", "errno": "EPERM"},
            {"clear_flags": ["VMA_MAYWRITE_BIT"]}]})",
                    KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("*"), "EPERM");
        CHECK_EQ(scene.mmap("*", kMapShared, 0, kProtRead), "ok");
        CHECK_EQ(scene.map.mprotect("*", kRw).error(), Errno::eacces);
    }

    TEST_CASE("rule 4.7: may_split of the driver refuses to cut") {
        Scene scene("...", R"({"name": "w", "mmap_prepare": [{"vm_ops": true}],
            "vm_ops": {"may_split": [{"fail": "EBUSY", "every": 2}]}})",
                    KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("***"), "ok");
        CHECK(scene.map.munmap("*AA"));
        CHECK_EQ(scene.map.munmap(".*B").error(), Errno::ebusy);
        CHECK_EQ(scene.state().failures, 1);
    }

    TEST_CASE("rule 3.3 F4: a failing hook costs what MAP_FIXED was to replace") {
        Scene scene("AAAA", R"({"name": "w", "mmap_prepare": [{"fail": "EIO"}]})",
                    KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("A**A", kMapPrivate), "EIO");
        CHECK_EQ(scene.map.now(), "B..C");
        CHECK_EQ(scene.refs(scene.file), 1);
    }

    TEST_CASE("rule 3.3 F10: a failing action is unmapped and closed, without mapped") {
        constexpr std::string_view kFails = R"({"name": "w", "mmap_prepare": [{"vm_ops": true},
            {"action": "remap_full", "pfn": 1, "fail": "EIO", "fail_page": 1, "every": 2}],
            "vm_ops": {"mapped": [{"get": "users"}], "close": [{"put": "users"}]}})";
        Scene scene("AAAA", kFails, KernelVersion::v7_3);
        CHECK_EQ(scene.mmap("A**A"), "ok");
        CHECK_EQ(scene.references(), "users 1");
        CHECK_EQ(scene.mmap("B**D", kMapShared), "EIO");
        CHECK_EQ(scene.map.now(), "B..D");
        CHECK_EQ(scene.calls(Hook::mapped), 1);
        CHECK_EQ(scene.calls(Hook::close), 2);
        CHECK_EQ(scene.references(), "users -1");
        CHECK_EQ(scene.state().failures, 1);
        CHECK_EQ(scene.refs(scene.file), 1);
        CHECK_EQ(scene.map.broken(), "");
    }

    TEST_CASE("DELTA 2.3: the override replaces the errno of an action and of mapped") {
        Scene action(".", R"({"name": "w", "mmap_prepare": [{"action": "remap_full", "pfn": 1,
            "fail": "EIO", "error_override": "EAGAIN"}]})",
                     KernelVersion::v7_3);
        CHECK_EQ(action.mmap("*"), "EAGAIN");
        Scene invalid(".", R"({"name": "w", "mmap_prepare": [{"action": "remap_full", "pfn": 1,
            "error_override": 5}]})",
                      KernelVersion::v7_3);
        CHECK_EQ(invalid.mmap("*"), "EINVAL");
        Scene hook(".", R"({"name": "w", "mmap_prepare": [{"action": "remap_full", "pfn": 1,
            "fail": "EIO", "error_hook": "EAGAIN"}]})",
                   KernelVersion::v7_1);
        CHECK_EQ(hook.mmap("*"), "EAGAIN");
    }

    TEST_CASE("rule 3.3 F11: a failing success hook leaves the mapping on 7.0, not on 7.1") {
        constexpr std::string_view kFails = R"({"name": "w", "mmap_prepare":
            [{"action": "remap_full", "pfn": 1, "success_hook": [{"fail": "EIO"}]}]})";
        Scene v7_0("..", kFails, KernelVersion::v7_0);
        CHECK_EQ(v7_0.mmap("**"), "EIO");
        CHECK_EQ(v7_0.map.now(), "AA");
        Scene v7_1("..", kFails, KernelVersion::v7_1);
        CHECK_EQ(v7_1.mmap("**"), "EIO");
        CHECK_EQ(v7_1.map.now(), "..");
    }

    TEST_CASE("DELTA 1.3: who drops the reference on a file that the hook stored") {
        const auto refs = [](KernelVersion version) {
            Scene scene("..", R"({"name": "w", "mmap_prepare": [{"vm_file": "other"}]})", version);
            const DriverId plain = install_driver(
                scene.map.world, parse_declared_driver(R"({"name": "p", "mmap": []})", "p.json"));
            const FileId other = scene.open("other", plain);
            CHECK_EQ(scene.mmap("*."), "ok");
            const std::int64_t mapped = scene.refs(other);
            CHECK(scene.map.munmap("*."));
            return std::to_string(mapped) + " " + std::to_string(scene.refs(other));
        };
        CHECK_EQ(refs(KernelVersion::v6_18), "3 2");
        CHECK_EQ(refs(KernelVersion::v7_0), "2 1");
        CHECK_EQ(refs(KernelVersion::v7_3), "2 1");
    }

    TEST_CASE("a hook that stores two files hands over the second and drops the first") {
        Scene scene(".",
                    R"({"name": "w", "mmap_prepare": [{"vm_file": "one"}, {"vm_file": "two"}]})",
                    KernelVersion::v7_3);
        const DriverId plain = install_driver(
            scene.map.world, parse_declared_driver(R"({"name": "p", "mmap": []})", "p.json"));
        const FileId one = scene.open("one", plain);
        const FileId two = scene.open("two", plain);
        CHECK_EQ(scene.mmap("*"), "ok");
        CHECK_EQ(scene.refs(one), 1);
        CHECK_EQ(scene.refs(two), 2);
    }
}

TEST_SUITE("drivers/stacked") {
    // Maps one page of a file whose old hook hands on to a file of `inner`.
    struct Stack {
        Stack(std::string_view inner, KernelVersion version,
              std::string_view outer = R"({"name": "outer", "mmap": [{"inner": "real"}]})")
            : scene("..", outer, version) {
            id = install_driver(scene.map.world, parse_declared_driver(inner, "inner.json"));
            real = scene.open("real", id);
            third = scene.open("third", id);
            check_named_files(scene.map.world);
        }
        const DriverState& state() const { return scene.map.world.drivers[id.index].state; }

        Scene scene;
        DriverId id;
        FileId real, third;
    };

    TEST_CASE("rule 6.7: an inner old hook works on the same VMA") {
        Stack stack(R"({"name": "i", "mmap": [{"set_flags": ["VMA_IO_BIT"]}, {"vm_ops": true}],
                        "vm_ops": {}})",
                    KernelVersion::v6_12);
        CHECK_EQ(stack.scene.mmap("*."), "ok");
        CHECK(stack.scene.map.at(0).flags.all(kVmIo));
        CHECK_EQ(stack.scene.map.at(0).ops, VmOps::of(stack.id));
        CHECK_EQ(stack.scene.map.at(0).file, stack.scene.file);
        CHECK_EQ(stack.state().calls[static_cast<std::size_t>(Hook::mmap)], 1);
    }

    TEST_CASE("DELTA D4: an inner hook without a table makes the VMA anonymous until 7.2") {
        constexpr std::string_view kInner = R"({"name": "i", "mmap_prepare": []})";
        const auto ops = [&](KernelVersion version) {
            Stack stack(kInner, version);
            CHECK_EQ(stack.scene.mmap("*."), "ok");
            return stack.scene.map.at(0).ops;
        };
        CHECK_EQ(ops(KernelVersion::v7_0), kVmOpsAnonymous);
        CHECK_EQ(ops(KernelVersion::v7_1), kVmOpsAnonymous);
        CHECK_EQ(ops(KernelVersion::v7_2), kVmOpsDummy);
    }

    TEST_CASE("rule 6.7: an inner action and mapped run at once, and fail the outer hook") {
        Stack works(R"({"name": "i", "mmap_prepare": [{"vm_ops": true}, {"private_data": 3},
                        {"action": "remap_full", "pfn": 9}],
                        "vm_ops": {"mapped": [{"get": "m"}, {"private_data": 4}]}})",
                    KernelVersion::v7_3);
        CHECK_EQ(works.scene.mmap("*."), "ok");
        CHECK(works.scene.map.at(0).flags.all(kVmRemap));
        CHECK_EQ(works.scene.map.at(0).private_data, 4);
        CHECK_EQ(works.state().calls[static_cast<std::size_t>(Hook::mapped)], 1);

        Stack action(R"({"name": "i", "mmap_prepare": [{"vm_ops": true}, {"action": "remap_full",
                         "pfn": 9, "fail": "EIO", "error_override": "EAGAIN"}],
                         "vm_ops": {"close": []}})",
                     KernelVersion::v7_3);
        CHECK_EQ(action.scene.mmap("*."), "EIO");
        CHECK_EQ(action.scene.map.now(), "..");
        CHECK_EQ(action.state().failures, 1);
        CHECK_EQ(action.state().calls[static_cast<std::size_t>(Hook::close)], 0);
        CHECK_EQ(action.scene.refs(action.scene.file), 1);

        Stack mapped(R"({"name": "i", "mmap_prepare": [{"vm_ops": true}],
                         "vm_ops": {"mapped": [{"fail": "ENOMEM"}], "close": []}})",
                     KernelVersion::v7_1);
        CHECK_EQ(mapped.scene.mmap("*."), "ENOMEM");
        CHECK_EQ(mapped.state().calls[static_cast<std::size_t>(Hook::close)], 0);
    }

    TEST_CASE("rule 6.7: an inner action out of range fails before the VMA is touched") {
        Stack stack(R"({"name": "i", "mmap_prepare": [{"action": "remap", "start": 0, "pfn": 1,
                        "size": "length + 1"}]})",
                    KernelVersion::v7_3);
        CHECK_EQ(stack.scene.mmap("*."), "EFAULT");
    }

    TEST_CASE("rule 6.7: a file that an inner hook stores keeps a reference too many") {
        Stack stack(R"({"name": "i", "mmap_prepare": [{"vm_file": "third"}]})",
                    KernelVersion::v7_3);
        CHECK_EQ(stack.scene.mmap("*."), "ok");
        CHECK_EQ(stack.scene.map.at(0).file, stack.third);
        CHECK_EQ(stack.scene.refs(stack.third), 3);
        CHECK_EQ(stack.scene.refs(stack.scene.file), 1);
        CHECK(stack.scene.map.munmap("*."));
        CHECK_EQ(stack.scene.refs(stack.third), 2);
    }

    TEST_CASE(
        "rule 6.7: a file stored by an inner hook that fails is lost, unless books are fixed") {
        // By itself, when its action is prepared, and when that is carried out.
        for (const char* more :
             {R"({"fail": "EIO"})", R"({"action": "remap_full", "pfn": 1, "error_override": 5})",
              R"({"action": "remap_full", "pfn": 1, "fail": "EIO"})"}) {
            CAPTURE(more);
            for (const bool fixed : {false, true}) {
                Stack stack(R"({"name": "i", "mmap_prepare": [{"vm_file": "third"}, )" +
                                std::string(more) + "]}",
                            KernelVersion::v7_3);
                stack.scene.map.world.fixed_accounting = fixed;
                CHECK_NE(stack.scene.mmap("*."), "ok");
                CHECK_EQ(stack.scene.refs(stack.scene.file), 1);
                CHECK_EQ(stack.scene.refs(stack.third), fixed ? 1 : 2);
                CHECK_EQ(stack.scene.map.log.count<Leaked>(), fixed ? 0 : 1);
            }
        }
    }

    TEST_CASE("rule 6.7: an overlay swaps the file, so its mappings never merge when made") {
        Stack stack(R"({"name": "i", "mmap_prepare": []})", KernelVersion::v7_3,
                    R"({"name": "o", "mmap": [{"vm_file": "real"}, {"inner": "real"}]})");
        CHECK_EQ(stack.scene.mmap("*."), "ok");
        CHECK_EQ(stack.scene.mmap("A*", kMapShared, 1), "ok");
        CHECK_EQ(stack.scene.map.now(), "AB");
        CHECK_EQ(stack.scene.map.at(0).file, stack.real);
        CHECK_EQ(stack.scene.refs(stack.real), 3);
        CHECK_EQ(stack.scene.refs(stack.scene.file), 1);
        CHECK(stack.scene.map.mprotect("**", kProtRead));
        CHECK_EQ(stack.scene.map.now(), "AA");
        CHECK_EQ(stack.scene.map.broken(), "");
    }

    TEST_CASE("an inner file that cannot be mapped is ENODEV") {
        Stack none(R"({"name": "i"})", KernelVersion::v7_3);
        CHECK_EQ(none.scene.mmap("*."), "ENODEV");
        Stack old(R"({"name": "i", "mmap_prepare": []})", KernelVersion::v6_12);
        CHECK_EQ(old.scene.mmap("*."), "ENODEV");
        Stack from_prepare(R"({"name": "i", "mmap": []})", KernelVersion::v7_3,
                           R"({"name": "o", "mmap_prepare": [{"inner": "real"}]})");
        CHECK_EQ(from_prepare.scene.mmap("*."), "ENODEV");
    }

    TEST_CASE("a description is handed on as it is, and comes back as the inner hook left it") {
        Stack stack(R"({"name": "i", "mmap_prepare": [{"require": "VMA_DONTCOPY_BIT",
                        "errno": "EINVAL"}, {"set_flags": ["VMA_DONTDUMP_BIT"]},
                        {"private_data": "per-file"}, {"vm_ops": true}], "vm_ops": {}})",
                    KernelVersion::v7_3,
                    R"({"name": "o", "mmap_prepare": [{"set_flags": ["VMA_DONTCOPY_BIT"]},
                        {"inner": "real"}]})");
        CHECK_EQ(stack.scene.mmap("*."), "ok");
        CHECK(stack.scene.map.at(0).flags.all(kVmDontCopy | kVmDontDump));
        CHECK_EQ(stack.scene.map.at(0).ops, VmOps::of(stack.id));
        CHECK_EQ(stack.scene.map.at(0).private_data,
                 stack.scene.map.world.files[stack.real.index].cookie);
        CHECK_EQ(stack.scene.map.at(0).file, stack.scene.file);
    }
}
