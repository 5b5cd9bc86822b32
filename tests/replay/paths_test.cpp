// SPDX-License-Identifier: GPL-2.0-or-later
// Names that programs give relative to a directory.
#include "replay/paths.h"

#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;

// The path of a mapped file after the lines, in which the descriptor is 3.
std::string mapped_path(std::initializer_list<std::string_view> before,
                        std::initializer_list<std::string_view> after = {}) {
    const std::string text = lines(before) +
                             "mmap(0x10000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3, 0) = "
                             "0x10000\n" +
                             lines(after);
    const Replayed run(text);
    const std::string maps = run.maps();
    constexpr std::string_view kBefore = "10000-11000 r--s 00000000 ";
    return maps.substr(kBefore.size(), maps.find('\n') - kBefore.size());
}

constexpr std::string_view kOpenA = "openat(AT_FDCWD, \"a\", O_RDWR) = 3";

}  // namespace

TEST_SUITE("replay/paths") {
    TEST_CASE("a path is joined to its directory, without dots") {
        CHECK_EQ(join_path("/d", "a/b"), "/d/a/b");
        CHECK_EQ(join_path("/d/e", "./..//f/."), "/d/f");
        CHECK_EQ(join_path("/d", "/a/../b"), "/b");
        CHECK_EQ(join_path("/", "../../a"), "/a");
        CHECK_EQ(join_path("/d", ".."), "/");
        CHECK_EQ(join_path("", "./a"), "a");
        CHECK_EQ(join_path("", "a/../../b"), "../b");
        CHECK_EQ(join_path("..", "../b"), "../../b");
    }

    TEST_CASE("a relative path begins in the current directory, as far as that is known") {
        CHECK_EQ(mapped_path({kOpenA}), "a");
        CHECK_EQ(mapped_path({"getcwd(\"/home\", 4096) = 6", kOpenA}), "/home/a");
        CHECK_EQ(mapped_path({"chdir(\"/srv\") = 0", "chdir(\"b\") = 0", kOpenA}), "/srv/b/a");
        CHECK_EQ(mapped_path({"chdir(\"b\") = 0", kOpenA}), "b/a");
        CHECK_EQ(mapped_path({"open(\"/d\", O_RDONLY|O_DIRECTORY) = 4", "fchdir(4) = 0", kOpenA}),
                 "/d/a");
        CHECK_EQ(mapped_path(
                     {"open(\"/d\", O_RDONLY|O_DIRECTORY) = 4", "openat(4, \"../a\", O_RDWR) = 3"}),
                 "/a");
        CHECK_EQ(mapped_path({"openat(AT_FDCWD</x>, \"/y\", O_RDWR) = 9</y>", kOpenA}), "/x/a");
        CHECK_EQ(mapped_path({"chdir(\"/x\") = 0",
                              "openat(AT_FDCWD, \"/proc/self/fd/5\", O_RDWR) = 3<socket:[7]>"}),
                 "socket:[7]");
    }

    TEST_CASE("files lose and change their names by relative paths") {
        CHECK_EQ(mapped_path({kOpenA}, {"unlink(\"./a\") = 0"}), "a (deleted)");
        CHECK_EQ(mapped_path({kOpenA}, {"rename(\"a\", \"b\") = 0"}), "b");
        CHECK_EQ(mapped_path({kOpenA}, {"chdir(\"/tmp\") = 0", "unlink(\"a\") = 0"}), "a");
        CHECK_EQ(mapped_path({"chdir(\"/tmp\") = 0", kOpenA}, {"unlink(\"/tmp/a\") = 0"}),
                 "/tmp/a (deleted)");
        CHECK_EQ(mapped_path({"getcwd(\"/d\", 9) = 3", kOpenA},
                             {"renameat(AT_FDCWD, \"a\", AT_FDCWD, \"../b\") = 0"}),
                 "/b");
        // Nobody knows what 7 is.
        CHECK_EQ(mapped_path({kOpenA}, {"unlinkat(7, \"a\", 0) = 0"}), "a");
        CHECK_EQ(mapped_path({kOpenA}, {"unlinkat(7</d>, \"a\", 0) = 0"}), "a");
        CHECK_EQ(mapped_path({kOpenA}, {"fchdir(7) = 0", "unlink(\"a\") = 0"}), "a");
    }

    TEST_CASE("a child begins in the directory of its parent, and changes its own") {
        const Replayed run(lines({"1 chdir(\"/d\") = 0", "1 fork() = 2", "1 chdir(\"/e\") = 0",
                                  "2 open(\"a\", O_RDWR) = 3",
                                  "2 mmap(0x10000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3, 0) = "
                                  "0x10000"}));
        CHECK_EQ(run.maps(2), "10000-11000 r--s 00000000 /d/a\n");
    }
}

}  // namespace mmsim
