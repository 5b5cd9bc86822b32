// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>

#include <doctest/doctest.h>

#include "support/program.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

// A page out of 400 is mapped in turn, and now and then one is unmapped.
std::string noise() {
    std::string events;
    for (int i = 0; i < 400; ++i) {
        events += map_event("0x" + std::to_string(20000 + i % 90 * 1000), 1) + ",";
        if (i % 7 == 3)
            events += unmap_event("0x" + std::to_string(20000 + i % 90 * 1000), 1) + ",";
    }
    return events;
}

std::string strace_noise() {
    std::string text;
    for (int i = 0; i < 200; ++i) {
        const std::string addr = "0x" + std::to_string(30000 + i % 50 * 2000);
        text += "7 mmap(" + addr +
                ", 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = " + addr +
                "\n7 openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY) = 3\n7 close(3) = 0\n";
    }
    return text;
}

}  // namespace

TEST_SUITE("cli/reduce") {
    TEST_CASE("a leak: its two maps are left of hundreds of events, and the trace shows it alone") {
        const TemporaryFolder folder;
        const std::string device = R"("files": [{"id": "d", "path": "/dev/d", "driver": "afs_ref",
            "mode": "rw"}], )";
        const auto mapped = [](const std::string& at, int offset) {
            return R"({"op": "mmap", "addr": ")" + at +
                   R"(", "length": 4096, "prot": "PROT_READ", "flags": "MAP_SHARED|MAP_FIXED", )" +
                   R"("file": "d", "offset": )" + std::to_string(offset) + "},";
        };
        folder.write("t.json",
                     json_trace(noise() + mapped("0x200000", 0) + noise() +
                                    mapped("0x201000", 4096) + noise() + unmap_event("0x20000", 1),
                                device));
        const std::string small = folder.path("small.json");
        const auto run = run_mmsim(
            {"reduce", folder.path("t.json"), "--keep", "leak:reference/users", "-o", small});
        CAPTURE(run.err);
        CHECK_EQ(run.status, 0);
        CHECK_EQ(run.out, "");
        CHECK_EQ(count(folder.read("small.json"), "\"op\""), 2);
        const auto again = run_mmsim({"replay", small, "--fail-on", "leaks>0"});
        CHECK_EQ(again.status, 1);
    }

    TEST_CASE("a diagnostic of a device in a trace that was packed") {
        const TemporaryFolder folder;
        const std::string packed = folder.path("t.json.gz");
        CHECK_EQ(run_shell("gzip -c traces/diagnostics/late-enodev.json >'" + packed + "'").status,
                 0);
        const auto run = run_mmsim({"reduce", packed, "--keep", "late-enodev"});
        CAPTURE(run.err);
        CHECK_EQ(run.status, 0);
        CHECK_EQ(count(run.out, "\"op\""), 1);
    }

    TEST_CASE("a divergence of strace text: the call that differs, as JSON") {
        const TemporaryFolder folder;
        folder.write("t.strace",
                     strace_noise() +
                         "7 munmap(0x31000, 100) = -1 ENOMEM (Cannot allocate memory)\n" +
                         strace_noise());
        const auto run = run_mmsim({"reduce", folder.path("t.strace"), "--keep", "divergence"});
        CAPTURE(run.err);
        CHECK_EQ(run.status, 0);
        CHECK_EQ(count(run.out, "\"op\""), 1);
        CHECK_EQ(count(run.out, "\"op\": \"munmap\""), 1);
    }

    TEST_CASE("a threshold: as many maps as it takes to cross it") {
        const TemporaryFolder folder;
        folder.write("t.strace", strace_noise());
        const auto run = run_mmsim({"reduce", folder.path("t.strace"), "--keep", "vmas>9"});
        CAPTURE(run.err);
        CHECK_EQ(run.status, 0);
        CHECK_EQ(count(run.out, "\"op\""), 10);
    }

    TEST_CASE("an error of one call") {
        const TemporaryFolder folder;
        folder.write("t.json", json_trace(noise() + protect_event("0xdead0000", 1) + "," + noise() +
                                          unmap_event("0x20000", 1)));
        const auto run = run_mmsim({"reduce", folder.path("t.json"), "--keep", "mprotect:ENOMEM"});
        CHECK_EQ(run.status, 0);
        CHECK_EQ(count(run.out, "\"op\""), 1);
        CHECK_EQ(count(run.out, "\"op\": \"mprotect\""), 1);
    }

    TEST_CASE("an interrupt writes the least that was found so far, which shows it, and says so") {
        const TemporaryFolder folder;
        std::string trace = "{\"mmsim_trace\": 1}\n";
        for (int i = 0; i < 4000; ++i) {
            trace += map_event("0x" + std::to_string(200000 + i * 2000), 1) + "\n";
        }
        folder.write("t.jsonl", trace);
        folder.write("small.jsonl", "old");
        const std::string small = folder.path("small.jsonl");
        const auto run =
            run_mmsim({"reduce", folder.path("t.jsonl"), "--keep", "vmas>3000", "-o", small},
                      {.signal_after = "the shortest beginning"});
        CAPTURE(run.err);
        CHECK_EQ(run.status, 130);
        CHECK(run.err.ends_with(" events 3,001 are left, some of which could still go\n"));
        CHECK_EQ(count(folder.read("small.jsonl"), "\"op\""), 3001);
        CHECK_EQ(run_mmsim({"replay", small, "--fail-on", "vmas>3000"}).status, 1);
    }
}
