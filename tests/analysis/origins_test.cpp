// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/origins.h"

#include <doctest/doctest.h>

#include "analysis/vma_groups.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// "22000 mprotect@2" for each boundary of the first process; "?" where nobody in the run made it.
std::vector<std::string> makers(const Report& report, std::size_t process = 0) {
    std::vector<std::string> text;
    for (const Boundary& boundary :
         report.processes.items[process].state.fragmentation.boundaries.list.items) {
        std::ostringstream out;
        out << std::hex << boundary.at.bytes() << ' ' << std::dec;
        if (boundary.made_by.known()) {
            out << mm_op_name(boundary.made_by.op) << '@' << boundary.made_by.event;
        } else {
            out << '?';
        }
        text.push_back(out.str());
    }
    return text;
}
std::vector<std::string> makers_of(const std::string& events, const std::string& keys = "") {
    return makers(Replayed(json_trace(events, keys)).report());
}

using Texts = std::vector<std::string>;

std::string file_map(const std::string& addr, unsigned pages) {
    return R"({"op": "mmap", "addr": ")" + addr + R"(", "length": )" +
           std::to_string(pages * 4096) +
           R"(, "prot": "PROT_READ", "flags": "MAP_PRIVATE|MAP_FIXED", "file": "f", "offset": 0})";
}
constexpr const char* kFile = R"("files": [{"id": "f", "path": "/lib/x.so"}], )";

}  // namespace

TEST_SUITE("analysis/origins") {
    TEST_CASE("an mprotect in the middle made both boundaries") {
        CHECK_EQ(makers_of(map_event("0x20000", 8) + "," + protect_event("0x22000", 2)),
                 Texts{"22000 mprotect@2", "24000 mprotect@2"});
    }

    TEST_CASE("of two neighbours the later mapping made the boundary, on either side") {
        CHECK_EQ(makers_of(map_event("0x20000", 2) + "," + file_map("0x22000", 1), kFile),
                 Texts{"22000 mmap@2"});
        CHECK_EQ(makers_of(file_map("0x22000", 1) + "," + map_event("0x20000", 2), kFile),
                 Texts{"22000 mmap@2"});
    }

    TEST_CASE("a mapping that replaces one made the boundaries anew") {
        CHECK_EQ(makers_of(map_event("0x20000", 2) + "," + file_map("0x22000", 1) + "," +
                               unmap_event("0x30000", 1) + "," + file_map("0x22000", 1),
                           kFile),
                 Texts{"22000 mmap@4"});
    }

    TEST_CASE("who moves an edge made the boundary where it is now") {
        // The writable part grows downwards, as the heap of a thread does.
        CHECK_EQ(makers_of(map_event("0x20000", 8) + "," + protect_event("0x20000", 2) + "," +
                           protect_event("0x22000", 1)),
                 Texts{"23000 mprotect@3"});
        // A new mapping joins the lower one and so comes to touch the upper one.
        CHECK_EQ(makers_of(map_event("0x20000", 2) + "," + file_map("0x23000", 1) + "," +
                               map_event("0x22000", 1),
                           kFile),
                 Texts{"23000 mmap@3"});
        CHECK_EQ(makers_of(file_map("0x20000", 1) + "," + map_event("0x22000", 2) + "," +
                               map_event("0x21000", 1),
                           kFile),
                 Texts{"21000 mmap@3"});
    }

    TEST_CASE("a call that changes flags or swallows a neighbour made no edge that was there") {
        CHECK_EQ(makers_of(map_event("0x20000", 4) + "," + protect_event("0x22000", 2) + "," +
                           protect_event("0x22000", 2, "PROT_NONE")),
                 Texts{"22000 mprotect@2"});
        CHECK_EQ(makers_of(map_event("0x20000", 6) + "," + protect_event("0x22000", 2) + "," +
                           protect_event("0x24000", 2, "PROT_NONE") + "," +
                           protect_event("0x22000", 2, "PROT_NONE")),
                 Texts{"22000 mprotect@2"});
    }

    TEST_CASE("what was there before the first event was made by nobody") {
        const std::string maps = R"("maps": ["00020000-00022000 r--p 00000000 00:00 0",
                                             "00022000-00024000 rw-p 00000000 00:00 0"], )";
        CHECK_EQ(makers_of(protect_event("0x23000", 1), maps),
                 Texts{"22000 ?", "23000 mprotect@1"});
    }

    TEST_CASE("a child's boundaries were made by whoever made its parent's") {
        const Replayed replayed(
            json_trace(map_event("0x20000", 8) + "," + protect_event("0x22000", 2) + R"(,
            {"op": "fork", "child": 2, "flags": 0}, {"op": "mprotect", "pid": 2,
             "addr": "0x26000", "length": 4096, "prot": "PROT_READ"})"));
        CHECK_EQ(makers(replayed.report(), 0), Texts{"22000 mprotect@2", "24000 mprotect@2"});
        CHECK_EQ(makers(replayed.report(), 1), Texts{"22000 mprotect@2", "24000 mprotect@2",
                                                     "26000 mprotect@4", "27000 mprotect@4"});
    }

    TEST_CASE("the maker has its thread, its path and, with stacks, its call site") {
        const Report report =
            Replayed(
                "7 openat(AT_FDCWD, \"/lib/x.so\", O_RDONLY) = 3</lib/x.so>\n"
                "7 mmap(0x20000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED, 3</lib/x.so>, 0) = "
                "0x20000\n"
                " > /usr/lib/libc.so.6(mmap64+0x26) [0x1000]\n"
                " > /opt/prog(load+0x10) [0x20]\n"
                " > /opt/prog(main+0x20) [0x40]\n"
                "8 mprotect(0x21000, 4096, PROT_NONE) = 0\n"
                " > /usr/lib/libc.so.6(mprotect+0x26) [0x1000]\n")
                .report();
        REQUIRE_EQ(report.causes.size(), 1);
        std::vector<std::string> seen;
        for (const ProcessReport& process : report.processes.items) {
            for (const Boundary& b : process.state.fragmentation.boundaries.list.items) {
                seen.push_back(std::to_string(b.made_by.tid) + " " +
                               report.words.text(b.made_by.path) + " " +
                               report.words.text(b.made_by.site));
            }
        }
        CHECK_EQ(seen, Texts{"8 /lib/x.so libc.so.6(mprotect+0x26)"});
    }

    TEST_CASE("memory follows the live VMAs, not the events") {
        const std::string one = map_event("0x20000", 8) + "," + protect_event("0x22000", 2) + "," +
                                unmap_event("0x20000", 8);
        std::string many = one;
        for (unsigned i = 0; i < 20'000; ++i) {
            const std::string addr = std::to_string(0x1000000 + std::uint64_t{i} * 0x3000);
            many += "," + map_event(addr, 2) + "," + protect_event(addr, 1) + "," +
                    unmap_event(addr, 2);
        }
        CHECK_LT(Replayed(json_trace(many)).run.observer().origins().size(), 4096);
    }

    TEST_CASE("what is kept over a cleaning up is right") {
        std::string events = map_event("0x20000", 8) + "," + protect_event("0x22000", 2);
        for (unsigned i = 0; i < 6'000; ++i) {
            events += "," + map_event("0x800000", 2) + "," + protect_event("0x800000", 1) + "," +
                      unmap_event("0x800000", 2);
        }
        CHECK_EQ(makers_of(events), Texts{"22000 mprotect@2", "24000 mprotect@2"});
    }
}

TEST_SUITE("analysis/call_site") {
    TEST_CASE("the call site is the first frame outside of the C library and the loader") {
        CHECK_EQ(call_site("/lib/libc.so.6(mmap+0x1) [0x1]\n/opt/p(main+0x2) [0x2]\n"),
                 "p(main+0x2)");
        CHECK_EQ(call_site("/lib/ld-linux-x86-64.so.2(_dl+0x1) [0x1]\n"),
                 "ld-linux-x86-64.so.2(_dl+0x1)");
        CHECK_EQ(call_site("/opt/p() [0x2]\n"), "p() [0x2]");
        CHECK_EQ(call_site(""), "");
    }
}
