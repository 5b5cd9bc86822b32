// SPDX-License-Identifier: GPL-2.0-or-later
// What a recorded failure tells that no argument does: how long a file is, what the kernel lacks.
// Rules E4, 5.5.
#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;
using Strings = std::vector<std::string>;

constexpr std::string_view kFile =
    "mmap(0x10000, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, 3</f>, 0) = 0x10000";
constexpr std::string_view kMemory =
    "mmap(0x10000, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = "
    "0x10000";

}  // namespace

TEST_SUITE("replay/told by failure") {
    TEST_CASE("rule E4: an mlock that fails behind the end of a file has locked all") {
        const Replayed run(lines({kFile, "mlock(0x10000, 8192) = -1 ENOMEM (x)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000-12000 rw-p 00000000 /f\n12000-14000 rw-p 00002000 /f\n");
        CHECK_EQ(run.flags(), "rd wr mr mw me lo ac\nrd wr mr mw me ac\n");
        CHECK_EQ(run.steps(), Strings{"ok", "ENOMEM"});
    }

    TEST_CASE("rule E4: memory without a file has no end, so such a failure leaves no mark") {
        const Replayed run(lines({kMemory, "mlock(0x10000, 8192) = -1 ENOMEM (x)"}));
        CHECK_EQ(run.divergences(), Strings{"2 external"});
        CHECK_EQ(run.flags(), "rd wr mr mw me ac\n");
    }

    TEST_CASE("rule E4: POPULATE_WRITE that ends at a file has written what came before") {
        const Replayed run(lines(
            {kMemory,
             "mmap(0x14000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 3</f>, 0) = 0x14000",
             "# touch 0x20000 4096 r",
             "madvise(0x10000, 20480, MADV_POPULATE_WRITE) = -1 EFAULT (x)",
             "mprotect(0x10000, 16384, PROT_READ) = 0"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.flags(), "rd mr mw me ac\nrd wr sh mr mw me ms\n");
    }

    TEST_CASE("rule 5.5: a kernel that knows no names says so, and leaves none behind") {
        const std::string name = "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ";
        const Replayed run(lines({kMemory, name + "0x10000, 4096, \"n\") = -1 EINVAL (x)",
                                  name + "0x12000, 16384, \"n\") = -1 EINVAL (x)",
                                  "mmap(0x14000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3, 0) = "
                                  "0x14000",
                                  name + "0x14000, 4096, \"n\") = -1 EINVAL (x)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000-14000 rw-p 00000000\n14000-15000 r--s 00000000\n");
    }

    TEST_CASE("rule 5.5: where a name was taken, EINVAL is about the next one") {
        const std::string name = "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x10000, 4096, ";
        const Replayed run(lines(
            {kMemory, name + "\"n\") = 0", name + "\"m\") = -1 EINVAL (x)", name + "NULL) = 0"}));
        CHECK_EQ(run.divergences(), Strings{"3 not_applied"});
        CHECK_EQ(run.maps(), "10000-14000 rw-p 00000000\n");
    }

    TEST_CASE("rule 5.5: the range at which process_madvise stopped is advised up to the end") {
        const Replayed run(
            lines({kMemory, "munmap(0x13000, 4096) = 0",
                   "process_madvise(3, [{iov_base=0x10000, iov_len=4096}, {iov_base=0x12000, "
                   "iov_len=8192}], 2, MADV_RANDOM, 0) = 4096"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.flags(), "rd wr mr mw me rr ac\nrd wr mr mw me ac\nrd wr mr mw me rr ac\n");
    }

    TEST_CASE("a file without a name is a file, a descriptor opened again is the same one") {
        const Replayed run(lines(
            {"openat(AT_FDCWD, \"/tmp\", O_RDWR|O_TMPFILE, 0600) = 3",
             "mmap(0x10000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 3, 0) = "
             "0x10000",
             "memfd_create(\"m\", 0) = 4", "openat(AT_FDCWD, \"/proc/self/fd/4\", O_RDONLY) = 5",
             "mmap(0x20000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 5, 0) = -1 "
             "EACCES (x)",
             "mmap(0x20000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 5, 0) = 0x20000",
             "openat(AT_FDCWD, \"/proc/self/exe\", O_RDONLY) = 6",
             "mmap(0x30000, 4096, PROT_EXEC, MAP_PRIVATE|MAP_FIXED, 6, 0) = 0x30000",
             "eventfd2(0, 0) = 7",
             "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 7, 0) = -1 ENODEV (x)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(),
                 lines({"10000-11000 rw-s 00000000 /tmp", "20000-21000 r--s 00000000 /memfd:m",
                        "30000-31000 --xp 00000000 /proc/self/exe"}));
    }
}

}  // namespace mmsim
