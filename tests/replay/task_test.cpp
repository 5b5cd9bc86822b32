// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/task.h"

#include <doctest/doctest.h>

#include "base/linux_abi.h"

namespace mmsim {

TEST_SUITE("replay/task") {
    TEST_CASE("a thread belongs to the process that made it, and has its descriptors") {
        TaskTable tasks;
        Process& process = tasks.add_process(10);
        CHECK_EQ(&tasks.clone(process, kCloneVm | kCloneThread | kCloneFiles, 11), &process);
        CHECK_EQ(tasks.find(11), &process);
        tasks.open(*tasks.find(11), 3, 7, false);
        CHECK_EQ(tasks.file_at(process, 3), 7);
    }

    TEST_CASE("a forked child has the descriptors of its parent, and they part from there") {
        TaskTable tasks;
        Process& parent = tasks.add_process(10);
        tasks.open(parent, 3, 7, false);
        Process& child = tasks.clone(parent, 0, 11);
        REQUIRE_NE(&child, &parent);
        CHECK_EQ(tasks.descriptors(7), 2);
        tasks.close(child, 3, 3);
        CHECK_EQ(tasks.file_at(child, 3), 0);
        CHECK_EQ(tasks.file_at(parent, 3), 7);
        CHECK(tasks.released().empty());
        tasks.close(parent, 3, 3);
        CHECK_EQ(tasks.released(), std::vector<FileNumber>{7});
    }

    TEST_CASE("a child with CLONE_FILES closes for its parent too") {
        TaskTable tasks;
        Process& parent = tasks.add_process(10);
        tasks.open(parent, 3, 7, false);
        Process& child = tasks.clone(parent, kCloneVm | kCloneFiles, 11);
        tasks.close(child, 3, 3);
        CHECK_EQ(tasks.file_at(parent, 3), 0);
        CHECK_EQ(tasks.released(), std::vector<FileNumber>{7});
    }

    TEST_CASE("exec closes what is marked for it, in a table of its own") {
        TaskTable tasks;
        Process& parent = tasks.add_process(10);
        tasks.open(parent, 3, 7, true);
        tasks.open(parent, 4, 8, false);
        Process& child = tasks.clone(parent, kCloneVm | kCloneFiles, 11);
        tasks.exec(child, 11);
        CHECK_EQ(tasks.file_at(child, 3), 0);
        CHECK_EQ(tasks.file_at(child, 4), 8);
        CHECK_EQ(tasks.file_at(parent, 3), 7);
        CHECK(tasks.released().empty());
    }

    TEST_CASE("exec leaves one thread, the one that called, under the pid of the process") {
        TaskTable tasks;
        Process& process = tasks.add_process(10);
        tasks.clone(process, kCloneThread, 11);
        tasks.clone(process, kCloneThread, 12);
        tasks.exec(process, 12);
        CHECK_EQ(tasks.find(11), nullptr);
        CHECK_EQ(tasks.find(10), &process);
        CHECK_EQ(tasks.find(12), &process);
    }

    TEST_CASE("a process ends with its last thread, and gives its descriptors back") {
        TaskTable tasks;
        Process& process = tasks.add_process(10);
        tasks.open(process, 3, 7, false);
        tasks.clone(process, kCloneThread, 11);
        CHECK_FALSE(tasks.exit_thread(10));
        CHECK_FALSE(process.ended);
        CHECK(tasks.exit_thread(11));
        CHECK(process.ended);
        CHECK_EQ(tasks.released(), std::vector<FileNumber>{7});
    }

    TEST_CASE("what is said about threads of an ended process finds the ended process") {
        TaskTable tasks;
        Process& process = tasks.add_process(10);
        tasks.clone(process, kCloneThread, 11);
        tasks.exit_process(process);
        REQUIRE_NE(tasks.find(11), nullptr);
        CHECK(tasks.find(11)->ended);
    }

    TEST_CASE("a pid that is given out again is another process") {
        TaskTable tasks;
        Process& parent = tasks.add_process(10);
        Process& first = tasks.clone(parent, 0, 11);
        tasks.exit_process(first);
        Process& second = tasks.clone(parent, 0, 11);
        CHECK_EQ(tasks.find(11), &second);
        CHECK_FALSE(second.ended);
        CHECK_EQ(tasks.processes().size(), 3);
    }

    TEST_CASE("a clone that returns a child who is there already makes no second one") {
        TaskTable tasks;
        Process& parent = tasks.add_process(10);
        tasks.clone(parent, 0, 11, true);
        CHECK(tasks.take_early(11));
        CHECK_FALSE(tasks.take_early(11));
        CHECK_FALSE(tasks.take_early(12));
    }

    TEST_CASE("opening a descriptor that is open closes what it stood for") {
        TaskTable tasks;
        Process& process = tasks.add_process(10);
        tasks.open(process, 3, 7, false);
        tasks.open(process, 3, 8, false);
        CHECK_EQ(tasks.released(), std::vector<FileNumber>{7});
        tasks.open(process, 3, 8, false);
        CHECK_EQ(tasks.descriptors(8), 1);
    }

    TEST_CASE("a range of descriptors closes without a step for each number in it") {
        TaskTable tasks;
        Process& process = tasks.add_process(10);
        for (const std::int64_t fd : {2, 3, 1023, 1024, 2000000000}) {
            tasks.open(process, fd, static_cast<FileNumber>(fd % 1000 + 1), false);
        }
        tasks.close(process, 3, 0xffffffff);
        CHECK_EQ(tasks.file_at(process, 2), 3);
        for (const std::int64_t fd : {3, 1023, 1024, 2000000000}) {
            CHECK_EQ(tasks.file_at(process, fd), 0);
        }
        CHECK_EQ(tasks.released().size(), 4);
    }
}

}  // namespace mmsim
