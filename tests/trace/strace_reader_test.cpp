// SPDX-License-Identifier: GPL-2.0-or-later
// What takes more than one line: threads, calls in two halves, stacks, damage.
#include "trace/strace_reader.h"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "trace/record_text.h"

using namespace mmsim;

namespace {

// "tid: record @ line" lines.
std::string placed(const std::string& text) {
    std::string joined;
    for (const auto& record : test::run_strace(text, test::record_text_with_place).records) {
        joined += record + "\n";
    }
    return joined;
}

ReadSummary summary(const std::string& text) { return test::run_strace(text).summary; }

std::unique_ptr<TraceReader> reader_of(const std::string& text) {
    return make_strace_reader(std::make_unique<LineSource>(memory_bytes(text), "test"));
}

}  // namespace

TEST_SUITE("trace/strace halves") {
    TEST_CASE("a call is returned where it is resumed, and knows where it began") {
        CHECK_EQ(placed("7 munmap(0x1000, 4096 <unfinished ...>\n"
                        "8 brk(NULL) = 0x5000\n"
                        "7 <... munmap resumed>)             = 0\n"),
                 "8: brk(0x0) = 0x5000 @ 2\n"
                 "7: munmap(0x1000, 4096) = 0x0 @ 1-3\n");
    }

    TEST_CASE("old and new forms of the second half are read, with a prefix in between") {
        CHECK_EQ(placed("7 12:00:00 [  11] munmap(0x1000, 4096 <unfinished ...>\n"
                        "7 12:00:01 [  11] <... munmap resumed> ) = 0 <1.0>\n"),
                 "7: munmap(0x1000, 4096) = 0x0 @ 1-2\n");
        CHECK_EQ(placed("7 munmap(0x1000, 4096 <unfinished ...>\n"
                        "7 <... munmap resumed> <unfinished ...>) = ?\n"),
                 "7: munmap(0x1000, 4096) = ? @ 1-2\n");
    }

    TEST_CASE("arguments may be printed on the second half") {
        CHECK_EQ(placed("7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD "
                        "<unfinished ...>\n"
                        "7 <... clone resumed>, child_tidptr=0x1000) = 8\n"),
                 "7: clone(CLONE_CHILD_SETTID) = 0x8 @ 1-2\n");
        CHECK_EQ(placed("7 clone3({flags=CLONE_VM, stack=NULL} <unfinished ...>\n"
                        "7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8\n"),
                 "7: clone(CLONE_VM) = 0x8 @ 1-2\n");
    }

    TEST_CASE("-z and -Z do not mark the second half, but print it right behind the first") {
        const std::string text =
            "7 munmap(0x1000, 4096 <unfinished ...>\n)                = 0\n"
            "7 read(3,  <unfinished ...>\n\"\", 4096)            = 0\n"
            "8 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE,  <unfinished ...>\n3, 0) = 0x1000\n";
        CHECK_EQ(placed(text),
                 "7: munmap(0x1000, 4096) = 0x0 @ 1-2\n"
                 "8: mmap(0x0, 4096, PROT_READ, MAP_PRIVATE, 3, 0x0) = 0x1000 @ 5-6\n");
        CHECK_EQ(test::strace_warnings(text), "");
        // Only there: elsewhere it could be anybody's.
        CHECK_EQ(test::strace_warnings(
                     "7 munmap(0x1000, 4096 <unfinished ...>\n8 brk(NULL) = 0\n) = 0\n"),
                 "3: not a line of strace: ') = 0'\n");
        CHECK_EQ(placed("7 munmap(0x1000, 4096 <unfinished ...>\nhello\n"
                        "7 <... munmap resumed>) = 0\n"),
                 "7: munmap(0x1000, 4096) = 0x0 @ 1-3\n");
    }

    TEST_CASE("a call that never resumes makes no record, and is no fault where the thread ends") {
        CHECK_EQ(placed("7 munmap(0x1000, 4096 <unfinished ...>\n7 +++ killed by SIGKILL +++\n"),
                 "7: exit() = ? @ 2\n");
        CHECK_EQ(test::strace_warnings("7 munmap(0x1000, 4096 <unfinished ...>\n"), "");
        CHECK_EQ(test::strace_warnings("7 munmap(0x1000, 4096 <detached ...>\n"), "");
        CHECK_EQ(test::strace_warnings("7 munmap(0x1000, 4096 <unfinished ...>\n7 brk(NULL) = 0\n"),
                 "1: this call is never resumed: 'munmap(0x1000, 4096'\n");
    }

    TEST_CASE("a second half without its first is warned of where it matters") {
        CHECK_EQ(
            test::strace_warnings("7 <... mmap resumed>) = 0x1000\n7 <... futex resumed>) = 0\n"),
            "1: resumed, but its beginning is missing: 'mmap'\n");
    }

    TEST_CASE("clones in flight are told, the first to begin first") {
        const auto reader = reader_of(
            "7 vfork( <unfinished ...>\n"
            "9 clone(child_stack=NULL, flags=CLONE_VM|CLONE_THREAD <unfinished ...>\n"
            "9 <... futex resumed>) = 0\n"
            "8 brk(NULL) = 0x5000\n"
            "7 <... vfork resumed>) = 8\n");
        REQUIRE(reader->next());
        const auto flight = reader->clones_in_flight();
        REQUIRE_EQ(flight.size(), 2);
        CHECK_EQ(flight[0].tid, 7);
        CHECK_EQ(flight[0].call.kind, CloneKind::vfork);
        CHECK_EQ(flight[1].tid, 9);
        CHECK_EQ(flight[1].call.flags, 0x10100);
        REQUIRE(reader->next());
        CHECK_EQ(reader->clones_in_flight().size(), 1);
    }

    TEST_CASE("a notice inside a clone names the child before the clone returns") {
        const auto reader = reader_of(
            "vfork(/usr/bin/strace: Process 8 attached\n <unfinished ...>\n"
            "[pid 8] brk(NULL) = 0x5000\n[pid 7] <... vfork resumed>) = 8\n");
        const TraceRecord* record = reader->next();
        REQUIRE(record);
        CHECK_EQ(record->tid, 8);
        const auto flight = reader->clones_in_flight();
        REQUIRE_EQ(flight.size(), 1);
        CHECK_EQ(flight[0].tid, kInitialTid);
        CHECK_EQ(flight[0].call.child, 8);
    }
}

TEST_SUITE("trace/strace threads") {
    TEST_CASE("without pids all lines are the initial thread's") {
        CHECK_EQ(placed("brk(NULL) = 0x5000\n+++ exited with 0 +++\n"),
                 "1: brk(0x0) = 0x5000 @ 1\n1: exit() = ? @ 2\n");
        CHECK_EQ(summary("brk(NULL) = 0x5000\n").initial_tid, kInitialTid);
        CHECK_FALSE(summary("brk(NULL) = 0x5000\n").saw_pids);
    }

    TEST_CASE("the initial thread keeps its number when a pid appears") {
        const std::string text =
            "brk(NULL) = 0x1000\n"
            "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 8 attached\n"
            ", child_tidptr=0x1) = 8\n"
            "[pid 8] brk(NULL) = 0x2000\n"
            "[pid 7] brk(NULL) = 0x3000\n"
            "[pid 8] +++ exited with 0 +++\n"
            "brk(NULL) = 0x4000\n";
        CHECK_EQ(placed(text),
                 "1: brk(0x0) = 0x1000 @ 1\n"
                 "1: clone(0) = 0x8 @ 2-3\n"
                 "8: brk(0x0) = 0x2000 @ 4\n"
                 "1: brk(0x0) = 0x3000 @ 5\n"
                 "8: exit() = ? @ 6\n"
                 "1: brk(0x0) = 0x4000 @ 7\n");
        CHECK_EQ(summary(text).initial_tid, 7);
        CHECK(summary(text).saw_pids);
        CHECK(summary(text).saw_clone);
        CHECK_EQ(summary(text).warnings, 0);
    }

    TEST_CASE("a child that speaks while its parent is in the clone is not the initial thread") {
        const std::string text =
            "vfork( <unfinished ...>\n[pid 8] brk(NULL) = 0x2000\n"
            "[pid 7] <... vfork resumed>) = 8\n[pid 7] brk(NULL) = 0x3000\n";
        CHECK_EQ(placed(text),
                 "8: brk(0x0) = 0x2000 @ 2\n1: vfork(CLONE_VM|CLONE_VFORK) = 0x8 @ 1-3\n"
                 "1: brk(0x0) = 0x3000 @ 4\n");
        CHECK_EQ(summary(text).initial_tid, 7);
    }

    TEST_CASE("lines without pid belong to whoever is left") {
        CHECK_EQ(placed("fork() = 8\n[pid 7] brk(NULL) = 0x1000\n[pid 8] brk(NULL) = 0x2000\n"
                        "[pid 7] exit_group(0) = ?\n[pid 7] +++ exited with 0 +++\n"
                        "brk(NULL) = 0x3000\nexit_group(0) = ?\n+++ exited with 0 +++\n"),
                 "1: fork(0) = 0x8 @ 1\n1: brk(0x0) = 0x1000 @ 2\n8: brk(0x0) = 0x2000 @ 3\n"
                 "1: exit_group() = ? @ 4\n8: brk(0x0) = 0x3000 @ 6\n8: exit_group() = ? @ 7\n");
        // Told not to print "+++ exited", and with a child that is silent until then.
        CHECK_EQ(placed("fork() = 8\n[pid 7] exit_group(0) = ?\nbrk(NULL) = 0x3000\n"),
                 "1: fork(0) = 0x8 @ 1\n1: exit_group() = ? @ 2\n8: brk(0x0) = 0x3000 @ 3\n");
    }

    TEST_CASE("a file that begins with pids has real pids only") {
        const std::string text =
            "[pid 75] brk(NULL) = 0x1000\n[pid 76] brk(NULL) = 0x2000\n"
            "[pid 76] +++ exited with 0 +++\nbrk(NULL) = 0x3000\n";
        CHECK_EQ(placed(text),
                 "75: brk(0x0) = 0x1000 @ 1\n76: brk(0x0) = 0x2000 @ 2\n"
                 "76: exit() = ? @ 3\n75: brk(0x0) = 0x3000 @ 4\n");
        CHECK_EQ(summary(text).initial_tid, 75);
    }

    TEST_CASE("who is left need not be the initial thread, nor one that a clone returned") {
        CHECK_EQ(placed("[pid 75] brk(NULL) = 0x1000\n[pid 76] brk(NULL) = 0x2000\n"
                        "[pid 75] +++ exited with 0 +++\nbrk(NULL) = 0x3000\n"),
                 "75: brk(0x0) = 0x1000 @ 1\n76: brk(0x0) = 0x2000 @ 2\n75: exit() = ? @ 3\n"
                 "76: brk(0x0) = 0x3000 @ 4\n");
        // The end of one of them was not printed: the last that said something is taken.
        CHECK_EQ(placed("[pid 75] +++ exited with 0 +++\n[pid 77] brk(NULL) = 0x1000\n"
                        "[pid 76] brk(NULL) = 0x2000\nbrk(NULL) = 0x3000\n"),
                 "75: exit() = ? @ 1\n77: brk(0x0) = 0x1000 @ 2\n76: brk(0x0) = 0x2000 @ 3\n"
                 "76: brk(0x0) = 0x3000 @ 4\n");
        CHECK(placed("[pid 77] +++ exited with 0 +++\n[pid 75] brk(NULL) = 0x1000\n"
                     "[pid 76] brk(NULL) = 0x2000\n[pid 75] brk(NULL) = 0x2000\n"
                     "brk(NULL) = 0x3000\n")
                  .ends_with("\n75: brk(0x0) = 0x3000 @ 5\n"));
    }

    TEST_CASE("strace -p names the initial thread before its first line") {
        const std::string text = "strace: Process 75 attached\nbrk(NULL) = 0x1000\n";
        CHECK_EQ(placed(text), "1: brk(0x0) = 0x1000 @ 2\n");
        CHECK_EQ(summary(text).initial_tid, 75);
        CHECK_FALSE(summary(text).saw_clone);
    }

    TEST_CASE("the end of a thread is told once") {
        CHECK_EQ(placed("7 exit(0) = ?\n7 +++ exited with 0 +++\n"), "7: exit() = ? @ 1\n");
        CHECK_EQ(placed("7 exit_group(0 <unfinished ...>\n7 +++ exited with 0 +++\n"),
                 "7: exit_group() = ? @ 1-2\n");
        CHECK_EQ(placed("7 exit_group(0) = ?\n8 +++ killed by SIGKILL +++\n"),
                 "7: exit_group() = ? @ 1\n8: exit() = ? @ 2\n");
    }

    TEST_CASE("a thread that calls execve goes on under the pid of the first") {
        CHECK_EQ(placed("7 brk(NULL) = 0x1000\n"
                        "9 execve(\"/bin/t\", [\"t\"], 0x1 /* 1 var */ <unfinished ...>\n"
                        "7 <... pause resumed>) = ?\n"
                        "7 +++ superseded by execve in pid 9 +++\n"
                        "7 <... execve resumed>) = 0\n"),
                 "7: brk(0x0) = 0x1000 @ 1\n9: exit() = ? @ 4\n7: execve(/bin/t) = 0x0 @ 2-5\n");
    }

    TEST_CASE("with -ff the execve of another thread has no beginning and no program") {
        const std::string text =
            "brk(NULL) = 0x1000\n+++ superseded by execve in pid 9 +++\n"
            "<... execve resumed>) = 0\n";
        CHECK_EQ(placed(text), "1: brk(0x0) = 0x1000 @ 1\n1: execve() = 0x0 @ 3\n");
        CHECK_EQ(test::strace_warnings(text), "");
    }

    TEST_CASE("numbers of calls are not x86-64's in a 32-bit process") {
        const std::string call = "7 syscall_0x9(0, 0x1000, 0, 0x22, 0xffffffff, 0) = 0x1000\n";
        const std::string notice = "[ Process PID=7 runs in 32 bit mode. ]\n";
        CHECK_NE(placed("7 brk(NULL) = 0\n" + call).find("mmap"), std::string::npos);
        CHECK_EQ(placed("7 brk(NULL) = 0\n" + notice + call).find("mmap"), std::string::npos);
    }

    TEST_CASE("a touch belongs to the thread of the call before it") {
        CHECK_EQ(placed("# touch 0x1000 1 r\n8 read(3, \"\", 1) = 0\n# touch 0x1000 1 w\n"),
                 "1: touch(0x1000, 1, r) = ? @ 1\n8: touch(0x1000, 1, w) = ? @ 3\n");
    }
}

TEST_SUITE("trace/strace stacks") {
    TEST_CASE("frames belong to the call before them") {
        const auto reader = reader_of(
            "brk(NULL) = 0x1000\n > /bin/t(main+0x1) [0x2]\n > /bin/t(_start+0x21) [0x3] t.c:7\n"
            "brk(NULL) = 0x2000\n--- SIGCHLD {si_signo=SIGCHLD} ---\n > /bin/t(wait+0x1) [0x4]\n");
        const TraceRecord* record = reader->next();
        REQUIRE(record);
        REQUIRE_EQ(record->stack.size(), 2);
        CHECK_EQ(record->stack[0], "/bin/t(main+0x1) [0x2]");
        CHECK_EQ(record->stack[1], "/bin/t(_start+0x21) [0x3] t.c:7");
        CHECK_EQ(record->line, 1);
        record = reader->next();
        REQUIRE(record);
        CHECK(record->stack.empty());
        CHECK_FALSE(reader->next());
        CHECK(reader->summary().saw_stacks);
        CHECK_EQ(reader->summary().warnings, 0);
    }

    TEST_CASE("rows of bytes between a call and its frames are passed over") {
        const auto reader =
            reader_of("munmap(0x1000, 4096) = 0\n | 00000  68 69      hi  |\n > a(b+0x1) [0x2]\n");
        const TraceRecord* record = reader->next();
        REQUIRE(record);
        REQUIRE_EQ(record->stack.size(), 1);
    }
}
