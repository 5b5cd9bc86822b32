// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/steps.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "drivers/driver_bench.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string prepare_driver(const std::string& steps) {
    return R"({"name": "w", "vm_ops": {}, "mmap_prepare": [)" + steps + "]}";
}
std::string legacy_driver(const std::string& steps) {
    return R"({"name": "w", "vm_ops": {}, "mmap": [)" + steps + "]}";
}

// The desc as the steps leave it.
VmAreaDesc prepared(const std::string& steps, VmFlags flags = kSharedFlags) {
    DriverBench bench(prepare_driver(steps));
    VmAreaDesc desc = bench.desc(flags);
    CHECK(bench.prepare(desc));
    return desc;
}
HalfBuiltVma mapped(const std::string& steps, VmFlags flags = kSharedFlags) {
    DriverBench bench(legacy_driver(steps));
    HalfBuiltVma vma = bench.half(flags);
    CHECK(bench.mmap(vma));
    return vma;
}

// The results of so many calls of the hook: "ok EIO ok".
template <typename Call>
std::string results(int calls, Call call) {
    std::string text;
    for (int i = 0; i < calls; ++i) text += (text.empty() ? "" : " ") + call();
    return text;
}

std::string prepare_once(DriverBench& bench) {
    VmAreaDesc desc = bench.desc();
    return name(bench.prepare(desc));
}

std::string thrown(DriverBench& bench) {
    VmAreaDesc desc = bench.desc();
    try {
        static_cast<void>(bench.prepare(desc));
    } catch (const InputError& error) {
        return error.what();
    }
    return "nothing";
}

}  // namespace

TEST_SUITE("drivers/steps") {
    TEST_CASE("require passes what is not 0 and else ends the hook with its errno") {
        const std::string json = prepare_driver(
            R"({"require": "pages <= 4 && pgoff == 2", "errno": "EPERM"},
               {"require": "VMA_SHARED_BIT", "errno": "EACCES"},
               {"pgoff": 9})");
        DriverBench bench(json);
        VmAreaDesc shared = bench.desc();
        CHECK(bench.prepare(shared));
        CHECK_EQ(shared.pgoff, Pgoff{9});
        VmAreaDesc privately = bench.desc(kVmRead);
        CHECK_EQ(name(bench.prepare(privately)), "EACCES");
        CHECK_EQ(privately.pgoff, Pgoff{2});
        VmAreaDesc elsewhere = bench.desc();
        elsewhere.pgoff = Pgoff{3};
        CHECK_EQ(name(bench.prepare(elsewhere)), "EPERM");
        CHECK_EQ(bench.state().failures, 0);
    }

    TEST_CASE("set_flags and clear_flags change those bits and no others") {
        CHECK_EQ(prepared(R"({"set_flags": ["VMA_IO_BIT", "VMA_DONTCOPY_BIT"]})").flags,
                 (kSharedFlags | kVmIo | kVmDontCopy));
        CHECK_EQ(prepared(R"({"clear_flags": ["VMA_MAYWRITE_BIT", "VMA_IO_BIT"]})").flags,
                 kSharedFlags.without(kVmMayWrite));
        CHECK_EQ(mapped(R"({"set_flags": ["VMA_IO_BIT"], "clear_flags": ["VMA_WRITE_BIT"]})").flags,
                 (kSharedFlags.without(kVmWrite) | kVmIo));
    }

    TEST_CASE("page_prot and pgoff are stored") {
        CHECK_EQ(prepared(R"({"page_prot": "noncached"})").page_prot, PageProt::noncached);
        CHECK_EQ(prepared(R"({"page_prot": "writecombine"})").page_prot, PageProt::writecombine);
        CHECK_EQ(mapped(R"({"page_prot": "decrypted"})").page_prot, PageProt::decrypted);
        CHECK_EQ(prepared(R"({"pgoff": "pgoff + 0x10"})").pgoff, Pgoff{0x12});
        CHECK_EQ(mapped(R"({"pgoff": 5}, {"pgoff": "pgoff * 2"})").pgoff, Pgoff{10});
    }

    TEST_CASE("private_data is a number, the file's, or new with each call") {
        CHECK_EQ(prepared(R"({"private_data": 7})").private_data, 7);
        CHECK_EQ(prepared(R"({"private_data": "start >> 12"})").private_data, 0x100);

        DriverBench file(prepare_driver(R"({"private_data": "per-file"})"));
        VmAreaDesc a = file.desc(), b = file.desc();
        CHECK(file.prepare(a));
        CHECK(file.prepare(b));
        CHECK_EQ(a.private_data, file.world.files[file.file.index].cookie);
        CHECK_EQ(a.private_data, b.private_data);
        CHECK_NE(a.private_data, 0);

        DriverBench call(legacy_driver(R"({"private_data": "per-call"})"));
        HalfBuiltVma c = call.half(), d = call.half();
        CHECK(call.mmap(c));
        CHECK(call.mmap(d));
        CHECK_NE(c.private_data, d.private_data);
    }

    TEST_CASE("vm_ops stores the driver's table, nothing, or NULL") {
        DriverBench bench(prepare_driver(R"({"vm_ops": true})"));
        VmAreaDesc desc = bench.desc();
        CHECK(bench.prepare(desc));
        CHECK_EQ(desc.ops, VmOps::of(bench.id));
        CHECK_EQ(prepared(R"({"vm_ops": false})").ops, kVmOpsDummy);
        CHECK_EQ(prepared(R"({"vm_ops": null})").ops, kVmOpsAnonymous);
        CHECK_EQ(mapped(R"({"vm_ops": null})").ops, kVmOpsAnonymous);
        CHECK_EQ(mapped("").ops, kVmOpsDummy);
    }

    TEST_CASE("get and put count a named reference of the driver") {
        DriverBench bench(prepare_driver(R"({"get": "users"}, {"get": "users"}, {"put": "pins"})"));
        prepare_once(bench);
        CHECK_EQ(bench.references(), "users 2 pins -1");
        prepare_once(bench);
        CHECK_EQ(bench.references(), "users 4 pins -2");
    }

    TEST_CASE("vm_file hands a fresh reference over, and swaps the one that a VMA holds") {
        DriverBench bench(prepare_driver(R"({"vm_file": "other"})"));
        const FileId other = bench.add_file("other", bench.id);
        VmAreaDesc desc = bench.desc();
        CHECK(bench.prepare(desc));
        CHECK_EQ(desc.vm_file, other);
        CHECK_EQ(bench.world.files[other.index].refs, 2);
        CHECK_EQ(bench.world.files[bench.file.index].refs, 1);

        DriverBench legacy(legacy_driver(R"({"vm_file": "other"})"));
        const FileId behind = legacy.add_file("other", legacy.id);
        legacy.world.get_file(legacy.file);  // the VMA's
        HalfBuiltVma vma = legacy.half();
        CHECK(legacy.mmap(vma));
        CHECK_EQ(vma.file, behind);
        CHECK_EQ(legacy.world.files[behind.index].refs, 2);
        CHECK_EQ(legacy.world.files[legacy.file.index].refs, 1);
    }

    TEST_CASE("fail fails each call, or with every N the calls N, 2N and so on") {
        DriverBench always(prepare_driver(R"({"fail": "EIO"})"));
        CHECK_EQ(results(3, [&] { return prepare_once(always); }), "EIO EIO EIO");
        CHECK_EQ(always.state().failures, 3);

        DriverBench third(prepare_driver(R"({"fail": "ENOMEM", "every": 3})"));
        CHECK_EQ(results(7, [&] { return prepare_once(third); }), "ok ok ENOMEM ok ok ENOMEM ok");
        CHECK_EQ(third.state().failures, 2);
        CHECK_EQ(third.state().calls[0], 7);
    }

    TEST_CASE("every counts the calls of one hook over all files, failed ones too") {
        DriverBench bench(
            R"({"name": "w", "mmap_prepare": [{"require": "pgoff == 2", "errno": "EINVAL"},
                {"fail": "EIO", "every": 2}], "vm_ops": {"may_split": [{"fail": "EBUSY",
                "every": 2}]}})");
        VmAreaDesc wrong = bench.desc();
        wrong.pgoff = Pgoff{0};
        CHECK_EQ(name(bench.prepare(wrong)), "EINVAL");
        CHECK_EQ(prepare_once(bench), "EIO");
        const auto split = [&] {
            HookCall call = bench.call(Hook::may_split);
            return name(bench.driver->may_split(call, bench.vma(), Vpn{0x101}));
        };
        CHECK_EQ(split(), "ok");
        const FileId other = bench.add_file("other", bench.id);
        HookCall call(bench.world, bench.id, Hook::mmap_prepare, other);
        VmAreaDesc desc = bench.desc();
        CHECK_EQ(name(bench.driver->mmap_prepare(call, desc)), "ok");
        CHECK_EQ(prepare_once(bench), "EIO");
        CHECK_EQ(split(), "EBUSY");
    }

    TEST_CASE("an action's arguments are bytes, its start is relative to the mapping") {
        const std::uint64_t start = kRange.start().bytes(), length = kRange.pages().bytes();
        struct Row {
            const char* step;
            ActionType type;
            std::uint64_t start, size, pfn, phys;
        };
        const std::vector<Row> rows = {
            {R"({"action": "remap", "start": 4096, "pfn": "0x50 + pgoff", "size": "length / 2"})",
             ActionType::remap, start + 4096, length / 2, 0x52, 0},
            {R"({"action": "remap_full", "pfn": "0xfed00"})", ActionType::remap, start, length,
             0xfed00, 0},
            {R"({"action": "ioremap", "start": 0, "pfn": 1, "size": 8192})", ActionType::ioremap,
             start, 8192, 1, 0},
            {R"({"action": "ioremap_full", "pfn": 1})", ActionType::ioremap, start, length, 1, 0},
            {R"({"action": "simple_ioremap", "phys": "0xfed00000", "size": 4096})",
             ActionType::simple_ioremap, 0, 4096, 0, 0xfed00000},
            {R"({"action": "map_kernel_pages", "start": 4096, "pages": 2})",
             ActionType::map_kernel_pages, start + 4096, 8192, 0, 0},
            {R"({"action": "map_kernel_pages_full"})", ActionType::map_kernel_pages, start, length,
             0, 0},
            {R"({"action": "map_kernel_pages_full", "pages": "pages"})",
             ActionType::map_kernel_pages, start, length, 0, 0},
        };
        for (const Row& row : rows) {
            CAPTURE(row.step);
            const MmapAction action = prepared(row.step).action;
            CHECK_EQ(action.type, row.type);
            CHECK_EQ(action.start, row.start);
            CHECK_EQ(action.size, row.size);
            CHECK_EQ(action.pfn, Pfn{row.pfn});
            CHECK_EQ(action.phys, row.phys);
            CHECK_EQ(action.fail, Errno::ok);
            CHECK_FALSE(action.fail_page);
        }
    }

    TEST_CASE("an array of kernel pages that is too short ends in a page that is none") {
        const MmapAction action =
            prepared(R"({"action": "map_kernel_pages_full", "pages": 3})").action;
        CHECK_EQ(action.size, kRange.pages().bytes());
        CHECK_EQ(action.fail_page, 3);
        CHECK_EQ(action.fail, Errno::einval);
    }

    TEST_CASE("an action carries how it will fail, and a second one starts anew") {
        const MmapAction action = prepared(R"({"action": "remap_full", "pfn": 1, "fail": "EIO",
            "fail_page": "pages - 1", "error_override": "EAGAIN", "hide_from_rmap": true})")
                                      .action;
        CHECK_EQ(action.fail, Errno::eio);
        CHECK_EQ(action.fail_page, 3);
        CHECK_EQ(action.error_override, -11);
        CHECK(action.hide_from_rmap);

        const MmapAction second = prepared(R"({"action": "remap_full", "pfn": 1, "fail": "EIO",
            "error_override": -11}, {"action": "ioremap_full", "pfn": 2})")
                                      .action;
        CHECK_EQ(second.type, ActionType::ioremap);
        CHECK_EQ(second.fail, Errno::ok);
        CHECK_EQ(second.error_override, 0);
    }

    TEST_CASE("an action's override is an errno, or any number for the kernel to judge") {
        const auto value = [](const std::string& text) {
            return prepared(R"({"action": "remap_full", "pfn": 1, "error_override": )" + text + "}")
                .action.error_override;
        };
        CHECK_EQ(value(R"("EAGAIN")"), -11);
        CHECK_EQ(value(R"("-EAGAIN")"), -11);
        CHECK_EQ(value("-11"), -11);
        CHECK_EQ(value("11"), 11);
        CHECK_EQ(value(R"("-0x1000")"), -4096);
    }

    TEST_CASE("an action fails in every N-th call of its hook; the failure is not counted there") {
        DriverBench bench(
            prepare_driver(R"({"action": "remap_full", "pfn": 1, "fail": "EIO", "every": 2})"));
        const auto once = [&] {
            VmAreaDesc desc = bench.desc();
            CHECK(bench.prepare(desc));
            return desc.action.fail == Errno::ok ? std::string("works") : std::string("fails");
        };
        CHECK_EQ(results(5, once), "works fails works fails works");
        CHECK_EQ(bench.state().failures, 0);
    }

    TEST_CASE("the hooks around an action run what the last action says") {
        const Profile& v7_1 = profile_of(KernelVersion::v7_1);
        DriverBench bench(
            prepare_driver(R"({"action": "remap_full", "pfn": 1, "success_hook": [{"get": "old"}]},
                {"action": "remap_full", "pfn": 2, "error_hook": "EAGAIN",
                 "success_hook": [{"get": "new"}, {"private_data": 5}, {"vm_ops": null}]})"),
            v7_1);
        VmAreaDesc desc = bench.desc();
        CHECK(bench.prepare(desc));
        CHECK(desc.action.success_hook);
        CHECK_EQ(desc.action.error_hook, Errno::eagain);
        Vma vma = bench.vma();
        vma.ops = VmOps::of(bench.id);
        HookCall call = bench.call(Hook::success_hook);
        CHECK(bench.driver->success_hook(call, vma));
        CHECK_EQ(bench.references(), "new 1");
        CHECK_EQ(vma.private_data, 5);
        CHECK_EQ(vma.ops, kVmOpsAnonymous);

        const DriverBench none(
            prepare_driver(R"({"action": "remap_full", "pfn": 1, "success_hook": [{"get": "old"}]},
                {"action": "remap_full", "pfn": 2})"),
            v7_1);
        CHECK_EQ(none.driver->steps(Hook::success_hook), nullptr);
    }

    TEST_CASE("the old helpers do what they do in a hook") {
        CHECK_EQ(
            mapped(R"({"remap_pfn_range": "full", "pfn": "0xfed00"})", kVmRead | kVmMayWrite).pgoff,
            Pgoff{0xfed00});
        const HalfBuiltVma part =
            mapped(R"({"remap_pfn_range": true, "start": 4096, "pfn": 1, "size": 4096})");
        CHECK_EQ(part.flags, (kSharedFlags | kVmRemap));
        CHECK(part.pages_mapped);
        CHECK_EQ(mapped(R"({"vm_iomap_memory": "full", "phys": 4096, "size": "6 * 4096"})").flags,
                 (kSharedFlags | kVmRemap));
        CHECK_EQ(mapped(R"({"vm_insert_pages": "full"})").flags, (kSharedFlags | kVmMixedMap));
        CHECK_EQ(mapped(R"({"vm_insert_pages": true, "start": 0, "pages": 2})").flags,
                 (kSharedFlags | kVmMixedMap));
        CHECK_EQ(mapped(R"({"vm_insert_page": true, "start": 12288})").flags,
                 (kSharedFlags | kVmMixedMap));

        const auto refused = [](const std::string& steps) {
            DriverBench bench(legacy_driver(steps));
            HalfBuiltVma vma = bench.half();
            return name(bench.mmap(vma));
        };
        CHECK_EQ(refused(R"({"vm_iomap_memory": "full", "phys": 4096, "size": "5 * 4096"})"),
                 "EINVAL");
        CHECK_EQ(refused(R"({"remap_pfn_range": true, "start": 1, "pfn": 1, "size": 1})"),
                 "EINVAL");
        CHECK_EQ(refused(R"({"vm_insert_page": true, "start": 16384})"), "EFAULT");
    }

    TEST_CASE("an old helper that fails leaves pages behind for the pipeline to undo") {
        DriverBench bench(
            legacy_driver(R"({"remap_pfn_range": "full", "pfn": 1, "fail_page": 2, "every": 2})"));
        HalfBuiltVma first = bench.half(), second = bench.half();
        CHECK(bench.mmap(first));
        CHECK_EQ(name(bench.mmap(second)), "ENOMEM");
        CHECK(second.pages_mapped);
        CHECK_EQ(bench.state().failures, 1);
    }

    TEST_CASE("mapped may change private_data; other hooks of vm_ops only look") {
        DriverBench bench(R"({"name": "w", "mmap_prepare": [], "vm_ops": {
            "mapped": [{"get": "m"}, {"private_data": "pgoff"}, {"fail": "ENOMEM", "every": 2}],
            "open": [{"get": "o"}], "close": [{"put": "c"}],
            "mprotect": [{"require": "!VMA_WRITE_BIT", "errno": "EACCES"}],
            "mremap": [{"fail": "EINVAL"}]}})");
        std::uint64_t data = 1;
        HookCall first = bench.call(Hook::mapped);
        CHECK(bench.driver->mapped(first, bench.vma(), data));
        CHECK_EQ(data, 2);
        HookCall second = bench.call(Hook::mapped);
        CHECK_EQ(name(bench.driver->mapped(second, bench.vma(), data)), "ENOMEM");
        HookCall open = bench.call(Hook::open);
        bench.driver->open(open, bench.vma());
        HookCall close = bench.call(Hook::close);
        bench.driver->close(close, bench.vma());
        CHECK_EQ(bench.references(), "m 2 o 1 c -1");
        HookCall mprotect = bench.call(Hook::mprotect);
        CHECK_EQ(name(bench.driver->mprotect(mprotect, bench.vma(kVmWrite), kVmRead)), "ok");
        CHECK_EQ(name(bench.driver->mprotect(mprotect, bench.vma(kVmRead), kVmWrite)), "EACCES");
        HookCall mremap = bench.call(Hook::mremap);
        CHECK_EQ(name(bench.driver->mremap(mremap, bench.vma())), "EINVAL");
    }

    TEST_CASE("a division by zero and an undeclared file name the step") {
        DriverBench bench(prepare_driver(R"({"vm_ops": true}, {"pgoff": "4 / (pgoff - 2) + 1"})"));
        CHECK_EQ(thrown(bench), "d.json:1:64: driver 'w', mmap_prepare step 2: division by zero");
        DriverBench file(prepare_driver(R"({"vm_file": "gone"})"));
        CHECK_EQ(thrown(file),
                 "d.json:1:46: driver 'w', mmap_prepare step 1: there is no file 'gone'");
    }
}
