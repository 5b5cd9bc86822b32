// SPDX-License-Identifier: GPL-2.0-or-later
// Programs of which the trace does not say where they lie.
#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;

// "/a" with 2 pages of data, and [vdso] below a loader with 2 pages of data.
constexpr std::string_view kInitial =
    "500000000000-500000001000 r--p 00000000 08:01 7 /a\n"
    "500000001000-500000003000 rw-p 00001000 08:01 7 /a\n"
    "500000003000-500000004000 rw-p 00000000 00:00 0\n"
    "700000000000-700000001000 r-xp 00000000 00:00 0 [vdso]\n"
    "700000001000-700000002000 r--p 00000000 08:01 9 /ld.so\n"
    "700000002000-700000004000 rw-p 00001000 08:01 9 /ld.so\n"
    "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 [stack]\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";

ReplayOptions initial(Addresses addresses = Addresses::recorded) {
    ReplayOptions options;
    options.initial_maps_text = kInitial;
    options.addresses = addresses;
    return options;
}

constexpr std::string_view kFirst = "execve(\"/a\", [\"/a\"], []) = 0";
constexpr std::string_view kOther = "execve(\"/b\", [\"/b\"], []) = 0";
constexpr std::string_view kMap =
    "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x60000fffe000";

}  // namespace

TEST_SUITE("replay/unseen image") {
    TEST_CASE("calls that succeed show what was mapped all along, in a program that is not known") {
        const Replayed run(lines(
            {kOther, "brk(NULL) = 0x500000000000", "mprotect(0x400000001000, 4096, PROT_READ) = 0",
             "mprotect(0x7fff00001000, 4096, PROT_READ|PROT_GROWSDOWN) = 0",
             "madvise(0x600000000000, 8192, MADV_DONTFORK) = 0", "mlock(0x600000001800, 4096) = 0",
             "munmap(0x600000000000, 4096) = 0"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), lines({"400000001000-400000002000 r--p 00000000 /b",
                                    "600000001000-600000002000 rw-p 00000000",
                                    "600000002000-600000003000 rw-p 00000000",
                                    "7fff00001000-7fff00002000 r--p 00000000"}));
        REQUIRE_EQ(run.engine().missing().size(), 1);
        CHECK_EQ(run.engine().missing()[0].what, "the layout at the start");
    }

    TEST_CASE("calls that fail show nothing, nor do calls of a program that is known") {
        const std::string_view fails =
            "mprotect(0x400000001000, 4096, PROT_READ) = -1 ENOMEM (Cannot allocate memory)";
        CHECK_EQ(Replayed(lines({kOther, fails})).maps(), "");
        CHECK(Replayed(lines({kOther, fails})).divergences().empty());
        const std::string_view succeeds = "mprotect(0x400000001000, 4096, PROT_READ) = 0";
        CHECK_EQ(Replayed(lines({kFirst, succeeds}), initial()).divergences(),
                 std::vector<std::string>{"2 forced"});
        CHECK_EQ(Replayed(lines({succeeds})).divergences(), std::vector<std::string>{"1 forced"});
    }

    TEST_CASE("so it is in JSON, where the execve names no mappings") {
        const std::string protect = R"({"op": "mprotect", "addr": "0x400000001000",
            "length": 4096, "prot": "PROT_READ", "result": 0})";
        const auto trace = [&](const std::string& execve) {
            return R"({"mmsim_trace": 1, "layout": {"brk": "0x500000000000"}, "events": [
                {"op": "execve")" +
                   execve + R"(}, )" + protect + "]}";
        };
        const Replayed run(trace(R"(, "program": "/b")"));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "400000001000-400000002000 r--p 00000000\n");
        const Replayed known(trace(R"(, "maps": ["10000-11000 r--p 00000000 00:00 0"])"));
        CHECK_EQ(known.divergences().size(), 1);
        CHECK_EQ(known.maps(), "10000-11000 r--p 00000000\n");
    }

    TEST_CASE("the loader of another program lies with [vdso] above its first mapping") {
        for (const Addresses addresses : {Addresses::recorded, Addresses::simulated}) {
            const Replayed run(
                lines({kFirst, kOther, kMap, "mprotect(0x600010002000, 4096, PROT_READ) = 0"}),
                initial(addresses));
            CHECK(run.divergences().empty());
            CHECK_EQ(run.maps(), lines({"60000fffe000-600010000000 rw-p 00000000",
                                        "600010000000-600010001000 r-xp 00000000 [vdso]",
                                        "600010001000-600010002000 r--p 00000000 /ld.so",
                                        "600010002000-600010003000 r--p 00001000 /ld.so",
                                        "600010003000-600010004000 rw-p 00002000 /ld.so"}));
        }
    }

    TEST_CASE("data that is not at the loader's distance from the first mapping is not its") {
        const Replayed run(
            lines({kFirst, kOther, kMap, "mprotect(0x600010003000, 4096, PROT_READ) = 0"}),
            initial());
        CHECK_EQ(run.maps(), lines({"60000fffe000-600010000000 rw-p 00000000",
                                    "600010003000-600010004000 r--p 00000000"}));
    }

    TEST_CASE("the program that the trace begins with is known when it is run again") {
        const std::string_view protect = "mprotect(0x510000001000, 4096, PROT_READ) = 0";
        const Replayed again(lines({kFirst, kFirst, protect}), initial());
        CHECK(again.divergences().empty());
        CHECK_EQ(again.maps(), lines({"510000000000-510000001000 r--p 00000000 /a",
                                      "510000001000-510000002000 r--p 00001000 /a",
                                      "510000002000-510000003000 rw-p 00002000 /a",
                                      "510000003000-510000004000 rw-p 00000000"}));
        const auto& extra = again.engine().extra_lines(again.engine().processes()[0].mm);
        REQUIRE_EQ(extra.size(), 1);
        CHECK(extra[0].text.ends_with("[vsyscall]"));
        const Replayed other(lines({kFirst, kOther, protect}), initial());
        CHECK_EQ(other.maps(), lines({"510000001000-510000002000 r--p 00000000"}));
    }

    TEST_CASE("mappings of a program that is not known are placed below, or above, its first") {
        ReplayOptions options;
        options.addresses = Addresses::simulated;
        const std::string next = "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = ";
        CHECK(Replayed(lines({kOther, kMap, next + "0x60000fffd000"}), options)
                  .divergences()
                  .empty());
        const std::string low =
            "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
            "0x2b0000000000";
        CHECK(
            Replayed(lines({kOther, low, next + "0x2b0000002000"}), options).divergences().empty());
    }
}

}  // namespace mmsim
