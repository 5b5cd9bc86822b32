// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/engine.h"

#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;
using Strings = std::vector<std::string>;

// Mappings that merge as long as nobody has written to both of them.
constexpr std::string_view kUpper =
    "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x20000";
constexpr std::string_view kLower =
    "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x18000";
constexpr std::string_view kMiddle =
    "mmap(NULL, 24576, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x1a000";

ReplayOptions with_faults(PageFaults choice) {
    ReplayOptions options;
    options.page_faults = choice;
    return options;
}

TraceLimits limits_of(const Engine& engine) {
    const World& world = engine.world();
    const ProcessLimits& process = world.mms[engine.processes().front().mm.index].limits;
    TraceLimits limits;
    limits.max_map_count = world.system.max_map_count;
    limits.rlimit_as = process.as;
    limits.rlimit_memlock = process.memlock;
    return limits;
}

std::string json(const std::string& keys, const std::string& events) {
    return "{\"mmsim_trace\": 1, " + keys + (keys.empty() ? "" : ", ") + "\"events\": [" + events +
           "]}";
}

}  // namespace

TEST_SUITE("replay/engine") {
    TEST_CASE("a trace without events still has a layout") {
        const Replayed run(json(R"("maps": ["10000-12000 r--p 00000000 00:00 0"])", ""));
        CHECK_EQ(run.maps(), "10000-12000 r--p 00000000\n");
        CHECK_EQ(run.engine().events(), 0);
        CHECK_EQ(run.lives(), Strings{"process 1"});
    }

    TEST_CASE("params reach the driver that they were written for, and are checked") {
        const auto refuses = [](const std::string& params, const ReplayOptions& options) {
            const std::string event =
                R"({"op": "mmap", "addr": 0, "length": 4096, "prot": "PROT_READ", )"
                R"("flags": "MAP_PRIVATE", "file": "f", "offset": 0})";
            const Replayed run(json(R"("files": [{"id": "f", "path": "/f", "driver": "afs",)"
                                    R"( "params": )" +
                                        params + "}]",
                                    event),
                               options);
            return run.maps().empty();
        };
        CHECK_FALSE(refuses("{}", {}));
        CHECK(refuses(R"({"read_folio": 0})", {}));
        CHECK_THROWS_WITH(refuses(R"({"read": 0})", {}),
                          "trace:1:83: file 'f': driver 'afs' has no param 'read'; "
                          "it has read_folio");
        ReplayOptions elsewhere;
        elsewhere.bindings = {{"/f", "ext4"}};
        CHECK_FALSE(refuses(R"({"read_folio": 0})", elsewhere));
    }

    TEST_CASE("--initial-maps wins over the layout of the trace") {
        ReplayOptions options;
        options.initial_maps_text = "20000-22000 r--p 00000000 00:00 0\n";
        const Replayed run(json(R"("maps": ["10000-12000 r--p 00000000 00:00 0"])", ""), options);
        CHECK_EQ(run.maps(), "20000-22000 r--p 00000000\n");
    }

    TEST_CASE("the kernel is the option's, else the trace's, else the newest") {
        ReplayOptions options;
        CHECK_EQ(Replayed(json("", "")).engine().profile().name, "7.3");
        CHECK_EQ(Replayed(json(R"("kernel": "6.18")", "")).engine().profile().name, "6.18");
        options.kernel = KernelVersion::v6_12;
        CHECK_EQ(Replayed(json(R"("kernel": "6.18")", ""), options).engine().profile().name,
                 "6.12");
    }

    TEST_CASE("--hook prepare is refused where the kernel has no such hook") {
        ReplayOptions options;
        options.kernel = KernelVersion::v6_12;
        options.hook = HookChoice::prepare;
        CHECK_THROWS_WITH(Replayed(json("", ""), options),
                          "--hook prepare: kernel 6.12 has no mmap_prepare");
    }

    TEST_CASE("strace text is replayed without limits, JSON with those of its format") {
        const TraceLimits strace = limits_of(Replayed("# nothing\n").engine());
        CHECK_EQ(strace.rlimit_memlock, TraceLimits::Limit{kUnlimited});
        CHECK_EQ(strace.max_map_count, 65530);
        CHECK_EQ(limits_of(Replayed(json("", "")).engine()).rlimit_memlock,
                 TraceLimits::Limit{std::uint64_t{8} << 20});
    }

    TEST_CASE("limits of options win over the trace key by key, --max-map-count over all") {
        ReplayOptions options;
        options.limits.emplace();
        options.limits->rlimit_as = TraceLimits::Limit{4096};
        options.limits->max_map_count = 7;
        const std::string text =
            json(R"("limits": {"rlimit_as": 1, "rlimit_memlock": 2, "max_map_count": 3})", "");
        const TraceLimits limits = limits_of(Replayed(text, options).engine());
        CHECK_EQ(limits.rlimit_as, TraceLimits::Limit{4096});
        CHECK_EQ(limits.rlimit_memlock, TraceLimits::Limit{2});
        CHECK_EQ(limits.max_map_count, 7);
        options.max_map_count = 9;
        CHECK_EQ(limits_of(Replayed(text, options).engine()).max_map_count, 9);
    }

    TEST_CASE("setrlimit holds from there on") {
        const Replayed run(
            lines({"setrlimit(RLIMIT_AS, {rlim_cur=8192, rlim_max=8192}) = 0",
                   "mmap(NULL, 16384, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
                   "-1 ENOMEM (Cannot allocate memory)"}));
        CHECK(run.divergences().empty());
    }

    TEST_CASE("without a touch in the trace, small writable areas count as written") {
        const std::string text = lines({kUpper, kLower, kMiddle});
        CHECK_EQ(Replayed(text).engine().page_faults(), PageFaults::eager);
        CHECK_EQ(Replayed(text).maps(), "18000-20000 rw-p 00000000\n20000-22000 rw-p 00000000\n");
        CHECK_EQ(Replayed(text, with_faults(PageFaults::trace)).maps(),
                 "18000-22000 rw-p 00000000\n");
    }

    TEST_CASE("a touch anywhere in the trace says that nothing else is touched") {
        const std::string text = lines({kUpper, kLower, kMiddle, "# touch 0x18000 4096 w"});
        CHECK_EQ(Replayed(text).engine().page_faults(), PageFaults::trace);
        CHECK_EQ(Replayed(text).maps(), "18000-22000 rw-p 00000000\n");
        const std::string event = R"({"op": "touch", "addr": 1, "length": 1})";
        CHECK_EQ(Replayed(json("", event)).engine().page_faults(), PageFaults::trace);
        CHECK_EQ(Replayed("{\"mmsim_trace\": 1}\n" + event + "\n").engine().page_faults(),
                 PageFaults::trace);
        CHECK_EQ(Replayed("{\"mmsim_trace\": 1}\n").engine().page_faults(), PageFaults::eager);
    }

    TEST_CASE("a touch gives a private mapping its anon_vma") {
        const std::string text =
            lines({kUpper, "# touch 0x20000 4096 w", kLower, "# touch 0x18000 4096 w", kMiddle});
        CHECK_EQ(Replayed(text).maps(), "18000-20000 rw-p 00000000\n20000-22000 rw-p 00000000\n");
    }

    TEST_CASE("eager faults come before the next event, whatever that is") {
        const std::string text = lines({kUpper, "mprotect(0x20000, 8192, PROT_READ) = 0"});
        CHECK_EQ(Replayed(text).flags(), "rd mr mw me ac\n");
        CHECK_EQ(Replayed(text, with_faults(PageFaults::trace)).flags(), "rd mr mw me\n");
    }

    TEST_CASE("large, fixed, shared and read-only areas do not count as written") {
        for (const char* call :
             {"mmap(NULL, 528384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
              "mmap(0x20000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, "
              "0)",
              "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)",
              "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"}) {
            CAPTURE(call);
            const Replayed run(lines({std::string(call) + " = 0x20000", "munlockall() = 0"}));
            CHECK_EQ(run.engine().world().anon_vmas.live(), 0);
        }
    }

    TEST_CASE("what mprotect made writable counts as written") {
        const Replayed run(
            lines({"mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
                   "0x20000",
                   "mprotect(0x20000, 4096, PROT_READ|PROT_WRITE) = 0",
                   "mprotect(0x20000, 4096, PROT_NONE) = 0"}));
        CHECK_EQ(run.flags(), "mr mw me ac\nmr mw me\n");
    }

    TEST_CASE("a failure that an event asks for is counted inside that event") {
        const std::string map = R"({"op": "mmap", "addr": 65536, "length": 4096, "prot": 1,
            "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS")";
        const Replayed run(json("", map + "}, " + map + R"(, "fail": {"point": "vma_alloc", "n": 1,
            "errno": "ENOSPC"}}, )" + map +
                                        "}"));
        CHECK_EQ(run.steps(), Strings{"ok", "ENOSPC", "ok"});
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a failure point that does not exist is refused with its place") {
        CHECK_THROWS_WITH(Replayed(json("", R"({"op": "munmap", "addr": 0, "length": 1,
            "fail": {"point": "nowhere"}})")),
                          "trace:2: there is no failure point 'nowhere'");
    }

    TEST_CASE("--fail counts the passings of the whole run") {
        ReplayOptions options;
        options.faults = {{FailPoint::vma_alloc, 2, true, Errno::ok}};
        const std::string map = R"({"op": "mmap", "length": 4096, "prot": 1,
            "flags": "MAP_SHARED|MAP_ANONYMOUS"})";
        const Replayed run(json("", map + ", " + map + ", " + map), options);
        CHECK_EQ(run.steps(), Strings{"ok", "ENOMEM", "ENOMEM"});
    }

    TEST_CASE("a declared driver serves the files that name it") {
        const Replayed run(json(R"("files": [{"id": "d", "path": "/dev/w", "driver": "widget"}],
            "drivers": [{"name": "widget", "mmap_prepare": [{"require": "pages <= 1",
            "errno": "EINVAL"}]}])",
                                R"({"op": "mmap", "addr": 65536, "length": 8192, "file": "d",
            "prot": "PROT_READ", "flags": "MAP_PRIVATE|MAP_FIXED"},
            {"op": "mmap", "addr": 65536, "length": 4096, "file": "d",
            "prot": "PROT_READ", "flags": "MAP_PRIVATE|MAP_FIXED"})"));
        CHECK_EQ(run.steps(), Strings{"EINVAL", "ok"});
    }

    TEST_CASE("a driver that does not exist is refused") {
        CHECK_THROWS_WITH(Replayed(json(R"("files": [{"id": "d", "driver": "widget"}])", "")),
                          "trace:1:30: file 'd': there is no driver 'widget'");
    }

    TEST_CASE("the layout is searched downwards unless told or seen otherwise") {
        const std::string map = R"({"op": "mmap", "length": 4096, "prot": 1,
            "flags": "MAP_PRIVATE|MAP_ANONYMOUS"})";
        const std::string base = R"("layout": {"mmap_base": "0x40000000"})";
        CHECK_EQ(Replayed(json(base, map)).maps(), "3ffff000-40000000 r--p 00000000\n");
        ReplayOptions options;
        options.layout = LayoutChoice::bottom_up;
        CHECK_EQ(Replayed(json(base, map), options).maps(),
                 "2aaaaaaaa000-2aaaaaaab000 r--p 00000000\n");
    }

    TEST_CASE("seals are judged like any call") {
        const Replayed run(lines({"memfd_create(\"m\", MFD_ALLOW_SEALING) = 3",
                                  "fcntl(3, F_ADD_SEALS, F_SEAL_WRITE) = 0",
                                  "mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, 3, 0) = -1 EPERM (x)",
                                  "memfd_create(\"n\", 0) = 4",
                                  "fcntl(4, F_ADD_SEALS, F_SEAL_WRITE) = -1 EPERM (x)"}));
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a memfd that can't be executed begins with that seal, and takes others") {
        const Replayed run(lines({"memfd_create(\"m\", MFD_NOEXEC_SEAL) = 3",
                                  "mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, 3, 0) = 0x10000",
                                  "fcntl(3, F_ADD_SEALS, F_SEAL_EXEC) = 0",
                                  "fcntl(3, F_ADD_SEALS, F_SEAL_WRITE) = -1 EBUSY (x)"}));
        CHECK(run.divergences().empty());
    }

    TEST_CASE("memory of huge pages: without a file, of a memfd, of /dev/hugepages") {
        const std::string anonymous = "PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB";
        const Replayed run(
            lines({"mmap(NULL, 1, " + anonymous + "|MAP_NORESERVE, -1, 0) = 0x10000000",
                   "mmap(NULL, 1, " + anonymous + ", -1, 0) = -1 ENOMEM (x)",
                   "memfd_create(\"m\", MFD_HUGETLB|30<<MFD_HUGE_SHIFT) = 3",
                   "mmap(NULL, 1, PROT_READ, MAP_PRIVATE|MAP_NORESERVE, 3, 0) = 0x40000000",
                   "openat(AT_FDCWD, \"/dev/hugepages/f\", O_RDWR) = 4",
                   "mmap(NULL, 1, PROT_READ, MAP_SHARED|MAP_NORESERVE, 4, 0) = 0x20000000"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), lines({"10000000-10200000 r--p 00000000 /anon_hugepage (deleted)",
                                    "20000000-20200000 r--s 00000000 /dev/hugepages/f",
                                    "40000000-80000000 r--p 00000000 /memfd:m (deleted)"}));
    }

    TEST_CASE("rule 5.3: lengths of mremap that a huge page covers are the same") {
        const Replayed run(
            lines({"mmap(NULL, 1, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_NORESERVE, "
                   "-1, 0) = 0x10000000",
                   "mremap(0x10000000, 4096, 2097152, MREMAP_MAYMOVE) = 0x10000000"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000000-10200000 r--p 00000000 /anon_hugepage (deleted)\n");
    }

    TEST_CASE("huge pages that the kernel had are forced on a pool that has none left") {
        const Replayed run(
            lines({"mmap(NULL, 2097152, PROT_READ, "
                   "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0) = 0x10000000"}));
        REQUIRE_EQ(run.divergences().size(), 1);
        CHECK_EQ(run.maps(), "10000000-10200000 r--p 00000000 /anon_hugepage (deleted)\n");
    }

    TEST_CASE(
        "rule 3.3: a socket refuses to be mapped when what was there is gone, a pipe before") {
        const std::string map = "PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = ";
        for (const char* socket : {"socket:[77]", "UDP:[77]", "UNIX-STREAM:[77->78]"}) {
            const std::string fd = std::string("3<") + socket + ">";
            const Replayed run(
                lines({"mmap(0x10000, 12288, " + map + "0x10000",
                       "mmap(0x11000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, " + fd +
                           ", 0) = -1 ENODEV (x)",
                       "mmap(0x12000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, 4<pipe:[9]>, 0) = "
                       "-1 ENODEV (x)",
                       "mmap(0x12000, 4096, PROT_EXEC, MAP_PRIVATE|MAP_FIXED, 4<pipe:[9]>, 0) = "
                       "-1 EPERM (x)"}));
            CHECK(run.divergences().empty());
            CHECK_EQ(run.maps(), lines({"10000-11000 r--p 00000000", "12000-13000 r--p 00000000"}));
        }
    }

    TEST_CASE("the hint of DONTUNMAP, which strace leaves out, is guessed from where it led") {
        ReplayOptions options;
        options.addresses = Addresses::simulated;
        const Replayed run(
            lines({"mmap(0x10000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = "
                   "0x10000",
                   "mremap(0x10000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = 0x30000"}),
            options);
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), lines({"10000-11000 r--p 00000000", "30000-31000 r--p 00000000"}));
    }

    TEST_CASE("directories, /proc and devices without memory can't be mapped") {
        const Replayed run(
            lines({"openat(AT_FDCWD, \"/tmp\", O_RDONLY|O_DIRECTORY) = 3",
                   "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = -1 ENODEV (x)",
                   "openat(AT_FDCWD, \"/proc/self/maps\", O_RDONLY) = 4",
                   "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 4, 0) = -1 ENODEV (x)",
                   "mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE, 4, 0) = -1 EPERM (x)",
                   "openat(AT_FDCWD, \"/dev/null\", O_RDWR) = 5",
                   "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 5, 0) = -1 ENODEV (x)",
                   "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 6</dev/pts/0<char 136:0>>, 0) = -1 "
                   "ENODEV (x)"}));
        CHECK(run.divergences().empty());
    }

    TEST_CASE("seals on what the trace does not show being opened are taken as recorded") {
        const Replayed run(lines({"fcntl(3<pipe:[9]>, F_ADD_SEALS, F_SEAL_WRITE) = -1 EINVAL (x)",
                                  "fcntl(4</memfd:m>, F_ADD_SEALS, F_SEAL_WRITE) = 0"}));
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a shadow stack lies where it was recorded, and nowhere on a machine without them") {
        const Replayed run(
            lines({"map_shadow_stack(NULL, 8192, SHADOW_STACK_SET_TOKEN) = "
                   "0x7f0000000000",
                   "map_shadow_stack(NULL, 4096, 0) = -1 EOPNOTSUPP (x)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "7f0000000000-7f0000002000 rw-p 00000000\n");
        CHECK_EQ(run.flags(), "rd wr mr mw me ac ss\n");
    }

    TEST_CASE("io_setup maps a ring of its own, which goes with io_destroy") {
        const std::string begin =
            "io_setup(64, [0x7f0000000000]) = 0\nio_setup(1024, [0x7f0000002000]) = 0\n"
            "mprotect(0x7f0000001000, 4096, PROT_READ) = 0\n";
        const Replayed run(begin);
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(),
                 "7f0000000000-7f0000001000 rw-s 00000000 /[aio] (deleted)\n"
                 "7f0000001000-7f0000002000 r--s 00001000 /[aio] (deleted)\n"
                 "7f0000002000-7f0000013000 rw-s 00000000 /[aio] (deleted)\n");
        const Replayed gone(std::string(begin) +
                            "io_destroy(0x7f0000002000) = 0\n"
                            "io_destroy(0x7f0000999000) = 0\n");
        CHECK_EQ(gone.maps(),
                 "7f0000000000-7f0000001000 rw-s 00000000 /[aio] (deleted)\n"
                 "7f0000001000-7f0000002000 r--s 00001000 /[aio] (deleted)\n");
    }

    TEST_CASE("secret memory is locked, not dumped and not executed") {
        const Replayed run(lines({"memfd_secret(0) = 3",
                                  "mmap(NULL, 4096, PROT_EXEC, MAP_SHARED, 3, 0) = -1 EPERM (x)",
                                  "mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x10000"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000-11000 r--s 00000000 /secretmem (deleted)\n");
    }
}

}  // namespace mmsim
