// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/divergence.h"

#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;
using Strings = std::vector<std::string>;

constexpr std::string_view kMapped =
    "mmap(0x10000, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = "
    "0x10000";

ReplayOptions simulated_addresses() {
    ReplayOptions options;
    options.addresses = Addresses::simulated;
    return options;
}

TraceLimits map_limit(std::uint64_t count) {
    TraceLimits limits;
    limits.max_map_count = count;
    return limits;
}

}  // namespace

TEST_SUITE("replay/divergence") {
    TEST_CASE("rule 5.7: who has CAP_SYS_ADMIN may move the pages of others, too") {
        const auto run = [](const char* capabilities, const char* result) {
            return Replayed(std::string(R"({"mmsim_trace": 1, "limits": {"capabilities": [)") +
                            capabilities + R"(]}, "events": [
                {"op": "mmap", "addr": "0x10000", "length": 4096, "prot": "PROT_READ",
                 "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"},
                {"op": "mbind", "addr": "0x10000", "length": 4096, "mode": "MPOL_BIND",
                 "nodes": 1, "flags": "MPOL_MF_MOVE_ALL", "result": )" +
                            result + "}]}")
                .divergences();
        };
        CHECK(run(R"("CAP_SYS_ADMIN")", "0").empty());
        CHECK(run(R"("CAP_SYS_NICE")", "0").empty());
        CHECK(run("", R"("EPERM")").empty());
        CHECK_EQ(run("", "0").size(), 1);
    }

    TEST_CASE("a recorded failure that the simulation would allow leaves no mark") {
        const Replayed run(
            lines({kMapped, "munmap(0x11000, 4096) = -1 EINVAL (Invalid argument)"}));
        CHECK_EQ(run.divergences(), Strings{"2 not_applied"});
        CHECK_EQ(run.maps(), "10000-14000 rw-p 00000000\n");
        CHECK_EQ(run.events(), Strings{"1:mmap"});
        CHECK_EQ(run.steps(), Strings{"ok", "EINVAL"});
    }

    TEST_CASE("failures for reasons that no trace shows are external") {
        for (const char* name : {"EBADF", "ENODEV", "EACCES", "EPERM", "EAGAIN", "ENOMEM",
                                 "EOPNOTSUPP", "ETXTBSY", "EINTR"}) {
            CAPTURE(name);
            const Replayed run(
                lines({kMapped, std::string("munmap(0x11000, 4096) = -1 ") + name + " (x)"}));
            CHECK_EQ(run.divergences(), Strings{"2 external"});
            CHECK_EQ(run.maps(), "10000-14000 rw-p 00000000\n");
        }
    }

    TEST_CASE("a call that fails both ways keeps what it did before it failed") {
        const Replayed run(lines({kMapped, "mprotect(0x12000, 16384, PROT_READ) = -1 ENOMEM (x)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000-12000 rw-p 00000000\n12000-14000 r--p 00000000\n");
    }

    TEST_CASE("another errno is a divergence of the result") {
        const Replayed run(lines({kMapped, "mprotect(0x12001, 4096, PROT_READ) = -1 ENOSPC (x)"}));
        CHECK_EQ(run.divergences(), Strings{"2 result"});
        CHECK_EQ(run.steps(), Strings{"ok", "EINVAL"});
    }

    TEST_CASE("a recorded success is forced through a limit that would refuse it") {
        ReplayOptions options;
        options.limits = map_limit(1);
        const Replayed run(lines({kMapped, "mprotect(0x11000, 4096, PROT_READ) = 0"}), options);
        CHECK_EQ(run.divergences(), Strings{"2 forced"});
        CHECK_EQ(run.maps(), lines({"10000-11000 rw-p 00000000", "11000-12000 r--p 00000000",
                                    "12000-14000 rw-p 00000000"}));
        CHECK_EQ(run.steps(), Strings{"ok", "ok"});
    }

    TEST_CASE("nothing can force a change of memory that is not there") {
        const Replayed run(lines({"mprotect(0x11000, 4096, PROT_READ) = 0"}));
        CHECK_EQ(run.divergences(), Strings{"1 forced"});
        CHECK_EQ(run.steps(), Strings{"ENOMEM"});
    }

    TEST_CASE("an injected result is no call and no divergence") {
        const Replayed run(
            lines({kMapped, "munmap(0x10000, 16384) = -1 EINVAL (Invalid argument) (INJECTED)",
                   "munmap(0x10000, 16384) = 0 (INJECTED)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000-14000 rw-p 00000000\n");
        CHECK_EQ(run.steps(), Strings{"ok", "skipped", "skipped"});
    }

    TEST_CASE("a recorded address is taken and replaces what lies there") {
        const Replayed run(lines(
            {kMapped, "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x11000"}));
        CHECK_EQ(run.divergences(), Strings{"2 layout"});
        CHECK_EQ(run.maps(), lines({"10000-11000 rw-p 00000000", "11000-12000 r--p 00000000",
                                    "12000-14000 rw-p 00000000"}));
    }

    TEST_CASE("MAP_FIXED replaces what lies there, and that is as it should be") {
        const Replayed run(lines({kMapped,
                                  "mmap(0x11000, 4096, PROT_READ, "
                                  "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x11000"}));
        CHECK(run.divergences().empty());
    }

    TEST_CASE("where MAP_FIXED_NOREPLACE found room there is room") {
        const Replayed run(
            lines({kMapped,
                   "mmap(0x11000, 4096, PROT_READ, "
                   "MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, 0) = 0x11000"}));
        CHECK_EQ(run.divergences(), Strings{"2 layout"});
        CHECK_EQ(run.steps(), Strings{"ok", "ok"});
    }

    TEST_CASE("an mremap goes where it was recorded to go, over what lies there") {
        const Replayed run(lines(
            {kMapped,
             "mmap(0x20000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x20000",
             "mremap(0x10000, 16384, 20480, MREMAP_MAYMOVE) = 0x1d000"}));
        CHECK_EQ(run.divergences(), Strings{"3 layout"});
        CHECK_EQ(run.maps(), "1d000-22000 rw-p 00000000\n");
    }

    TEST_CASE("an mremap that was recorded to grow in place does, over what lies there") {
        const Replayed run(lines(
            {kMapped,
             "mmap(0x14000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x14000",
             "mremap(0x10000, 16384, 20480, MREMAP_MAYMOVE) = 0x10000"}));
        CHECK_EQ(run.divergences(), Strings{"3 layout"});
        CHECK_EQ(run.maps(), "10000-15000 rw-p 00000000\n15000-16000 r--p 00000000\n");
    }

    TEST_CASE("a recorded address at which nothing can be mapped is no place") {
        for (const char* place : {"0x11001", "0xffff800000000000", "0x7ffffffff000"}) {
            CAPTURE(place);
            const Replayed run(lines(
                {std::string("mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = ") +
                 place}));
            CHECK_EQ(run.divergences(), Strings{"1 result"});
            CHECK_EQ(run.maps(), "7ffff7ffe000-7ffff7fff000 r--p 00000000\n");
        }
    }

    TEST_CASE("simulated addresses that differ are told as such, and stand") {
        const Replayed run(
            lines(
                {"mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x11000",
                 "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7ffd000"}),
            simulated_addresses());
        CHECK_EQ(run.divergences(), Strings{"1 address"});
        CHECK_EQ(run.maps(), "7ffff7ffd000-7ffff7fff000 r--p 00000000\n");
    }

    TEST_CASE("brk fails by returning something else") {
        const std::string begin = lines({"brk(NULL) = 0x555000000000"});
        SUBCASE("as recorded, so simulated") {
            const Replayed run(begin + "brk(0x554000000000) = 0x555000000000\n");
            CHECK(run.divergences().empty());
            CHECK_EQ(run.steps(), Strings{"ok", "ENOMEM"});
        }
        SUBCASE("a recorded failure is not applied") {
            const Replayed run(begin + "brk(0x555000001000) = 0x555000000000\n");
            CHECK_EQ(run.divergences(), Strings{"2 not_applied"});
            CHECK_EQ(run.maps(), "");
        }
        SUBCASE("a recorded success is forced") {
            ReplayOptions options;
            TraceLimits limits;
            limits.rlimit_data = TraceLimits::Limit{4096};
            options.limits = limits;
            const Replayed run(begin + "brk(0x555000004000) = 0x555000004000\n", options);
            CHECK_EQ(run.divergences(), Strings{"2 forced"});
            CHECK_EQ(run.maps(), "555000000000-555000004000 rw-p 00000000 [heap]\n");
        }
    }

    TEST_CASE("an unknown result is simulated and compared with nothing") {
        const Replayed run(lines({kMapped, "munmap(0x10000, 4096) = ?"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "11000-14000 rw-p 00000000\n");
    }

    TEST_CASE("a call that was made to fail is not forced") {
        ReplayOptions options;
        options.faults = {{FailPoint::mprotect_split, 1, false, Errno::ok}};
        const Replayed run(lines({kMapped, "mprotect(0x11000, 4096, PROT_READ) = 0",
                                  "mprotect(0x12000, 4096, PROT_READ) = 0"}),
                           options);
        CHECK_EQ(run.divergences(), Strings{"2 result"});
        CHECK_EQ(run.steps(), Strings{"ok", "ENOMEM", "ok"});
    }
}

}  // namespace mmsim
