// SPDX-License-Identifier: GPL-2.0-or-later
// -o maps, smaps and delta.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr const char* kHeapLayout = R"("layout": {"brk": "0x555555560000"}, )";

std::string brk_event(const std::string& addr) {
    return R"({"op": "brk", "addr": ")" + addr + "\"}";
}

// Lines behind each heading "# pid N", or behind "" where there is none.
using Blocks = std::map<std::string, std::vector<std::string>>;

Blocks blocks_of(const std::string& layout) {
    Blocks blocks;
    std::string pid;
    std::istringstream in(layout);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("# pid ")) {
            pid = line.substr(6);
            blocks[pid];
        } else {
            blocks[pid].push_back(line);
        }
    }
    return blocks;
}

// What is left when the deltas are applied; fails when a line goes that is not there.
Blocks applied(const Blocks& initial, const std::string& delta) {
    Blocks blocks = initial;
    std::string pid;
    std::istringstream in(delta);
    for (std::string line; std::getline(in, line);) {
        if (line[0] == '@') {
            const auto at = line.find(" pid ");
            pid = at == std::string::npos ? "" : line.substr(at + 5);
            continue;
        }
        auto& block = blocks[pid];
        const std::string text = line.substr(1);
        if (line[0] == '+') {
            block.push_back(text);
        } else {
            const auto gone = std::ranges::find(block, text);
            CHECK_MESSAGE(gone != block.end(), "no such line: " << text);
            if (gone != block.end()) block.erase(gone);
        }
    }
    for (auto& [name, block] : blocks) std::ranges::sort(block);
    return blocks;
}

}  // namespace

TEST_SUITE("report/maps") {
    TEST_CASE("a single process needs no heading") {
        const Replayed replayed(json_trace(map_event("0x7f0000000000", 2)));
        CHECK_EQ(replayed.layout(), "7f0000000000-7f0000002000 rw-p 00000000 00:00 0 \n");
    }

    TEST_CASE("several address spaces come in order of appearance, each under its pid") {
        const Replayed replayed(json_trace(map_event("0x7f0000000000", 2) +
                                           R"(, {"op": "fork", "child": 7, "flags": 0}, )" +
                                           unmap_event("0x7f0000000000", 1)));
        CHECK_EQ(replayed.layout(),
                 "# pid 1\n7f0000001000-7f0000002000 rw-p 00000000 00:00 0 \n"
                 "# pid 7\n7f0000000000-7f0000002000 rw-p 00000000 00:00 0 \n");
    }

    TEST_CASE("a process that ended is shown as it was at its exit") {
        const Replayed replayed(json_trace(map_event("0x7f0000000000", 2) + R"(, {"op": "exit"})"));
        CHECK_EQ(replayed.layout(), "7f0000000000-7f0000002000 rw-p 00000000 00:00 0 \n");
        CHECK_EQ(replayed.layout(LayoutForm::smaps),
                 "7f0000000000-7f0000002000 rw-p 00000000 00:00 0 \n"
                 "VmFlags: rd wr mr mw me ac \n");
        const ProcessState state = replayed.report().processes.items[0].state;
        CHECK(state.exited);
        CHECK_EQ(state.map_count, 1);
        CHECK_EQ(state.vmas.size(), 1);
    }

    TEST_CASE("smaps puts the flags under each line, in the kernel's order") {
        const Replayed replayed(json_trace(map_event("0x7f0000000000", 1) +
                                           R"(, {"op": "madvise", "addr": "0x7f0000000000",
            "length": 4096, "advice": "MADV_DONTFORK"})"));
        CHECK_EQ(replayed.layout(LayoutForm::smaps),
                 "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
                 "VmFlags: rd wr mr mw me dc ac \n");
    }
}

TEST_SUITE("report/delta") {
    TEST_CASE("an event that changes no layout has no entry") {
        Replayed replayed(json_trace(map_event("0x20000", 2) + ",\n" + unmap_event("0x90000", 2) +
                                     ",\n" + protect_event("0x20000", 2, "PROT_READ|PROT_WRITE")));
        CHECK_EQ(replayed.delta(), "@ 1\n+00020000-00022000 rw-p 00000000 00:00 0 \n");
    }

    TEST_CASE("a split shows the old line and the new ones in address order") {
        Replayed replayed(json_trace(map_event("0x20000", 3) + ",\n" + unmap_event("0x21000", 1)));
        CHECK_EQ(replayed.delta(),
                 "@ 1\n+00020000-00023000 rw-p 00000000 00:00 0 \n"
                 "@ 2\n-00020000-00023000 rw-p 00000000 00:00 0 \n"
                 "+00020000-00021000 rw-p 00000000 00:00 0 \n"
                 "+00022000-00023000 rw-p 00000000 00:00 0 \n");
    }

    TEST_CASE("the heap grows and goes under its name") {
        Replayed replayed(json_trace(brk_event("0x555555561000") + ",\n" +
                                         brk_event("0x555555561800") + ",\n" +
                                         brk_event("0x555555560000"),
                                     kHeapLayout));
        const std::string blanks(26, ' ');
        const std::string one =
            "555555560000-555555561000 rw-p 00000000 00:00 0" + blanks + "[heap]\n";
        const std::string two =
            "555555560000-555555562000 rw-p 00000000 00:00 0" + blanks + "[heap]\n";
        CHECK_EQ(replayed.delta(), "@ 1\n+" + one + "@ 2\n-" + one + "+" + two + "@ 3\n-" + two);
    }

    TEST_CASE("a line that goes still has its file's name, though the file goes with it") {
        Replayed replayed(json_trace(
            R"({"op": "mmap", "addr": "0x20000", "length": 4096, "prot": "PROT_READ",
                "flags": "MAP_PRIVATE|MAP_FIXED", "file": "a", "offset": 0},
               {"op": "close", "file": "a"},
               {"op": "munmap", "addr": "0x20000", "length": 4096})",
            R"("files": [{"id": "a", "path": "/tmp/a"}], )"));
        const std::string delta = replayed.delta();
        CHECK_EQ(delta.find("/tmp/a\n"), delta.find(" /tmp/a\n") + 1);
        CHECK_NE(delta.find("/tmp/a\n"), delta.rfind("/tmp/a\n"));
    }

    TEST_CASE("with several address spaces every heading names the process") {
        Replayed replayed(json_trace(map_event("0x20000", 1) + ",\n" +
                                     R"({"op": "fork", "child": 7, "flags": 0},)" + "\n" +
                                     unmap_event("0x20000", 1, R"(, "pid": 7)")));
        CHECK_EQ(replayed.delta(),
                 "@ 1 pid 1\n+00020000-00021000 rw-p 00000000 00:00 0 \n"
                 "@ 2 pid 7\n+00020000-00021000 rw-p 00000000 00:00 0 \n"
                 "@ 3 pid 7\n-00020000-00021000 rw-p 00000000 00:00 0 \n");
    }

    TEST_CASE("a mapping whose file loses its name is shown again, in each process that has it") {
        Replayed replayed(
            "10 openat(AT_FDCWD, \"/a\", O_RDWR) = 3\n"
            "10 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x20000\n"
            "10 fork() = 11\n"
            "11 unlink(\"/a\") = 0\n"
            "11 munmap(0x20000, 4096) = 0\n");
        const std::string blanks(26, ' ');
        const std::string line = "00020000-00021000 r--s 00000000 00:00 0" + blanks + "        /a";
        CHECK_EQ(replayed.delta(), "@ 2 pid 10\n+" + line + "\n@ 3 pid 11\n+" + line +
                                       "\n@ 4 pid 10\n-" + line + "\n+" + line +
                                       " (deleted)\n@ 4 pid 11\n-" + line + "\n+" + line +
                                       " (deleted)\n@ 5 pid 11\n-" + line + " (deleted)\n");
    }

    TEST_CASE("the exit of a process takes nothing away: its last layout stands") {
        Replayed replayed(json_trace(map_event("0x20000", 1) + ",\n" + R"({"op": "exit"})"));
        CHECK_EQ(replayed.delta(), "@ 1\n+00020000-00021000 rw-p 00000000 00:00 0 \n");
    }

    TEST_CASE("the initial layout and all deltas make the final layout") {
        // Pseudo-random calls in a small window, over two processes, the second from a fork.
        std::uint32_t random = 1;
        const auto next = [&](std::uint32_t below) {
            random = random * 1664525 + 1013904223;
            return (random >> 16) % below;
        };
        std::string events = R"({"op": "fork", "child": 2, "flags": 0})";
        for (int i = 0; i < 600; ++i) {
            char addr[16];
            std::snprintf(addr, sizeof addr, "0x%x", 0x20000 + next(40) * 0x1000);
            const unsigned pages = 1 + next(6);
            std::string event = i % 3 == 0   ? map_event(addr, pages)
                                : i % 3 == 1 ? protect_event(addr, pages)
                                             : unmap_event(addr, pages);
            if (next(2) == 0) event.insert(event.size() - 1, R"(, "pid": 2)");
            events += ",\n" + event;
        }
        const std::string low = "00030000-00038000 r--p 00000000 00:00 0 ";
        const std::string above = "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0" +
                                  std::string(18, ' ') + "[vsyscall]";
        Replayed replayed(json_trace(
            events, R"("maps": [")" + low.substr(0, low.size() - 1) + "\", \"" + above + "\"], "));
        const Blocks initial = {{"1", {low, above}}};
        Blocks expected = blocks_of(replayed.layout());
        for (auto& [pid, block] : expected) std::ranges::sort(block);
        CHECK_EQ(expected.size(), 2);
        CHECK_EQ(applied(initial, replayed.delta()), expected);
    }
}
