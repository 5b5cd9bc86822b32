// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/maps_text.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"

namespace mmsim {
namespace {

std::string error_of_maps(const std::string& text) {
    try {
        parse_maps(text, "m");
    } catch (const InputError& error) {
        return error.what();
    }
    return "no error";
}

MapsEntry only(const std::string& text) {
    const auto entries = parse_maps(text, "m");
    REQUIRE_EQ(entries.size(), 1);
    return entries.front();
}

}  // namespace

TEST_SUITE("trace/maps text") {
    TEST_CASE("a line of maps has its range, permissions, offset, device, inode and path") {
        const MapsEntry entry =
            only("7f10fec56000-7f10fec7c000 r-xp 00001000 fe:00 332383          /usr/lib/ld.so\n");
        CHECK_EQ(entry.start, 0x7f10fec56000);
        CHECK_EQ(entry.end, 0x7f10fec7c000);
        CHECK(entry.readable);
        CHECK_FALSE(entry.writable);
        CHECK(entry.executable);
        CHECK_FALSE(entry.shared);
        CHECK_EQ(entry.offset, 0x1000);
        CHECK_EQ(entry.device, "fe:00");
        CHECK_EQ(entry.inode, 332383);
        CHECK_EQ(entry.path, "/usr/lib/ld.so");
        CHECK_FALSE(entry.deleted);
        CHECK_FALSE(entry.vm_flags);
        CHECK_EQ(entry.line, 1);
    }

    TEST_CASE("a mapping without a name may end with or without blanks, or with CRLF") {
        for (const char* text : {"1000-2000 rw-s 00000000 00:00 0", "1000-2000 rw-s 0 0:0 0 \n",
                                 "1000-2000 rw-s 00000000 00:00 0\r\n"}) {
            const MapsEntry entry = only(text);
            CHECK_EQ(entry.path, "");
            CHECK(entry.shared);
            CHECK(entry.writable);
        }
    }

    TEST_CASE("paths keep blanks, lose (deleted), and have their newlines back") {
        const auto path = [](const std::string& text) {
            return only("1000-2000 r--p 0 00:00 0   " + text);
        };
        CHECK_EQ(path("/tmp/a b  c ").path, "/tmp/a b  c ");
        CHECK_EQ(path("/tmp/a\\012b\\134").path, "/tmp/a\nb\\134");
        CHECK_EQ(path("[anon:my heap]").path, "[anon:my heap]");
        CHECK_EQ(path("/memfd:x (deleted)").path, "/memfd:x");
        CHECK(path("/memfd:x (deleted)").deleted);
        CHECK_EQ(path("/a (deleted) (deleted)").path, "/a (deleted)");
        CHECK_FALSE(path("/a(deleted)").deleted);
    }

    TEST_CASE("of smaps, VmFlags and Anonymous are taken and the rest is passed over") {
        const auto entries = parse_maps(
            "1000-2000 rw-p 00000000 00:00 0                          [heap]\n"
            "Size:                  4 kB\n"
            "Anonymous:            12 kB\n"
            "THPeligible:           0\n"
            "VmFlags: rd wr mr mw me ac \n"
            "2000-3000 ---p 00000000 00:00 0 \n"
            "VmFlags: \n"
            "3000-4000 ---p 00000000 00:00 0 \n",
            "m");
        REQUIRE_EQ(entries.size(), 3);
        CHECK_EQ(entries[0].vm_flags, std::vector<std::string>{"rd", "wr", "mr", "mw", "me", "ac"});
        CHECK_EQ(entries[0].anonymous_kb, 12);
        CHECK_EQ(entries[1].vm_flags, std::vector<std::string>{});
        CHECK_FALSE(entries[2].vm_flags);
        CHECK_EQ(entries[2].line, 8);
    }

    TEST_CASE("the layouts of several processes are told apart by their headings") {
        const auto blocks = parse_maps_blocks(
            "# a comment\n# pid 12\n1000-2000 r--p 0 0:0 0\n# pid 13\n1000-2000 r--p 0 0:0 0\n"
            "2000-3000 r--p 0 0:0 0\n# pid 14\n",
            "m");
        REQUIRE_EQ(blocks.size(), 3);
        CHECK_EQ(blocks[0].pid, 12);
        CHECK_EQ(blocks[0].entries.size(), 1);
        CHECK_EQ(blocks[1].pid, 13);
        CHECK_EQ(blocks[1].entries.size(), 2);
        CHECK_EQ(blocks[2].pid, 14);
        CHECK(blocks[2].entries.empty());
    }

    TEST_CASE("text without a heading is one block without a pid, even if it is empty") {
        const auto blocks = parse_maps_blocks("", "m");
        REQUIRE_EQ(blocks.size(), 1);
        CHECK_FALSE(blocks[0].pid);
        CHECK(parse_maps("\n \n", "m").empty());
    }

    TEST_CASE("bad lines are told with line and column") {
        const std::pair<const char*, const char*> cases[] = {
            {"x", "m:1:1: expected an address"},
            {"1000", "m:1:5: expected '-'"},
            {"1000-", "m:1:6: expected an address"},
            {"1000-2000", "m:1:10: expected a blank"},
            {"1000-2000 rwzp 0 0:0 0", "m:1:13: expected 'x'"},
            {"1000-2000 rwx- 0 0:0 0", "m:1:14: expected 'p'"},
            {"1000-2000 rwxpp 0 0:0 0", "m:1:15: expected a blank"},
            {"1000-2000 rwxp z 0:0 0", "m:1:16: expected an offset"},
            {"1000-2000 rwxp 0 00 0", "m:1:18: expected a device such as 08:01"},
            {"1000-2000 rwxp 0 0:0", "m:1:21: expected a blank"},
            {"1000-2000 rwxp 0 0:0 x", "m:1:22: expected an inode number"},
            {"1000-2000 rwxp 0 0:0 7/a", "m:1:23: expected a blank"},
            {"10000000000000000-2 rwxp 0 0:0 0", "m:1:1: an address does not fit in 64 bits"},
            {"1001-2000 rwxp 0 0:0 0", "m:1:1: the address is not a page's"},
            {"1000-2001 rwxp 0 0:0 0", "m:1:6: the address is not a page's"},
            {"1000-2000 rwxp 800 0:0 0", "m:1:16: the offset is not a multiple of the page size"},
            {"2000-2000 rwxp 0 0:0 0", "m:1:1: the mapping ends before it begins"},
            {"\n1000-3000 r--p 0 0:0 0\n2000-4000 r--p 0 0:0 0",
             "m:3:1: overlaps the mapping of line 2"},
            {"3000-4000 r--p 0 0:0 0\n1000-2000 r--p 0 0:0 0",
             "m:2:1: stands below the one of line 1"},
            {"VmFlags: rd", "m:1:1: a field of smaps before the first mapping"},
            {"1000-2000 r--p 0 0:0 0\nVmFlags: rd wri",
             "m:2:13: flags have two letters, not 'wri'"},
            {"1000-2000 r--p 0 0:0 0\nVmFlags: rd\nVmFlags: rd",
             "m:3:1: a second VmFlags for one mapping"},
            {"1000-2000 r--p 0 0:0 0\nAnonymous: x kB", "m:2:12: expected a number of kB"},
            {"1000-2000 ---p 0 0:0 0 [rollup]",
             "m:1:1: smaps_rollup does not list the mappings: use smaps"},
            {"# pid 1\n1000-2000 r--p 0 0:0 0\n# pid 2\n1000-2000 r--p 0 0:0 0",
             "m:4:1: the maps of a second process; one is wanted here"},
        };
        for (const auto& [text, message] : cases) CHECK_EQ(error_of_maps(text), message);
    }

    TEST_CASE("blocks begin anew in address order") {
        CHECK_NOTHROW(parse_maps_blocks(
            "# pid 1\n5000-6000 r--p 0 0:0 0\n# pid 2\n1000-2000 r--p 0 0:0 0", "m"));
    }
}

}  // namespace mmsim
