// SPDX-License-Identifier: GPL-2.0-or-later
// Each call in each form that strace prints it in.
#include "trace/strace_calls.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "trace/record_text.h"

using namespace mmsim;
using test::strace_records;

namespace {

struct Row {
    std::string_view line;
    std::string_view record;  // empty: none
};

void check_rows(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        std::string expected{row.record};
        if (!expected.empty()) expected += '\n';
        CHECK_EQ(strace_records(std::string(row.line) + "\n"), expected);
        const auto run = test::run_strace(std::string(row.line) + "\n");
        CHECK_MESSAGE(run.summary.warnings == 0, row.line);
    }
}

}  // namespace

TEST_SUITE("trace/strace calls") {
    TEST_CASE("mmap is read in every style") {
        const std::string_view anon =
            "mmap(0x0, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x0) = 0x7f1000";
        check_rows({
            {"mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1000",
             anon},
            {"mmap(NULL, 8192, 0x3, 0x22, -1, 0) = 0x7f1000", anon},
            {"mmap(0, 0x2000, 0x3, 0x22, 0xffffffff, 0) = 0x7f1000", anon},
            {"mmap(NULL, 8192, 0x3 /* PROT_READ|PROT_WRITE */, 0x22 /* MAP_PRIVATE|MAP_ANONYMOUS "
             "*/, -1, 0) = 0x7f1000",
             anon},
            {"mmap(addr=NULL, length=8192, prot=PROT_READ|PROT_WRITE, "
             "flags=MAP_PRIVATE|MAP_ANONYMOUS, fd=-1, offset=0) = 0x7f1000",
             anon},
            {"mmap(addr: NULL, length: 8192, prot: PROT_READ|PROT_WRITE, flags: "
             "MAP_PRIVATE|MAP_ANONYMOUS, fd: -1, offset: 0) = 0x7f1000",
             anon},
            {"mmap2(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1000",
             anon},
            {"old_mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
             "0x7f1000",
             anon},
            {"mmap_pgoff(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
             "0x7f1000",
             anon},
            {"syscall_0x9(0, 0x2000, 0x3, 0x22, 0xffffffff, 0) = 0x7f1000", anon},
            {"\x1b[1;34mmmap\x1b[0m(NULL, 8192, PROT_READ|PROT_WRITE, "
             "MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = \x1b[32m0x7f1000\x1b[0m",
             anon},
        });
    }

    TEST_CASE("mmap of a file keeps descriptor, path and the 64-bit offset") {
        check_rows({
            {"mmap(NULL, 42611, PROT_READ, MAP_PRIVATE, 3</etc/ld.so.cache>, 0) = 0x7f1000 "
             "<0.000017>",
             "mmap(0x0, 42611, PROT_READ, MAP_PRIVATE, 3</etc/ld.so.cache>, 0x0) = 0x7f1000"},
            {"mmap(NULL, 8192, PROT_READ, MAP_SHARED, 5</memfd:mm,f\\\"o\\n>(deleted), 0x1000) = "
             "0x7f1000",
             "mmap(0x0, 8192, PROT_READ, MAP_SHARED, 5</memfd:mm,f\"o\n>(deleted), 0x1000) = "
             "0x7f1000"},
            {"mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0x100000000) = 0x7f1000",
             "mmap(0x0, 4096, PROT_READ, MAP_SHARED, 3, 0x100000000) = 0x7f1000"},
            {"mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 4</dev/zero<char 1:5>>, 0) = 0x7f1000",
             "mmap(0x0, 4096, PROT_READ, MAP_PRIVATE, 4</dev/zero>, 0x0) = 0x7f1000"},
            {"mmap(NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE|MAP_SYNC, 3, 0) = -1 EOPNOTSUPP "
             "(Operation not supported)",
             "mmap(0x0, 4096, PROT_READ, MAP_SHARED_VALIDATE|MAP_SYNC, 3, 0x0) = EOPNOTSUPP"},
            {"mmap(NULL, 4096, PROT_READ, MAP_FILE, 3, 0) = -1 EINVAL (Invalid argument)",
             "mmap(0x0, 4096, PROT_READ, MAP_FILE, 3, 0x0) = EINVAL"},
        });
    }

    TEST_CASE("the other calls on mappings are read") {
        check_rows({
            {"munmap(0x7f1000, 42611)           = 0", "munmap(0x7f1000, 42611) = 0x0"},
            {"mprotect(0x7f1000, 4096, PROT_READ|PROT_EXEC) = 0",
             "mprotect(0x7f1000, 4096, PROT_READ|PROT_EXEC) = 0x0"},
            {"pkey_mprotect(0x7f1000, 4096, PROT_READ, 1) = -1 ENOMEM (Cannot allocate memory)",
             "pkey_mprotect(0x7f1000, 4096, PROT_READ, 1) = ENOMEM"},
            {"pkey_mprotect(0x7f1000, 0x1000, 0x1, 0xffffffff) = 0",
             "pkey_mprotect(0x7f1000, 4096, PROT_READ, -1) = 0x0"},
            {"mremap(0x7f1000, 65536, 131072, MREMAP_MAYMOVE) = 0x7f9000",
             "mremap(0x7f1000, 65536, 131072, MREMAP_MAYMOVE, 0x0) = 0x7f9000"},
            {"mremap(0x7f1000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x600000) = 0x600000",
             "mremap(0x7f1000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x600000) = 0x600000"},
            {"mremap(old_address=0x7f1000, old_size=1, new_size=2, flags=0, new_address=0x3) = -1 "
             "EINVAL (Invalid argument)",
             "mremap(0x7f1000, 1, 2, 0, 0x3) = EINVAL"},
            {"brk(NULL)                               = 0x5650ab3b9000",
             "brk(0x0) = 0x5650ab3b9000"},
            {"brk(0x5650ab3da000) = 0x5650ab3da000", "brk(0x5650ab3da000) = 0x5650ab3da000"},
            {"madvise(0x7f1000, 8192, MADV_DONTNEED) = 0",
             "madvise(0x7f1000, 8192, MADV_DONTNEED) = 0x0"},
            {"madvise(0x7f1000, 8192, 0x66 /* MADV_??? */) = -1 EINVAL (Invalid argument)",
             "madvise(0x7f1000, 8192, MADV_GUARD_INSTALL) = EINVAL"},
            {"mlock(0x7f1000, 4096) = 0", "mlock(0x7f1000, 4096) = 0x0"},
            {"mlock2(0x7f1000, 4096, MLOCK_ONFAULT) = 0",
             "mlock2(0x7f1000, 4096, MLOCK_ONFAULT) = 0x0"},
            {"munlock(0x7f1000, 4096) = 0", "munlock(0x7f1000, 4096) = 0x0"},
            {"mlockall(MCL_CURRENT|MCL_FUTURE) = 0", "mlockall(MCL_CURRENT|MCL_FUTURE) = 0x0"},
            {"munlockall()                            = 0", "munlockall() = 0x0"},
            {"mseal(0x7f1000, 4096, 0) = 0", "mseal(0x7f1000, 4096, 0) = 0x0"},
            {"syscall_0x1ce(0x7f1000, 0x1000, 0, 0, 0, 0) = 0", "mseal(0x7f1000, 4096, 0) = 0x0"},
            {"map_shadow_stack(NULL, 0x1000, SHADOW_STACK_SET_TOKEN) = 0x7f1000",
             "map_shadow_stack(0x0, 4096, SHADOW_STACK_SET_TOKEN) = 0x7f1000"},
            {"syscall_0x1c5(0, 0x1000, 0x1, 0, 0, 0) = 0x7f1000",
             "map_shadow_stack(0x0, 4096, SHADOW_STACK_SET_TOKEN) = 0x7f1000"},
            {"remap_file_pages(0x7f1000, 4096, PROT_NONE, 7, MAP_FILE) = -1 EINVAL (Invalid "
             "argument)",
             "remap_file_pages(0x7f1000, 4096, PROT_NONE, 7, MAP_FILE) = EINVAL"},
            {"mbind(0x7f1000, 4096, MPOL_BIND|MPOL_F_STATIC_NODES, [0x00000000000003], 64, "
             "MPOL_MF_STRICT) = 0",
             "mbind(0x7f1000, 4096, MPOL_BIND|MPOL_F_STATIC_NODES, 0x3, MPOL_MF_STRICT) = 0x0"},
            {"mbind(0x7f1000, 0x1000, 0x2, 0x7ffe25e24110, 0x40, 0) = 0",
             "mbind(0x7f1000, 4096, MPOL_BIND, 0x1, 0) = 0x0"},
            {"mbind(0x7f1000, 0x1000, 0x4, 0x7ffe25e24110, 0x40, 0) = 0",
             "mbind(0x7f1000, 4096, MPOL_LOCAL, 0x0, 0) = 0x0"},
            {"mbind(0x7f1000, 4096, MPOL_DEFAULT, NULL, 0, 0) = 0",
             "mbind(0x7f1000, 4096, MPOL_DEFAULT, 0x0, 0) = 0x0"},
            {"mbind(0x7f1000, 4096, 0x8002, [0x00000000000001, 000000000000000000], 65, 0x2) = 0",
             "mbind(0x7f1000, 4096, MPOL_BIND|MPOL_F_STATIC_NODES, 0x1, MPOL_MF_MOVE) = 0x0"},
        });
    }

    TEST_CASE("of ioctl only what is asked of a userfaultfd is read") {
        check_rows({
            {"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_EVENT_FORK|0xa000 => "
             "features=UFFD_FEATURE_PAGEFAULT_FLAG_WP|0x1e000, ioctls=1<<_UFFDIO_REGISTER}) = 0",
             "uffdio_api(3, UFFD_FEATURE_EVENT_FORK|UFFD_FEATURE_WP_UNPOPULATED|"
             "UFFD_FEATURE_WP_ASYNC) = 0x0"},
            {"ioctl(3, 0xc018aa3f, {api=0xaa, features=0 => features=0x1ffff, ioctls=0x3}) = 0",
             "uffdio_api(3, 0) = 0x0"},
            {"ioctl(0x3, 0xc018aa3f, 0x7fffa63283c0)  = 0", "uffdio_api(3, 0) = 0x0"},
            {"ioctl(3<anon_inode:[userfaultfd]>, UFFDIO_REGISTER, {range={start=0x7f1000, "
             "len=0x3000}, mode=UFFDIO_REGISTER_MODE_MISSING|UFFDIO_REGISTER_MODE_WP, "
             "ioctls=1<<_UFFDIO_WAKE|0x120}) = 0",
             "uffdio_register(3<anon_inode:[userfaultfd]>, 0x7f1000, 12288, "
             "UFFDIO_REGISTER_MODE_MISSING|UFFDIO_REGISTER_MODE_WP) = 0x0"},
            {"ioctl(3, 0xc020aa00 /* UFFDIO_REGISTER */, {range={start=0x7f1000, len=0x3000}, "
             "mode=0x1 /* UFFDIO_REGISTER_MODE_MISSING */}) = -1 EBUSY (Device or resource busy)",
             "uffdio_register(3, 0x7f1000, 12288, UFFDIO_REGISTER_MODE_MISSING) = EBUSY"},
            {"ioctl(3, UFFDIO_UNREGISTER, {start=0x7f1000, len=0x1000}) = 0",
             "uffdio_unregister(3, 0x7f1000, 4096) = 0x0"},
            {"ioctl(3, 0x8010aa01, {start=0x7f1000, len=0x1000}) = 0",
             "uffdio_unregister(3, 0x7f1000, 4096) = 0x0"},
            {"ioctl(3, UFFDIO_COPY, {dst=0x7f1000, src=0x55b97ee5a000, len=0x1000, mode=0, "
             "copy=0x1000}) = 0",
             "uffdio_copy(3, 0x7f1000, 4096) = 0x0"},
            {"ioctl(3, UFFDIO_ZEROPAGE, {range={start=0x7f1000, len=0x1000}, mode=0, "
             "zeropage=0x1000}) = 0",
             "uffdio_zeropage(3, 0x7f1000, 4096) = 0x0"},
            {"ioctl(5</dev/userfaultfd<char 10:126>>, USERFAULTFD_IOC_NEW, 0x80000) = 3",
             "open(3<anon_inode:[userfaultfd]>, 02, cloexec) = 0x3"},
            {"ioctl(1, TCGETS, {c_iflag=ICRNL|IXON}) = 0", ""},
            {"ioctl(3, UFFDIO_WAKE, {start=0x7f1000, len=0x1000}) = 0", ""},
            {"ioctl(3, UFFDIO_REGISTER, 0x7ffe0) = -1 EFAULT (Bad address)", ""},
        });
    }

    TEST_CASE("a registration whose range is not shown is warned of") {
        const auto run = test::run_strace("ioctl(0x3, 0xc020aa00, 0x7fffa63283b0)  = 0\n");
        CHECK_EQ(run.summary.warnings, 1);
    }

    TEST_CASE("of prctl only names of mappings and what holds for all memory is read") {
        check_rows({
            {"prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x7f1000, 4096, \"mm sim\") = 0",
             "prctl_set_vma(0x7f1000, 4096, 'mm sim') = 0x0"},
            {"prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x7f1000, 4096, NULL) = 0",
             "prctl_set_vma(0x7f1000, 4096, null) = 0x0"},
            {"prctl(0x53564d41, 0, 0x7f1000, 4096, \"a\\\"b\") = -1 EINVAL (Invalid argument)",
             "prctl_set_vma(0x7f1000, 4096, 'a\"b') = EINVAL"},
            {"prctl(0x53564d41 /* PR_SET_VMA */, 0 /* PR_SET_VMA_ANON_NAME */, 0x7f1000, 4096, "
             "\"x\") = 0",
             "prctl_set_vma(0x7f1000, 4096, 'x') = 0x0"},
            {"prctl(0x53564d41, 0, 0x7f1000, 0x1000, 0) = 0",
             "prctl_set_vma(0x7f1000, 4096, null) = 0x0"},
            {"prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) = 0", "prctl_set_memory_merge(true) = 0x0"},
            {"prctl(0x43 /* PR_??? */, 0, 0, 0, 0) = 0", "prctl_set_memory_merge(false) = 0x0"},
            {"prctl(0x43 /* PR_??? */, 0x1, 0x1, 0, 0) = -1 EINVAL (Invalid argument)", ""},
            {"prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) = 0", "prctl_set_thp_disable(true) = 0x0"},
            {"prctl(0x29, 0x1, 0x2, 0, 0) = 0", "prctl_set_thp_disable(false) = 0x0"},
            {"prctl(0x41 /* PR_??? */, 0x1, 0, 0, 0) = 0", "prctl_set_mdwe(true) = 0x0"},
            {"prctl(0x41 /* PR_??? */, 0x3, 0, 0, 0) = 0", "prctl_set_mdwe_no_inherit(true) = 0x0"},
            {"prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN|PR_MDWE_NO_INHERIT, 0, 0, 0) = 0",
             "prctl_set_mdwe_no_inherit(true) = 0x0"},
            {"personality(PER_LINUX|READ_IMPLIES_EXEC) = 0 (PER_LINUX)",
             "read_implies_exec(true) = 0x0"},
            {"personality(0|0x440000) = 0 (0)", "read_implies_exec(true) = 0x0"},
            {"personality(PER_LINUX) = 4194304 (PER_LINUX|READ_IMPLIES_EXEC)",
             "read_implies_exec(false) = 0x400000"},
            {"personality(0xffffffff) = 0 (PER_LINUX)", ""},
            {"prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) = 1", ""},
            {"prctl(PR_SET_NAME, \"worker\") = 0", ""},
        });
    }

    TEST_CASE("each range of process_madvise is a call") {
        const std::string head =
            "process_madvise(3<pid:7>, [{iov_base=0x1000, iov_len=4096}, {iov_base=0x9000, "
            "iov_len=8192}], 2, MADV_COLD, 0) = ";
        CHECK_EQ(strace_records(head + "12288\n"),
                 "process_madvise(0x1000, 4096, MADV_COLD) = 0x1000\n"
                 "process_madvise(0x9000, 8192, MADV_COLD) = 0x2000\n");
        CHECK_EQ(strace_records(head + "4096\n"),
                 "process_madvise(0x1000, 4096, MADV_COLD) = 0x1000\n"
                 "process_madvise(0x9000, 8192, MADV_COLD) = ?\n");
        CHECK_EQ(strace_records(head + "-1 ENOMEM (Cannot allocate memory)\n"),
                 "process_madvise(0x1000, 4096, MADV_COLD) = ENOMEM\n");
        CHECK_EQ(strace_records(head + "?\n"),
                 "process_madvise(0x1000, 4096, MADV_COLD) = ?\n"
                 "process_madvise(0x9000, 8192, MADV_COLD) = ?\n");
    }

    TEST_CASE("ranges of process_madvise that strace does not print are warned of") {
        const auto run = test::run_strace(
            "process_madvise(3, [{iov_base=0x1000, iov_len=4096}, ...], 40, MADV_COLD, 0) = 4096\n"
            "process_madvise(3, 0x7ffe0000, 40, MADV_COLD, 0) = -1 EFAULT (Bad address)\n");
        CHECK_EQ(run.records.size(), 1);
        CHECK_EQ(run.summary.warnings, 1);
    }

    TEST_CASE("System V shared memory is read") {
        check_rows({
            {"shmget(IPC_PRIVATE, 8192, IPC_CREAT|0600) = 5", "shmget(0x0, 8192, 01600) = 0x5"},
            {"shmget(0x1234, 8192, 0600) = 5", "shmget(0x1234, 8192, 0600) = 0x5"},
            {"shmget(0x1234, 8192, 0) = -1 ENOENT (No such file or directory)", ""},
            {"shmat(5, NULL, SHM_RDONLY) = 0x7f1000", "shmat(5, 0x0, SHM_RDONLY) = 0x7f1000"},
            {"shmat(0xffffffff, 0, 0) = -1 EINVAL (Invalid argument)",
             "shmat(-1, 0x0, 0) = EINVAL"},
            {"shmdt(0x7f1000) = 0", "shmdt(0x7f1000) = 0x0"},
        });
    }

    TEST_CASE("what no record comes from is passed over in silence") {
        check_rows({
            {"read(3, \"a) = b\"..., 832) = 832", ""},
            {"wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 7", ""},
            {"restart_syscall(<... resuming interrupted nanosleep ...>) = 0", ""},
            {"???\?( <unfinished ...>", ""},
            {"<... futex resumed> )  = ? <unavailable>", ""},
            {"# anything", ""},
            {"#", ""},
            {"", ""},
            {"--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---", ""},
            {"--- stopped by SIGSTOP ---", ""},
            {"strace: Process 75 attached", ""},
            {"strace: Can't stat 'x': No such file or directory", ""},
            {"[ Process PID=7 runs in 32 bit mode. ]", ""},
            {" > /bin/cat(main+0x49) [0x133f]", ""},
            {" | 00000  68 69                     hi               |", ""},
            {"clone(child_stack=NULL, flags=SIGCHLD) = ? ERESTARTNOINTR (To be restarted)", ""},
        });
    }

    TEST_CASE("the comment touch is a page fault, other comments are not") {
        check_rows({
            {"# touch 0x7f1000 4096 w", "touch(0x7f1000, 4096, w) = ?"},
            {"# touch 0x7f1000 8192 r fault-at 0x7f2000", "touch(0x7f1000, 8192, r, 0x7f2000) = ?"},
            {"# touch the stack first", ""},
            {"# touched", ""},
            {"#touch 0x1000 1 r", ""},
        });
        for (const char* wrong : {"# touch 0x1000 4096 x", "# touch 0x1000", "# touch 0x1000 r w",
                                  "# touch 0x1000 1 r at 0x1", "# touch 0x1000 1 r fault-at"}) {
            const auto run = test::run_strace(std::string(wrong) + "\n");
            CHECK_MESSAGE(run.records.empty(), wrong);
            CHECK_MESSAGE(run.summary.warnings == 1, wrong);
        }
    }

    TEST_CASE("an unknown name leaves the call and is warned of") {
        const auto run = test::run_strace("mprotect(0x1000, 4096, PROT_READ|PROT_NEW) = 0\n");
        REQUIRE_EQ(run.records.size(), 1);
        CHECK_EQ(run.records[0], "mprotect(0x1000, 4096, PROT_READ) = 0x0");
        REQUIRE_EQ(run.summary.first_warnings.size(), 1);
        CHECK_EQ(run.summary.first_warnings[0].line, 1);
        CHECK_EQ(run.summary.first_warnings[0].message, "unknown name 'PROT_NEW'");
    }

    TEST_CASE("unlink and rename are read with the directories where their paths begin") {
        CHECK_EQ(strace_records("unlink(\"/a\") = 0\nunlink(\"a\") = 0\n"
                                "unlinkat(AT_FDCWD</d>, \"a\", 0) = 0\n"
                                "unlinkat(5</d e>, \"f/g\", 0) = 0\n"
                                "unlinkat(AT_FDCWD, \"/a\", AT_REMOVEDIR) = 0\n"
                                "unlinkat(0xffffff9c, \"/a\", 0x200) = 0\n"
                                "unlinkat(0xffffff9c, \"a\", 0) = 0\nunlink(0x7ffe1000) = 0\n"),
                 "unlink(:/a) = 0x0\nunlink(:a) = 0x0\nunlink(</d>:a) = 0x0\n"
                 "unlink(5</d e>:f/g) = 0x0\nunlink(:a) = 0x0\n");
        CHECK_EQ(strace_records("rename(\"/a\", \"b\") = 0\n"
                                "renameat(AT_FDCWD</d>, \"a\", 4, \"b\") = 0\n"
                                "renameat2(3</d>, \"/a\", 4</e>, \"b\", RENAME_NOREPLACE) = 0\n"
                                "renameat2(3, \"/a\", 4, \"/b\", RENAME_EXCHANGE) = 0\n"
                                "rename(\"a\", \"b\") = -1 ENOENT (x)\n"),
                 "unlink(:/a, :b) = 0x0\nunlink(</d>:a, 4:b) = 0x0\n"
                 "unlink(3</d>:/a, 4</e>:b) = 0x0\n");
    }

    TEST_CASE("the current directory is read where it changes, and where it is asked for") {
        CHECK_EQ(strace_records("chdir(\"a\") = 0\nfchdir(3</b>) = 0\nfchdir(4) = 0\n"
                                "getcwd(\"/c d\", 4096) = 5\nchdir(\"a\") = -1 ENOENT (x)\n"
                                "getcwd(0x7ffe1000, 4096) = 5\nchdir(0x7ffe1000) = 0\n"),
                 "chdir(:a) = 0x0\nchdir(3</b>:.) = 0x0\nchdir(4:.) = 0x0\n"
                 "chdir(:/c d) = 0x5\nchdir(:) = 0x0\n");
    }

    TEST_CASE("a call without an argument that matters is warned of and left out") {
        for (const char* line : {"munmap(0x1000) = 0", "munmap(0x1000, lots) = 0",
                                 "old_mmap(0xffd0c110) = 0xf7f00000", "mprotect(, 4096, 0) = 0"}) {
            const auto run = test::run_strace(std::string(line) + "\n");
            CHECK_MESSAGE(run.records.empty(), line);
            CHECK_MESSAGE(run.summary.warnings == 1, line);
        }
    }
}
