// SPDX-License-Identifier: GPL-2.0-or-later
// strace text is never an error: what is wrong is counted and passed over.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "trace/record_text.h"
#include "trace/strace_reader.h"

using namespace mmsim;
using test::run_strace;
using test::strace_records;

namespace {

const std::string kBrk = "brk(0x0) = 0x5000\n";

// The trace still has its one call, and this is what is said about the rest.
void check_one_call(const std::string& text, const std::string& expected) {
    CHECK_EQ(strace_records(text), kBrk);
    CHECK_EQ(test::strace_warnings(text), expected);
}

}  // namespace

TEST_SUITE("trace/strace damage") {
    TEST_CASE("carriage returns are warned of and harmless") {
        check_one_call("brk(NULL) = 0x5000\r\n", "1: a carriage return ends the line\n");
        check_one_call("10%\r20%\rbrk(NULL) = 0x5000\n",
                       "1: a carriage return inside the line '10%.20%.brk(NULL) = 0x5000'\n");
        CHECK_EQ(run_strace("10%\r7 brk(NULL) = 0x5000\n", test::record_text_with_place).records,
                 std::vector<std::string>{"7: brk(0x0) = 0x5000 @ 1"});
        check_one_call("# note\r\nbrk(NULL) = 0x5000\n", "");
    }

    TEST_CASE("NUL around a line is warned of and harmless") {
        check_one_call(std::string(3, '\0') + "brk(NULL) = 0x5000\n",
                       "1: NUL in the line '...brk(NULL) = 0x5000'\n");
        check_one_call("brk(NULL) = 0x5000\n" + std::string(2, '\0') + "\n",
                       "2: NUL in the line '..'\n");
    }

    TEST_CASE("bytes that are not UTF-8 are warned of, a byte order mark is not") {
        check_one_call("\xff\xfe\nbrk(NULL) = 0x5000\n", "1: not UTF-8: '..'\n");
        check_one_call("read(3, \"\xff\", 1) = 1\nbrk(NULL) = 0x5000\n",
                       "1: not UTF-8: 'read(3, \".\", 1) = 1'\n");
        check_one_call("# \xff\nbrk(NULL) = 0x5000\n", "");
        check_one_call(
            "\xef\xbb\xbf"
            "brk(NULL) = 0x5000\n",
            "");
    }

    TEST_CASE("the output of the program is warned of") {
        check_one_call("hello world\nbrk(NULL) = 0x5000\n",
                       "1: not a line of strace: 'hello world'\n");
        check_one_call("main(): started\nbrk(NULL) = 0x5000\n",
                       "1: a call without its result: 'main(): started'\n");
    }

    TEST_CASE("a number in front of the program's output is no pid") {
        const auto run = run_strace("brk(NULL) = 0x5000\n2024 report(ok)\nbrk(NULL) = 0x5000\n");
        CHECK_FALSE(run.summary.saw_pids);
        CHECK_EQ(run.summary.initial_tid, kInitialTid);
        CHECK_EQ(run.summary.warnings, 1);
    }

    TEST_CASE("output inside the line of a call that makes no record does no harm") {
        check_one_call("write(2, \"hi\\n\", 3hi\n) = 3\nbrk(NULL) = 0x5000\n", "");
        check_one_call("write(2, \"a\\nb\\n\", 4a\nb\n)    = 4\nbrk(NULL) = 0x5000\n",
                       "2: not a line of strace: 'b'\n");
    }

    TEST_CASE("a call behind output without a newline is found, and the line is warned of") {
        check_one_call("Loading... brk(NULL) = 0x5000\n",
                       "1: not a line of strace: 'Loading... brk(NULL) = 0x5000'\n");
        check_one_call("50%[pid 7] brk(NULL) = 0x5000\n",
                       "1: not a line of strace: '50%[pid 7] brk(NULL) = 0x5000'\n");
        CHECK_EQ(strace_records("no newline at end+++ exited with 0 +++\n"), "exit() = ?\n");
        CHECK_EQ(strace_records("no newline[pid 7] +++ exited with 0 +++\n"), "exit() = ?\n");
        CHECK_EQ(strace_records("see brk(NULL) or brk(2)\n"), "");
        // Whose call would it be?
        CHECK_EQ(strace_records("7 brk(NULL) = 0x5000\nLoading... brk(NULL) = 0x6000\n"), kBrk);
    }

    TEST_CASE("messages of strace tear lines anywhere, and the rest is found") {
        CHECK_EQ(strace_records("mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_strace: Process 8 "
                                "attached\nANONYMOUS, -1, 0) = 0x7000\n"),
                 "mmap(0x0, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x0) = 0x7000\n");
        CHECK_EQ(strace_records("[pid 7] munmap(0x1000strace: Process 8 attached\n"
                                ", 4096strace: Process 9 attached\n) = 0\n"),
                 "munmap(0x1000, 4096) = 0x0\n");
        CHECK_EQ(strace_records("7 <... clone resumed>\n7 munmap(0x1000, 4096 <unfinished ...>\n"
                                "7 <... munmap resumed>strace: Process 8 attached\n) = 0\n"),
                 "munmap(0x1000, 4096) = 0x0\n");
    }

    TEST_CASE("a message behind a comment leaves it whole") {
        const auto run = run_strace(
            "[pid 7] execve(\"/a\", [\"a\"], 0x1 /* 41 vars */strace: "
            "Process 8 attached\n) = 0\n");
        CHECK_EQ(run.records, std::vector<std::string>{"execve(/a) = 0x0"});
        CHECK_EQ(run.summary.warnings, 0);
    }

    TEST_CASE("what the program wrote into the line of a call is cut out, and warned of") {
        const std::string call = "munmap(0x1000, 4096) = 0x0\n";
        for (const char* written : {"oops", "oops (bad", "oops, 5) bad", " 12", "}", "(\"x",
                                    "oops (bad\n", "oops) x = 3\nand (more\n"}) {
            const std::string text = "munmap(0x1000, 4096" + std::string(written) + ") = 0\n";
            CHECK_MESSAGE(strace_records(text) == call, text);
            CHECK_MESSAGE(run_strace(text).summary.warnings >= 1, text);
        }
        CHECK_EQ(strace_records("[pid 7] mprotect(0x1000, 4096, PROT_READ|PROT_WRITE!! (\n) = 0\n"),
                 "mprotect(0x1000, 4096, PROT_READ|PROT_WRITE) = 0x0\n");
        CHECK_EQ(strace_records("mprotect(0x1000, 4096, PROT_READfoo bar\n) = 0\n"),
                 "mprotect(0x1000, 4096, PROT_READ) = 0x0\n");
        CHECK_EQ(strace_records("7 munmap(0x1000, 4096oops (bad <unfinished ...>\n"
                                "7 <... munmap resumed>) = -1 EINVAL (Invalid argument)\n"),
                 "munmap(0x1000, 4096) = EINVAL\n");
    }

    TEST_CASE("text that leaves no call behind is no call") {
        CHECK_EQ(strace_records("munmap(oops, bad) = 0\n"), "");
        CHECK_EQ(strace_records("munmap(0x1000, (oops) = 0\n"), "");
    }

    TEST_CASE("a torn line whose rest never comes is warned of where it began") {
        check_one_call("munmap(0x1000, 40\nbrk(NULL) = 0x5000\n",
                       "1: a call without its result: 'munmap(0x1000, 40'\n");
        check_one_call("munmap(0x1000, 40\n--- SIGCHLD {} ---\n96) = 0\nbrk(NULL) = 0x5000\n",
                       "1: a call without its result: 'munmap(0x1000, 40'\n"
                       "3: not a line of strace: '96) = 0'\n");
        CHECK_EQ(test::strace_warnings("munmap(0x1000, 40\n+++ exited with 0 +++\n96) = 0\n"),
                 "1: a call without its result: 'munmap(0x1000, 40'\n"
                 "3: not a line of strace: '96) = 0'\n");
    }

    TEST_CASE("a last line that is cut off is warned of, wherever the cut is") {
        const std::string line =
            "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</a>, 0) = 0x7f7bd0278000";
        for (std::size_t size = 1; size + 3 < line.size(); ++size) {
            const auto run = run_strace("brk(NULL) = 0x5000\n" + line.substr(0, size));
            CHECK_MESSAGE(run.records.size() == 1, line.substr(0, size));
            CHECK_MESSAGE(run.summary.warnings == 1, line.substr(0, size));
        }
        const auto run = run_strace(line);
        CHECK_EQ(run.records.size(), 1);
        CHECK_EQ(run.summary.warnings, 0);
    }

    TEST_CASE("a line that is too long is warned of, and what follows it is read") {
        const std::string text =
            "munmap(0x1000, " + std::string(200, '4') + ") = 0\nbrk(NULL) = 0x5000\n";
        const auto reader = make_strace_reader(
            std::make_unique<LineSource>(memory_bytes(text), "test", std::size_t{100}));
        const TraceRecord* record = reader->next();
        REQUIRE(record);
        CHECK_EQ(test::record_text(*record) + "\n", kBrk);
        CHECK_EQ(record->line, 2);
        CHECK_FALSE(reader->next());
        CHECK_EQ(reader->summary().warnings, 1);
    }

    TEST_CASE("a summary at the end is no damage") {
        check_one_call(
            "brk(NULL) = 0x5000\n"
            "% time     seconds  usecs/call     calls    errors syscall\n"
            "------ ----------- ----------- --------- --------- ----------------\n"
            " 29.37    0.000262          10        26         6 mmap\n"
            "------ ----------- ----------- --------- --------- ----------------\n"
            "100.00    0.000892          14        62        12 total\n",
            "");
    }

    TEST_CASE("the first five warnings are kept, all are counted, one for a line") {
        const auto run = run_strace("a\nb\nc\nd\ne\nf\ng\r\n\xff\r\n");
        CHECK_EQ(run.summary.warnings, 8);
        CHECK_EQ(run.summary.lines, 8);
        REQUIRE_EQ(run.summary.first_warnings.size(), 5);
        CHECK_EQ(run.summary.first_warnings[4].line, 5);
    }

    TEST_CASE("filters of strace are seen") {
        const std::string failure = "munmap(0x1, 4096) = -1 EINVAL (Invalid argument)\n";
        const std::string other = "getpid() = 7\n";
        CHECK(run_strace(failure + "+++ exited with 0 +++\n").summary.only_failures);
        CHECK_FALSE(run_strace(failure + other).summary.only_failures);
        CHECK(run_strace(other + "+++ exited with 0 +++\n").summary.only_successes);
        CHECK_FALSE(run_strace(other + failure + "+++ exited with 0 +++\n").summary.only_successes);
        CHECK_FALSE(run_strace(other + "exit_group(0) = ?\n+++ exited with 0 +++\n")
                        .summary.only_successes);
        CHECK(run_strace(other).summary.saw_other_calls);
        CHECK_FALSE(run_strace("brk(NULL) = 0x1\n").summary.saw_other_calls);
        CHECK(run_strace("close(3</a>) = 0\n").summary.saw_fd_paths);
        CHECK_FALSE(run_strace("close(3) = 0\n").summary.saw_fd_paths);
    }
}
