// SPDX-License-Identifier: GPL-2.0-or-later
// How a VMA reads in /proc/PID/maps. Rule E11.
#include "mm/maps_line.h"

#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string line_at(const MapPicture& map, std::size_t column) {
    return maps_line(map.world, map.mm(), map.at(column));
}

std::string name_at(const MapPicture& map, std::size_t column) {
    return vma_name(map.world, map.mm(), map.at(column));
}

}  // namespace

TEST_SUITE("mm/maps line") {
    TEST_CASE("rule E11: memory without a file shows offset 0, a file its offset, device, inode") {
        MapPicture map{"......"};
        CHECK(map.mmap("**....", kRw));
        CHECK_EQ(line_at(map, 0), "100000000000-100000002000 rw-p 00000000 00:00 0 ");

        File file;
        file.path = "/usr/lib/libc.so.6";
        file.device = "fe:00";
        file.inode = 6046;
        CHECK(map.mmap("AA**..", kR | kProtExec, kMapPrivate, map.open(plain_file(), file), 0x28));
        CHECK_EQ(line_at(map, 2),
                 "100000002000-100000004000 r-xp 00028000 fe:00 6046                       "
                 "/usr/lib/libc.so.6");
    }

    TEST_CASE("rule E11: a newline in a path is \\012, and a backslash stays as it is") {
        MapPicture map{"...."};
        File file;
        file.path = "/memfd:a\n\\b";
        file.deleted = true;
        CHECK(map.mmap("**..", kR, kMapPrivate, map.open(plain_file(), file)));
        CHECK(line_at(map, 0).ends_with("/memfd:a\\012\\b (deleted)"));
        CHECK_EQ(name_at(map, 0), "/memfd:a\n\\b (deleted)");
    }

    TEST_CASE("rule E11: shared is what may be shared, writable or not") {
        MapPicture map{"......"};
        CHECK(map.mmap("**....", kRw, kMapShared | kMapAnonymous));
        CHECK(map.mmap("AA**..", 0, kAnon));
        File file;
        file.path = "/f";
        CHECK(map.mmap("AABB**", kR, kMapShared, map.open(plain_file(), file)));
        CHECK(line_at(map, 0).find(" rw-s ") != std::string::npos);
        CHECK(line_at(map, 2).find(" ---p ") != std::string::npos);
        CHECK(line_at(map, 4).find(" r--s ") != std::string::npos);
    }

    TEST_CASE("rule E11: names") {
        MapPicture map{"AABBCC...."};
        map.mm().layout.start_brk = map.address(0);
        map.mm().brk = map.address(1) + 8;
        map.mm().layout.stack_top = vpn_of(map.address(3));
        CHECK_EQ(name_at(map, 0), "[heap]");
        CHECK_EQ(name_at(map, 2), "[stack]");
        CHECK_EQ(name_at(map, 4), "");
        CHECK(map.set_name("AABB**....", "x y"));
        CHECK_EQ(name_at(map, 4), "[anon:x y]");

        CHECK(map.mmap("AABBCC**..", kRw, kMapShared | kMapAnonymous));
        CHECK_EQ(name_at(map, 6), "/dev/zero (deleted)");
        CHECK(map.set_name("AABBCC**..", "z"));
        CHECK_EQ(name_at(map, 6), "[anon_shmem:z]");
        File memfd;
        memfd.path = "/memfd:m";
        memfd.deleted = true;
        memfd.writable = true;
        CHECK(map.mmap("AABBCCDD**", kRw, kMapShared, map.open(plain_file(), memfd)));
        CHECK_EQ(name_at(map, 8), "/memfd:m (deleted)");
    }
}
