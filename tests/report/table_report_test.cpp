// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/table_report.h"

#include <doctest/doctest.h>

#include "report/vma_table.h"
#include "support/golden.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// Two threads, a file, stacks; a comma and a bar in its name.
const char* const kStacks =
    "7 openat(AT_FDCWD, \"/lib/a,b|c.so\", O_RDONLY) = 3</lib/a,b|c.so>\n"
    "7 mmap(0x20000, 16384, PROT_READ, MAP_PRIVATE|MAP_FIXED, 3</lib/a,b|c.so>, 0) = 0x20000\n"
    " > /usr/lib/libc.so.6(mmap64+0x26) [0x1000]\n"
    " > /opt/prog(load; now+0x10) [0x20]\n"
    " > /opt/prog(main+0x20) [0x40]\n"
    "7 mprotect(0x21000, 4096, PROT_NONE) = 0\n"
    " > /usr/lib/libc.so.6(mprotect+0x26) [0x1000]\n"
    " > /opt/prog(main+0x30) [0x50]\n"
    "7 mmap(0x40000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = "
    "0x40000\n";

std::string table_of(const Report& report, GroupBy by) {
    std::string text;
    for (const VmaTableRow& row : vma_table(report, by)) {
        text += row.name + ": " + std::to_string(row.vmas) + " " + std::to_string(row.boundaries) +
                " " + std::to_string(row.pages.count) + "\n";
    }
    return text;
}

}  // namespace

TEST_SUITE("report/tables") {
    TEST_CASE("the tables as CSV read as they did") {
        check_golden("report/golden/tables.csv",
                     table_report(Replayed(kStacks).report(), TableForm::csv));
    }

    TEST_CASE("the tables as Markdown read as they did") {
        check_golden("report/golden/tables.md",
                     table_report(Replayed(kStacks).report(), TableForm::markdown));
    }

    TEST_CASE("folded stacks begin outside, end inside, and weigh VMAs") {
        CHECK_EQ(folded_stacks(Replayed(kStacks).report()),
                 "pid_7;mmap;/dev/zero_(deleted) 1\n"
                 "pid_7;prog(main+0x20);prog(load:_now+0x10);libc.so.6(mmap64+0x26) 1\n"
                 "pid_7;prog(main+0x30);libc.so.6(mprotect+0x26) 2\n");
    }

    TEST_CASE("the folded VMAs are all that there are, also of processes that ended") {
        const Report report =
            Replayed(json_trace(map_event("0x20000", 8) + "," + protect_event("0x22000", 2) +
                                R"(,{"op": "fork", "child": 2, "flags": 0},
                                    {"op": "exit", "pid": 2})"))
                .report();
        CHECK_EQ(folded_stacks(report),
                 "pid_1;mmap;[anonymous] 1\npid_1;mprotect;[anonymous] 2\n"
                 "pid_2;mmap;[anonymous] 1\npid_2;mprotect;[anonymous] 2\n");
    }

    TEST_CASE("each way to group counts every VMA once") {
        const Report report = Replayed(kStacks).report();
        CHECK_EQ(table_of(report, GroupBy::path),
                 "/lib/a,b|c.so: 3 2 4\n/dev/zero (deleted): 1 0 1\n");
        CHECK_EQ(table_of(report, GroupBy::site),
                 "prog(main+0x30): 2 2 3\nmmap: 1 0 1\nprog(load; now+0x10): 1 0 1\n");
        CHECK_EQ(table_of(report, GroupBy::prot), "r--p: 2 1 3\n---p: 1 1 1\nrw-s: 1 0 1\n");
        CHECK_EQ(table_of(report, GroupBy::thread), "7: 4 2 5\n");
        CHECK_EQ(group_by_from_name("driver"), GroupBy::driver);
        CHECK_FALSE(group_by_from_name("colour"));
    }
}
