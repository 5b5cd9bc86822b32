// SPDX-License-Identifier: GPL-2.0-or-later
// Calls about descriptors, threads and processes.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "trace/record_text.h"

using namespace mmsim;
using test::strace_records;

namespace {

struct TaskRow {
    std::string_view line;
    std::string_view record;  // empty: none
};

void check_task_rows(const std::vector<TaskRow>& rows) {
    for (const TaskRow& row : rows) {
        const auto run = test::run_strace(std::string(row.line) + "\n");
        CHECK_MESSAGE(run.summary.warnings == 0, row.line);
        CHECK_EQ(run.records.size(), row.record.empty() ? 0 : 1);
        if (run.records.size() == 1) CHECK_EQ(run.records[0], row.record);
    }
}

}  // namespace

TEST_SUITE("trace/strace descriptors") {
    TEST_CASE("an open that succeeds says which file the descriptor is") {
        check_task_rows({
            {"open(\"/dev/zero\", O_RDWR) = 3", "open(3</dev/zero>, 02) = 0x3"},
            {"openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3",
             "open(3</etc/ld.so.cache>, 02000000, cloexec) = 0x3"},
            {"openat(AT_FDCWD</srv/demo>, \"lib/libc.so\", O_RDONLY) = 3</srv/demo/lib/libc.so>",
             "open(3</srv/demo/lib/libc.so>, 00) = 0x3"},
            {"openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0600) = 3",
             "open(3<a>, 01102) = 0x3"},
            {"openat2(AT_FDCWD, \"a\", {flags=O_WRONLY|O_CLOEXEC, resolve=RESOLVE_BENEATH}, 24) = "
             "3",
             "open(3<a>, 02000001, cloexec) = 0x3"},
            {"creat(\"a\\tb\", 0600) = 3", "open(3<a\tb>, 01101) = 0x3"},
            {"openat(AT_FDCWD, \"a\", O_RDONLY) = -1 ENOENT (No such file or directory)", ""},
            {"openat(AT_FDCWD, \"a\", O_RDONLY) = ?", ""},
        });
    }

    TEST_CASE("a memfd has the path that the kernel gives it") {
        check_task_rows({
            {"memfd_create(\"mm,f\\\"o\\n\", 0)      = 5",
             "open(5</memfd:mm,f\"o\n>(deleted), 02, memfd) = 0x5"},
            {"memfd_create(\"z\", MFD_CLOEXEC|MFD_ALLOW_SEALING) = 11</memfd:z>(deleted)",
             "open(11</memfd:z>(deleted), 02, memfd, sealable, cloexec) = 0xb"},
            {"memfd_create(\"z\", MFD_NOEXEC_SEAL)  = 11",
             "open(11</memfd:z>(deleted), 02, memfd, sealable, noexec) = 0xb"},
            {"memfd_create(\"z\", MFD_HUGETLB)      = 11",
             "open(11</memfd:z>(deleted), 02, memfd, huge 2097152) = 0xb"},
            {"memfd_create(\"z\", MFD_HUGETLB|30<<MFD_HUGE_SHIFT) = 11",
             "open(11</memfd:z>(deleted), 02, memfd, huge 1073741824) = 0xb"},
            {"memfd_secret(FD_CLOEXEC)            = 4",
             "open(4</secretmem>(deleted), 02, cloexec) = 0x4"},
            {"memfd_create(\"z\", 0x3 /* MFD_CLOEXEC|MFD_ALLOW_SEALING */) = 11",
             "open(11</memfd:z>(deleted), 02, memfd, sealable, cloexec) = 0xb"},
        });
    }

    TEST_CASE("descriptors without a file are descriptors") {
        check_task_rows({
            {"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3<socket:[123]>",
             "open(3<socket:[123]>, 02, cloexec, tcp) = 0x3"},
            {"socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3", "open(3<socket:[]>, 02) = 0x3"},
            {"accept4(3, NULL, NULL, SOCK_CLOEXEC) = 4", "open(4<socket:[]>, 02, cloexec) = 0x4"},
            {"epoll_create1(EPOLL_CLOEXEC) = 3",
             "open(3<anon_inode:[eventpoll]>, 02, cloexec) = 0x3"},
            {"eventfd2(0, EFD_CLOEXEC) = 4<anon_inode:[eventfd]>",
             "open(4<anon_inode:[eventfd]>, 02, cloexec) = 0x4"},
            {"signalfd4(-1, [CHLD], 8, SFD_CLOEXEC) = 4",
             "open(4<anon_inode:[signalfd]>, 02, cloexec) = 0x4"},
            {"signalfd4(4, [CHLD], 8, 0) = 4", ""},
            {"userfaultfd(0x80000) = 4", "open(4<anon_inode:[userfaultfd]>, 02, cloexec) = 0x4"},
            {"pidfd_open(7768, 0) = 3<pid:7768>", "open(3<pid:7768>, 02, cloexec) = 0x3"},
        });
    }

    TEST_CASE("the family and the kind of a socket say whether it can be mapped") {
        check_task_rows({
            {"socket(0xa, 0x80001, 0x6) = 3", "open(3<socket:[]>, 02, cloexec, tcp) = 0x3"},
            {"socket(0x2, 0x1|0x80000, 0) = 3<TCP:[7]>",
             "open(3<TCP:[7]>, 02, cloexec, tcp) = 0x3"},
            {"socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) = 3",
             "open(3<socket:[]>, 02, packet) = 0x3"},
            {"socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) = 3", "open(3<socket:[]>, 02) = 0x3"},
            {"socket(AF_UNIX, SOCK_STREAM, 0) = 3", "open(3<socket:[]>, 02) = 0x3"},
            {"accept(3, {sa_family=AF_INET6, sin6_port=htons(80)}, [28]) = 4",
             "open(4<socket:[]>, 02, tcp) = 0x4"},
            {"accept4(3, {sa_family=AF_UNIX}, [2], SOCK_CLOEXEC) = 4",
             "open(4<socket:[]>, 02, cloexec) = 0x4"},
            {"bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY}, 72) = 4",
             "open(4<anon_inode:bpf-map>, 02, cloexec) = 0x4"},
            {"bpf(BPF_MAP_LOOKUP_ELEM, {map_fd=4}, 72) = 0", ""},
        });
    }

    TEST_CASE("copies and ends of descriptors are read") {
        check_task_rows({
            {"close(3) = 0", "close(3) = 0x0"},
            {"close(3</etc/passwd>) = 0", "close(3</etc/passwd>) = 0x0"},
            {"close(99) = -1 EBADF (Bad file descriptor)", "close(99) = EBADF"},
            {"close_range(40, 4294967295, 0) = 0", "close(40, 4294967295) = 0x0"},
            {"close_range(40, ~0U, CLOSE_RANGE_UNSHARE) = 0", "close(40, 4294967295) = 0x0"},
            {"close_range(3, 9, CLOSE_RANGE_CLOEXEC) = 0", ""},
            {"dup(3</a>) = 4</a>", "dup(3</a>, 4) = 0x4"},
            {"dup2(3, 1) = 1", "dup(3, 1) = 0x1"},
            {"dup2(3, 1) = -1 EBADF (Bad file descriptor)", ""},
            {"dup3(3, 30, O_CLOEXEC) = 30", "dup(3, 30, cloexec) = 0x1e"},
            {"fcntl(3, F_DUPFD, 10) = 10", "dup(3, 10) = 0xa"},
            {"fcntl(3, F_DUPFD_CLOEXEC, 10) = 10", "dup(3, 10, cloexec) = 0xa"},
            {"fcntl(3, 0x406, 0xa) = 0xa", "dup(3, 10, cloexec) = 0xa"},
            {"fcntl(3, F_ADD_SEALS, F_SEAL_SHRINK|F_SEAL_GROW) = 0",
             "seal(3, F_SEAL_SHRINK|F_SEAL_GROW) = 0x0"},
            {"fcntl(3, 0x409 /* F_ADD_SEALS */, 0x1 /* F_SEAL_SEAL */) = 0",
             "seal(3, F_SEAL_SEAL) = 0x0"},
            {"fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)", ""},
        });
    }
}

TEST_SUITE("trace/strace tasks") {
    TEST_CASE("children are read in every form") {
        check_task_rows({
            {"fork() = 7", "fork(0) = 0x7"},
            {"vfork() = 7", "vfork(CLONE_VM|CLONE_VFORK) = 0x7"},
            {"clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
             "child_tidptr=0x7f1000) = 13155",
             "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID) = 0x3363"},
            {"clone(child_stack=NULL, flags=0x1200000 /* CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID "
             "*/|17 /* SIGCHLD */, child_tidptr=0x7f1000) = 7<a b>",
             "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID) = 0x7"},
            {"clone(0x1200011, 0, 0, 0x7f1000, 0) = 0x7",
             "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID) = 0x7"},
            {"clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (Resource temporarily "
             "unavailable)",
             "clone(0) = EAGAIN"},
            {"clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_PARENT_SETTID, exit_signal=0, "
             "stack=0x7f1000, stack_size=0x7fff80} => {parent_tid=[13153]}, 88) = 13153",
             "clone(CLONE_VM|CLONE_THREAD|CLONE_PARENT_SETTID) = 0x3361"},
            {"clone3({flags=0x3d0f00, exit_signal=SIGCHLD, stack=NULL}, 88) = 7",
             "clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|"
             "CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID) = 0x7"},
            {"fork() = 7 /* 13155 in strace's PID NS */", "fork(0, child 13155) = 0x7"},
        });
    }

    TEST_CASE("a clone3 whose flags are not shown is most likely a thread, and warned of") {
        const auto run = test::run_strace("clone3(0x7ffe1000, 0x58) = 0x7\n");
        REQUIRE_EQ(run.records.size(), 1);
        CHECK_EQ(run.records[0], "clone(CLONE_VM|CLONE_FILES|CLONE_THREAD) = 0x7");
        CHECK_EQ(run.summary.warnings, 1);
    }

    TEST_CASE("execve and exits are read") {
        check_task_rows({
            {"execve(\"./t\", [\"./t\", \"a)\"], 0x7ffe1000 /* 40 vars */) = 0",
             "execve(./t) = 0x0"},
            {"execve(\"./t\", [\"./t\"], 0x7ffe1000) = -1 ENOENT (No such file or directory)",
             "execve(./t) = ENOENT"},
            {"execve(\"./t\", [\"./t\"], 0x7ffe1000) = ?", ""},
            {"execveat(AT_FDCWD, \"./t\", [\"./t\"], NULL, 0) = 0", "execve(./t) = 0x0"},
            {"execveat(3</bin/t>, \"\", [\"./t\"], NULL, AT_EMPTY_PATH) = 0",
             "execve(/bin/t) = 0x0"},
            {"exit_group(0)                           = ?", "exit_group() = ?"},
            {"exit(0) = ?", "exit() = ?"},
            {"+++ exited with 0 +++", "exit() = ?"},
            {"+++ killed by SIGSEGV (core dumped) +++", "exit() = ?"},
        });
    }

    TEST_CASE("limits that memory has are read, all others pass") {
        check_task_rows({
            {"setrlimit(RLIMIT_AS, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0",
             "setrlimit(RLIMIT_AS, 8388608) = 0x0"},
            {"setrlimit(RLIMIT_STACK, {rlim_cur=RLIM_INFINITY, rlim_max=RLIM_INFINITY}) = 0",
             "setrlimit(RLIMIT_STACK, unlimited) = 0x0"},
            {"prlimit64(0, RLIMIT_DATA, {rlim_cur=100, rlim_max=200}, NULL) = 0",
             "setrlimit(RLIMIT_DATA, 100) = 0x0"},
            {"7 prlimit64(7, RLIMIT_DATA, {rlim_cur=100, rlim_max=200}, NULL) = 0",
             "setrlimit(RLIMIT_DATA, 100) = 0x0"},
            {"prlimit64(0, 0x8 /* RLIMIT_MEMLOCK */, {rlim_cur=18446744073709551615 /* "
             "RLIM64_INFINITY */, rlim_max=18446744073709551615}, NULL) = -1 EPERM (Operation not "
             "permitted)",
             "setrlimit(RLIMIT_MEMLOCK, unlimited) = EPERM"},
            {"prlimit64(0, 0x9, {rlim_cur=18446744073709551615, rlim_max=18446744073709551615}, "
             "NULL) = 0",
             "setrlimit(RLIMIT_AS, unlimited) = 0x0"},
            {"prlimit64(7, RLIMIT_DATA, {rlim_cur=100, rlim_max=200}, NULL) = 0", ""},
            {"prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0",
             ""},
            {"setrlimit(RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=4096}) = 0", ""},
        });
    }
}
