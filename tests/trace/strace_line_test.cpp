// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_line.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

std::string prefix_of(std::string_view line) {
    const StracePrefix prefix = cut_prefix(line);
    return std::to_string(prefix.pid) + "|" + std::string(prefix.rest);
}

std::string notice_in(std::string_view line) {
    const auto notice = find_notice(line);
    if (!notice) return "none";
    static const char* const kKinds[] = {"other", "attached", "mode32", "mode64"};
    return std::string(line.substr(0, notice->at)) + "|" +
           kKinds[static_cast<std::size_t>(notice->kind)] + " " + std::to_string(notice->pid);
}

}  // namespace

TEST_SUITE("trace/strace line") {
    TEST_CASE("every prefix that strace prints is cut off, and its pid is read") {
        struct Row {
            std::string_view line;
            std::string_view cut;
        };
        const std::vector<Row> rows = {
            {"brk(NULL) = 0", "-1|brk(NULL) = 0"},
            {"13152 brk(NULL)", "13152|brk(NULL)"},
            {"75    brk(NULL)", "75|brk(NULL)"},
            {"[pid 13160] brk(NULL)", "13160|brk(NULL)"},
            {"[pid    75] brk(NULL)", "75|brk(NULL)"},
            {"13248<t> brk(NULL)", "13248|brk(NULL)"},
            {"13248<a b> brk(NULL)", "13248|brk(NULL)"},
            {"13248<a> b> brk(NULL)", "13248|brk(NULL)"},
            {"13248<-> +++ exited with 0 +++", "13248|+++ exited with 0 +++"},
            {"[pid 1<a b>] brk(NULL)", "1|brk(NULL)"},
            {"[pid 8680<a>] ] x>] <... brk resumed>)", "8680|<... brk resumed>)"},
            {"23:44:07 brk(NULL)", "-1|brk(NULL)"},
            {"23:44:07.887349 brk(NULL)", "-1|brk(NULL)"},
            {"1795218247.900205 brk(NULL)", "-1|brk(NULL)"},
            {"1700000000 brk(NULL)", "-1|brk(NULL)"},
            {"     0.000312 brk(NULL)", "-1|brk(NULL)"},
            {"13184      0.000312 brk(NULL)", "13184|brk(NULL)"},
            {"13240 1795218248.028039291 (+     0.000377947) brk(NULL)", "13240|brk(NULL)"},
            {"13240 1700000000 brk(NULL)", "13240|brk(NULL)"},
            {"[   9] mmap(NULL", "-1|mmap(NULL"},
            {"[ 462] syscall_0x1ce(0", "-1|syscall_0x1ce(0"},
            {"[00007fde1ff2cca3] brk(NULL)", "-1|brk(NULL)"},
            {"[????????????????] +++ killed by SIGKILL +++", "-1|+++ killed by SIGKILL +++"},
            {"[pid 13169] 23:44:07.893634 [  60] [????????????????] +++ exited with 0 +++",
             "13169|+++ exited with 0 +++"},
            {"[pid 13169] 23:44:07 (+     0.1) [  60] [00007fde1ff2cca3] <... brk resumed>)",
             "13169|<... brk resumed>)"},
            {"7 [system_u:object_r:t:s0-s0:c0.c1023] 12:00:00 brk(NULL)", "7|brk(NULL)"},
        };
        for (const Row& row : rows) CHECK_EQ(prefix_of(row.line), row.cut);
    }

    TEST_CASE("what is no prefix stays") {
        for (const std::string_view line :
             {"", " ", " => {parent_tid=[7]}, 88) = 7", ", child_tidptr=0x1) = 7", ") = 0",
              "[ Process PID=7 runs in 32 bit mode. ]", "[pid", "[pid 7]", "12345", "12a brk(NULL)",
              "12345<", "12345<t>", " > /bin/cat(main+0x1) [0x2]"}) {
            CHECK_EQ(prefix_of(line), "-1|" + std::string(line));
        }
    }

    TEST_CASE("a call begins with a name and a parenthesis, with nothing in between") {
        CHECK_EQ(call_name("mmap(NULL"), "mmap");
        CHECK_EQ(call_name("_llseek(3"), "_llseek");
        CHECK_EQ(call_name("syscall_0x1ce("), "syscall_0x1ce");
        CHECK_EQ(call_name("mmap (NULL"), "");
        CHECK_EQ(call_name("(NULL"), "");
        CHECK_EQ(call_name("3(NULL"), "");
        CHECK_EQ(call_name("mmap"), "");
        CHECK_EQ(call_name(""), "");
    }

    TEST_CASE("a line breaks off only where strace says so") {
        CHECK_EQ(break_mark("mmap(NULL, 4096 <unfinished ...>"), 15);
        CHECK_EQ(break_mark("wait4(7,  <unfinished ...>"), 9);
        CHECK_EQ(break_mark("mmap(NULL, 4096 <detached ...>"), 15);
        CHECK_EQ(break_mark("execve(\"a\" <pid changed to 7 ...>"), 10);
        CHECK_EQ(break_mark("brk(NULL) = 0x1000 <0.000017>"), std::string_view::npos);
        CHECK_EQ(break_mark("close(3</a>"), std::string_view::npos);
        CHECK_EQ(break_mark("futex(0x1, <unfinished ...>) = ?"), std::string_view::npos);
        CHECK_EQ(break_mark(""), std::string_view::npos);
    }

    TEST_CASE("a resumed call is cut into its name and its rest") {
        const auto resumed = resumed_call("<... clone resumed>, child_tidptr=0x1) = 7");
        REQUIRE(resumed);
        CHECK_EQ(resumed->name, "clone");
        CHECK_EQ(resumed->rest, ", child_tidptr=0x1) = 7");
        CHECK_FALSE(resumed_call("<... clone"));
        CHECK_FALSE(resumed_call("clone resumed>"));
    }

    TEST_CASE("strace's own messages are found, alone and behind half a line") {
        CHECK_EQ(notice_in("strace: Process 75 attached"), "|attached 75");
        CHECK_EQ(notice_in("/usr/bin/strace: Process 75 attached"), "|attached 75");
        CHECK_EQ(notice_in("Process 75 attached"), "|attached 75");
        CHECK_EQ(notice_in("strace: Process 75 attached with 3 threads"), "|attached 75");
        CHECK_EQ(notice_in("strace: Process 75 detached"), "|other 75");
        CHECK_EQ(notice_in("[ Process PID=7 runs in 32 bit mode. ]"), "|mode32 7");
        CHECK_EQ(notice_in("strace: [ Process PID=7 runs in 64 bit mode. ]"), "|mode64 7");
        CHECK_EQ(notice_in("strace: umoven: short read (1 < 2) @0x7ff"), "|other -1");
        CHECK_EQ(notice_in("vfork(strace: Process 7769 attached"), "vfork(|attached 7769");
        CHECK_EQ(notice_in("..._SETTID|SIGCHLDstrace: Process 7 attached"),
                 "..._SETTID|SIGCHLD|attached 7");
        CHECK_EQ(notice_in("..._SETTID|SIGCHLD/usr/bin/strace: Process 7 attached"),
                 "..._SETTID|SIGCHLD|attached 7");
        CHECK_EQ(notice_in("..._SETTID|SIGCHLD./strace: Process 7 attached"),
                 "..._SETTID|SIGCHLD|attached 7");
        CHECK_EQ(notice_in("tls=0x7fd0}/opt/x/my-strace.64: Process 7 attached"),
                 "tls=0x7fd0}|attached 7");
        CHECK_EQ(notice_in("mmap(NULL, 4096, PROT_READ"), "none");
        CHECK_EQ(notice_in("write(1, \"Process 7 attached\", 18"), "none");
    }

    TEST_CASE("the head and the rules of a summary are told from calls") {
        CHECK(begins_summary("% time     seconds  usecs/call     calls    errors syscall"));
        CHECK(begins_summary("   calls    errors syscall"));
        CHECK(begins_summary("------ ----------- ---------"));
        CHECK(begins_summary("System call usage summary for 32 bit mode:"));
        CHECK_FALSE(begins_summary("--- SIGCHLD {si_signo=SIGCHLD} ---"));
        CHECK_FALSE(begins_summary("calls and errors of a syscall"));
        CHECK_FALSE(begins_summary("-----"));
        CHECK_FALSE(begins_summary(""));
    }

    TEST_CASE("a byte that strace does not print is seen wherever it stands") {
        const std::string line = "13152 brk(NULL) = 0x55a92eab1000 ~";
        CHECK(is_plain(line));
        CHECK(is_plain(""));
        for (std::size_t i = 0; i < line.size(); ++i) {
            for (const char odd : {'\0', '\r', '\x1b', '\x1f', '\x80', '\xff'}) {
                std::string broken = line;
                broken[i] = odd;
                CHECK_FALSE(is_plain(broken));
            }
        }
    }

    TEST_CASE("UTF-8 is told from what is not") {
        CHECK(is_utf8("plain"));
        CHECK(is_utf8("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"));
        CHECK_FALSE(is_utf8("\xff"));
        CHECK_FALSE(is_utf8("\xc3"));
        CHECK_FALSE(is_utf8("\x80"));
        CHECK_FALSE(is_utf8("\xc0\x80"));
        CHECK_FALSE(is_utf8("\xe2\x82"));
        CHECK_FALSE(is_utf8("\xf5\x80\x80\x80"));
    }

    TEST_CASE("colours go, everything else stays") {
        std::string out;
        strip_colours("\x1b[1;34mmmap\x1b[0m(NULL\x1b[38;2;1;2;3m, 1)\x1b", out);
        CHECK_EQ(out, "mmap(NULL, 1)\x1b");
        strip_colours("a\x1b[", out);
        CHECK_EQ(out, "a\x1b[");
    }
}
