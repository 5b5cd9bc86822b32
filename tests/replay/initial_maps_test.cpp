// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/initial_maps.h"

#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;

constexpr std::string_view kProgram =
    "555555554000-555555556000 r-xp 00000000 fe:00 7 /bin/x\n"
    "555555556000-555555557000 rw-p 00002000 fe:00 7 /bin/x\n"
    "555555557000-55555555a000 rw-p 00000000 00:00 0 \n"
    "555555570000-555555591000 rw-p 00000000 00:00 0 [heap]\n"
    "7ffff7fc0000-7ffff7fc4000 r--p 00000000 00:00 0 [vvar]\n"
    "7ffff7fc4000-7ffff7fc6000 r-xp 00000000 00:00 0 [vdso]\n"
    "7ffff7fc6000-7ffff7ff0000 r-xp 00000000 fe:00 9 /lib/ld.so\n"
    "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 [stack]\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";

ReplayOptions with_maps(std::string_view text) {
    ReplayOptions options;
    options.initial_maps_text = text;
    return options;
}

std::string flags_of(const std::string& line) {
    return vm_flags_codes(infer_flags(parse_maps(line, "maps").front()));
}

MmLayout layout_of(std::string_view text) {
    return apply_guess(guess_layout(parse_maps(text, "maps")), MmLayout{});
}

const Vma* vma_at(const Replayed& run, std::uint64_t addr) {
    const Engine& engine = run.engine();
    return engine.world().mms[engine.processes().front().mm.index].vmas.find_vma(vpn_of(addr));
}

}  // namespace

TEST_SUITE("replay/initial maps") {
    TEST_CASE("flags follow from letters and names where smaps does not tell them") {
        CHECK_EQ(flags_of("1000-2000 rw-p 00000000 00:00 0"), "rd wr mr mw me ac ");
        CHECK_EQ(flags_of("1000-2000 r-xp 00000000 fe:00 7 /x"), "rd ex mr mw me ");
        CHECK_EQ(flags_of("1000-2000 rw-s 00000000 fe:00 7 /x"), "rd wr sh mr mw me ms ");
        CHECK_EQ(flags_of("1000-2000 r--s 00000000 fe:00 7 /x"), "rd mr me ms ");
        CHECK_EQ(flags_of("1000-2000 rw-p 00000000 00:00 0 [stack]"), "rd wr mr mw me gd ac ");
        CHECK_EQ(flags_of("1000-2000 r--p 00000000 00:00 0 [vvar]"), "rd mr pf io de dd ");
        CHECK_EQ(flags_of("1000-2000 r-xp 00000000 00:00 0 [vdso]"), "rd ex mr mw me de ");
    }

    TEST_CASE("memory of the kernel has the flags of its kind where smaps does not tell them") {
        const Replayed run("munmap(0x9000, 4096) = 0\n",
                           with_maps("1000-2000 rw-s 00000000 00:10 7 anon_inode:[io_uring]\n"
                                     "3000-4000 rw-s 00000000 00:13 8 /[aio] (deleted)\n"
                                     "5000-6000 rw-s 00000000 00:10 7 anon_inode:[io_uring]\n"
                                     "VmFlags: rd wr sh mr mw ms de\n"));
        const auto codes = [&](std::uint64_t addr) {
            return vm_flags_codes(vma_at(run, addr)->flags);
        };
        CHECK_EQ(codes(0x1000), "rd wr sh mr mw me ms de mm ");
        CHECK_EQ(codes(0x3000), "rd wr sh mr mw me ms de ");
        CHECK_EQ(codes(0x5000), "rd wr sh mr mw ms de ");
    }

    TEST_CASE("flags that smaps tells are taken as they are") {
        CHECK_EQ(flags_of("1000-2000 rw-p 00000000 00:00 0\nVmFlags: rd wr mr mw me nr dc"),
                 "rd wr mr mw me dc nr ");
    }

    TEST_CASE("a layout is installed as it was printed") {
        const Replayed run("# nothing\n", with_maps(kProgram));
        CHECK_EQ(run.maps(), lines({"555555554000-555555556000 r-xp 00000000 /bin/x",
                                    "555555556000-555555557000 rw-p 00002000 /bin/x",
                                    "555555557000-55555555a000 rw-p 00000000",
                                    "555555570000-555555591000 rw-p 00000000 [heap]",
                                    "7ffff7fc0000-7ffff7fc4000 r--p 00000000 [vvar]",
                                    "7ffff7fc4000-7ffff7fc6000 r-xp 00000000 [vdso]",
                                    "7ffff7fc6000-7ffff7ff0000 r-xp 00000000 /lib/ld.so",
                                    "7ffffffde000-7ffffffff000 rw-p 00000000 [stack]"}));
    }

    TEST_CASE("[vsyscall] is no mapping and is printed again") {
        const Replayed run("# nothing\n", with_maps(kProgram));
        const auto& extra = run.engine().extra_lines(run.engine().processes().front().mm);
        REQUIRE_EQ(extra.size(), 1);
        CHECK_EQ(extra[0].text,
                 "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
                 "                 [vsyscall]");
        CHECK_EQ(vm_flags_codes(extra[0].flags), "ex ");
    }

    TEST_CASE("equal device and inode are one file, with a reference for each mapping") {
        const Replayed run("# nothing\n", with_maps(kProgram));
        const Vma* code = vma_at(run, 0x555555554000);
        const Vma* data = vma_at(run, 0x555555556000);
        CHECK_EQ(code->file, data->file);
        CHECK_NE(code->file, vma_at(run, 0x7ffff7fc6000)->file);
        CHECK_EQ(run.engine().world().files[code->file.index].refs, 2);
    }

    TEST_CASE("private writable mappings count as faulted, the zeroed end of data does not") {
        const Replayed run("# nothing\n", with_maps(kProgram));
        CHECK(vma_at(run, 0x555555556000)->anon_vma);
        CHECK_FALSE(vma_at(run, 0x555555557000)->anon_vma);
        CHECK(vma_at(run, 0x555555570000)->anon_vma);
        CHECK(vma_at(run, 0x7ffffffde000)->anon_vma);
        CHECK_FALSE(vma_at(run, 0x555555554000)->anon_vma);
        CHECK_FALSE(vma_at(run, 0x7ffff7fc0000)->anon_vma);
    }

    TEST_CASE("full smaps text says itself what was faulted") {
        const Replayed run("# nothing\n",
                           with_maps("10000-11000 rw-p 00000000 00:00 0\nAnonymous: 0 kB\n"
                                     "20000-21000 r--p 00000000 fe:00 7 /x\nAnonymous: 4 kB\n"));
        CHECK_FALSE(vma_at(run, 0x10000)->anon_vma);
        CHECK(vma_at(run, 0x20000)->anon_vma);
    }

    TEST_CASE("mappings end below the stack: mmap_base is the end of the highest one") {
        const MmLayout layout = layout_of(kProgram);
        CHECK(layout.top_down);
        CHECK_EQ(layout.mmap_base, vpn_of(0x7ffff7ff0000));
        CHECK_EQ(layout.start_brk, 0x555555570000);
    }

    TEST_CASE("an interpreter a third of the way up is a bottom-up layout") {
        const MmLayout layout = layout_of(
            "2b9d87e51000-2b9d87e86000 r-xp 00000000 fe:00 9 /lib/ld.so\n"
            "2b9d87e86000-2b9d87e8a000 r--p 00000000 00:00 0 [vvar]\n"
            "559c5af5c000-559c5af5e000 r--p 00000000 fe:00 7 /bin/x\n"
            "7fffcfcca000-7fffcfceb000 rw-p 00000000 00:00 0 [stack]\n");
        CHECK_FALSE(layout.top_down);
        REQUIRE(layout.legacy_base);
        CHECK_EQ(*layout.legacy_base, vpn_of(0x2b9d87e51000));
    }

    TEST_CASE("with an unlimited stack mappings go down from a sixth of the way up") {
        const MmLayout layout = layout_of(
            "155555323000-155555327000 r--p 00000000 00:00 0 [vvar]\n"
            "155555329000-155555555000 r-xp 00000000 fe:00 9 /lib/ld.so\n"
            "555555554000-555555556000 r-xp 00000000 fe:00 7 /bin/x\n"
            "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 [stack]\n");
        CHECK(layout.top_down);
        CHECK_EQ(layout.mmap_base, vpn_of(0x155555555000));
    }

    TEST_CASE("without [heap] the first recorded break is where the heap begins") {
        const Replayed run("brk(NULL) = 0x556000001000\nbrk(0x556000003000) = 0x556000003000\n");
        CHECK_EQ(run.maps(), "556000001000-556000003000 rw-p 00000000 [heap]\n");
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a recorded break tells the byte at which [heap] ends") {
        const Replayed run("brk(NULL) = 0x555555590800\nbrk(0x555555591000) = 0x555555591000\n",
                           with_maps(kProgram));
        CHECK(run.divergences().empty());
        CHECK(run.events().empty());
    }

    TEST_CASE("shared anonymous memory and SysV segments come back as what they are") {
        const Replayed run(
            "shmdt(0x20000) = 0\n",
            with_maps("10000-11000 rw-s 00000000 00:01 5 /dev/zero (deleted)\n"
                      "20000-22000 rw-s 00000000 00:01 3 /SYSV0000002a (deleted)\n"));
        CHECK_EQ(run.maps(), "10000-11000 rw-s 00000000 /dev/zero (deleted)\n");
        CHECK_EQ(run.engine().world().shmem_live, 1);
        CHECK(run.divergences().empty());
    }

    TEST_CASE("maps that cannot be are refused with their place") {
        CHECK_THROWS_WITH(Replayed("# nothing\n", with_maps("10000-9000 rw-p 00000000 00:00 0\n")),
                          "initial maps:1:1: the mapping ends before it begins");
    }
}

}  // namespace mmsim
