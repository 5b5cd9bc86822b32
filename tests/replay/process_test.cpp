// SPDX-License-Identifier: GPL-2.0-or-later
// Processes, threads and descriptors as the engine replays them.
#include <algorithm>

#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;
using Strings = std::vector<std::string>;

constexpr std::string_view kMap10 =
    "10 mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x10000";
const std::string kThread = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD";

std::string map_file(int pid, const char* addr, const char* fd) {
    return std::to_string(pid) + " mmap(" + addr + ", 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, " +
           fd + ", 0) = " + addr;
}

// The number of different files that are mapped.
std::size_t mapped_files(const Replayed& run) {
    std::vector<std::uint32_t> files;
    const Engine& engine = run.engine();
    const Mm& mm = engine.world().mms[engine.processes().front().mm.index];
    for (auto at = mm.vmas.first(); at; at.next()) {
        if (std::ranges::find(files, at->file.index) == files.end())
            files.push_back(at->file.index);
    }
    return files.size();
}

std::vector<std::string> missing(const Replayed& run) {
    std::vector<std::string> found;
    for (const MissingSwitch& one : run.engine().missing()) found.push_back(one.advice);
    return found;
}

}  // namespace

TEST_SUITE("replay/processes") {
    TEST_CASE("threads share the memory of their process") {
        const Replayed run(lines({kMap10, "10 clone(child_stack=0x1, flags=" + kThread + ") = 11",
                                  "11 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(run.maps(), "11000-12000 r--p 00000000\n");
        CHECK_EQ(run.engine().processes().size(), 1);
    }

    TEST_CASE("a forked child has a copy that goes its own way") {
        const Replayed run(lines({kMap10, "10 fork() = 11", "11 munmap(0x10000, 4096) = 0",
                                  "10 mprotect(0x11000, 4096, PROT_NONE) = 0"}));
        CHECK_EQ(run.maps(10), "10000-11000 r--p 00000000\n11000-12000 ---p 00000000\n");
        CHECK_EQ(run.maps(11), "11000-12000 r--p 00000000\n");
        CHECK_EQ(run.lives(), Strings{"process 10", "process 11"});
    }

    TEST_CASE("a child whose calls come before its parent's fork returns is that child") {
        const Replayed run(
            lines({kMap10, "10 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>",
                   "11 munmap(0x10000, 4096) = 0", "10 <... clone resumed>) = 11",
                   "11 munmap(0x11000, 4096) = 0"}));
        CHECK_EQ(run.maps(10), "10000-12000 r--p 00000000\n");
        CHECK_EQ(run.maps(11), "");
        CHECK_EQ(run.lives(), Strings{"process 10", "process 11"});
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a trace may begin with the calls of a child, its parent inside the fork") {
        const Replayed run(lines({"10 fork( <unfinished ...>", "11 munmap(0x10000, 4096) = 0",
                                  "10 <... fork resumed>) = 11", "10 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(run.lives(), Strings{"process 10", "process 11"});
        CHECK_EQ(run.steps(), Strings{"ok", "ok", "ok"});
    }

    TEST_CASE("vfork lends the memory until exec, and exec leaves it to the parent") {
        const Replayed run(lines({kMap10, "10 vfork( <unfinished ...>",
                                  "11 mmap(0x20000, 4096, PROT_READ, "
                                  "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x20000",
                                  "11 execve(\"/bin/x\", [\"x\"], 0x1 /* 0 vars */) = 0",
                                  "10 <... vfork resumed>) = 11",
                                  "11 mmap(0x30000, 4096, PROT_READ, "
                                  "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x30000"}));
        CHECK_EQ(run.maps(10), "10000-12000 r--p 00000000\n20000-21000 r--p 00000000\n");
        CHECK_EQ(run.maps(11), "30000-31000 r--p 00000000\n");
        CHECK_EQ(run.lives(), Strings{"process 10", "process 11", "exec 11"});
    }

    TEST_CASE("the end of one borrower does not end the address space") {
        const Replayed run(lines(
            {kMap10, "10 vfork() = 11", "11 exit_group(0) = ?", "10 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(run.maps(10), "11000-12000 r--p 00000000\n");
    }

    TEST_CASE("exit shows the layout once more while it is whole") {
        const Replayed run(lines({kMap10, "10 exit_group(0) = ?", "10 +++ exited with 0 +++"}));
        CHECK_EQ(run.maps(10), "10000-12000 r--p 00000000\n");
        CHECK_EQ(run.lives(), Strings{"process 10", "exit 10"});
        REQUIRE_EQ(run.engine().processes().size(), 1);
        CHECK(run.engine().processes()[0].exited);
        CHECK_EQ(run.engine().world().committed, Pages{0});
    }

    TEST_CASE("what a process says after its end is passed over") {
        const Replayed run(lines({kMap10, "10 clone(child_stack=0x1, flags=" + kThread + ") = 11",
                                  "10 exit_group(0) = ?", "11 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(run.steps().back(), "skipped");
        CHECK_EQ(run.engine().processes().size(), 1);
    }

    TEST_CASE("an execve that begins the trace keeps the layout that was given for it") {
        ReplayOptions options;
        options.initial_maps_text = "10000-12000 r--p 00000000 00:00 0\n";
        const std::string exec = "execve(\"/bin/x\", [\"x\"], 0x1 /* 0 vars */) = ";
        SUBCASE("also behind attempts that failed") {
            const Replayed run(
                lines({"10 " + exec + "-1 ENOENT (No such file)", "10 " + exec + "0"}), options);
            CHECK_EQ(run.maps(), "10000-12000 r--p 00000000\n");
        }
        SUBCASE("a later one does not") {
            const Replayed run(
                lines({"10 " + exec + "0", "10 munmap(0x10000, 4096) = 0", "10 " + exec + "0"}),
                options);
            CHECK_EQ(run.maps(), "");
            CHECK_EQ(missing(run),
                     Strings{"a trace of that program alone, and its --initial-maps"});
        }
    }

    TEST_CASE("exec of a JSON trace brings the layout that it names") {
        const Replayed run(R"({"mmsim_trace": 1, "events": [
            {"op": "mmap", "addr": 65536, "length": 4096, "prot": "PROT_READ",
             "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"},
            {"op": "execve", "maps": ["20000-22000 r-xp 00000000 08:01 7 /bin/x"]}]})");
        CHECK_EQ(run.maps(), "20000-22000 r-xp 00000000 /bin/x\n");
        CHECK_EQ(run.lives(), Strings{"process 1", "exec 1"});
    }

    TEST_CASE("threads of a trace that shows no clone are taken for the first process's") {
        const Replayed run(lines({kMap10, "11 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(run.maps(), "11000-12000 r--p 00000000\n");
        CHECK_EQ(run.engine().processes().size(), 1);
        CHECK_EQ(missing(run)[1], "strace -f -e trace=memory,desc,process");
    }

    TEST_CASE("a stranger that begins with an execve is a process of its own") {
        const Replayed run(lines({kMap10, "11 execve(\"/bin/x\", [\"x\"], 0x1 /* 0 vars */) = 0",
                                  "11 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(run.maps(10), "10000-12000 r--p 00000000\n");
        CHECK_EQ(run.engine().processes().size(), 2);
    }

    TEST_CASE("a fork that is refused makes no process, and what it does is passed over") {
        const Replayed run(R"({"mmsim_trace": 1, "events": [
            {"op": "mmap", "addr": 65536, "length": 4096, "prot": "PROT_READ",
             "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"},
            {"op": "fork", "child": 2, "fail": {"point": "fork_alloc"}},
            {"op": "munmap", "pid": 2, "addr": 65536, "length": 4096}]})");
        CHECK_EQ(run.steps(), Strings{"ok", "ENOMEM", "skipped"});
        CHECK_EQ(run.maps(1), "10000-11000 r--p 00000000\n");
    }

    TEST_CASE("--pid shows one process and still replays the others") {
        ReplayOptions options;
        options.pid = 11;
        const Replayed run(lines({kMap10, "10 fork() = 11", "11 munmap(0x10000, 8192) = 0"}),
                           options);
        REQUIRE_EQ(run.engine().processes().size(), 1);
        CHECK_EQ(run.maps(), "");
        CHECK_EQ(run.steps(), Strings{"skipped", "skipped", "ok"});
        CHECK_EQ(run.events(), Strings{"3:munmap"});
        CHECK_EQ(run.lives(), Strings{"process 11"});
    }

    TEST_CASE("--pid of a process that is not there is refused") {
        ReplayOptions options;
        options.pid = 12;
        CHECK_THROWS_WITH(Replayed(lines({kMap10}), options),
                          "--pid 12: the trace has no such process; it has 10");
    }
}

TEST_SUITE("replay/descriptors") {
    TEST_CASE("two openings of one path are two files, a dup is the same file") {
        const Replayed run(lines({"10 openat(AT_FDCWD, \"/x\", O_RDONLY) = 3",
                                  "10 openat(AT_FDCWD, \"/x\", O_RDONLY) = 4", "10 dup(3) = 5",
                                  map_file(10, "0x10000", "3"), map_file(10, "0x20000", "4"),
                                  map_file(10, "0x30000", "5")}));
        CHECK_EQ(mapped_files(run), 2);
    }

    TEST_CASE("a file lives until no descriptor and no mapping has it") {
        const Replayed run(lines({"10 openat(AT_FDCWD, \"/x\", O_RDONLY) = 3",
                                  map_file(10, "0x10000", "3"), "10 close(3) = 0"}));
        CHECK_EQ(run.engine().world().files.live(), 1);
        const Replayed gone(
            lines({"10 openat(AT_FDCWD, \"/x\", O_RDONLY) = 3", map_file(10, "0x10000", "3"),
                   "10 close(3) = 0", "10 munmap(0x10000, 4096) = 0"}));
        CHECK_EQ(gone.engine().world().files.live(), 0);
    }

    TEST_CASE("a descriptor of unknown origin is one file until it is closed") {
        const Replayed run(lines({map_file(10, "0x10000", "3"), map_file(10, "0x20000", "3"),
                                  "10 close(3) = 0", map_file(10, "0x30000", "3")}));
        CHECK_EQ(mapped_files(run), 2);
        CHECK_EQ(missing(run)[1], "strace -y");
    }

    TEST_CASE("a descriptor of unknown origin is another file when its path changes") {
        const Replayed run(
            lines({map_file(10, "0x10000", "3</x>"), map_file(10, "0x20000", "3</x>"),
                   map_file(10, "0x30000", "3</y>")}));
        CHECK_EQ(mapped_files(run), 2);
        CHECK_EQ(missing(run)[1], "strace -e trace=memory,desc");
    }

    TEST_CASE("where closing is shown, a new path is a new name") {
        const Replayed run(
            lines({"10 openat(AT_FDCWD, \"/x\", O_RDONLY) = 3</x>", "10 close(9</z>) = 0",
                   map_file(10, "0x10000", "3</x>"), map_file(10, "0x20000", "3</y>")}));
        CHECK_EQ(run.maps(), "10000-11000 r--p 00000000 /y\n20000-21000 r--p 00000000 /y\n");
    }

    TEST_CASE("a descriptor of unknown origin is read-only") {
        const Replayed run(
            lines({"10 mmap(0x10000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3</x>, 0) "
                   "= 0x10000",
                   "10 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3</x>, 0) = "
                   "-1 EACCES (Permission denied)"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.flags(), "rd mr me ms\n");
    }

    TEST_CASE("once it is mapped shared and writable it has been writable all along") {
        const Replayed run(
            lines({"10 mmap(0x10000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3</x>, 0) = 0x10000",
                   "10 mmap(0x20000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 3</x>, 0) = "
                   "0x20000"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.flags(), "rd sh mr mw me ms\nrd wr sh mr mw me ms\n");
    }

    TEST_CASE("the kind of a file follows from its path") {
        const Replayed run(
            lines({"10 memfd_create(\"m\", 0) = 3",
                   "10 mmap(0x10000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, "
                   "3, 0) = 0x10000",
                   map_file(10, "0x20000", "4</dev/zero>")}));
        CHECK_EQ(run.maps(), lines({"10000-11000 rw-s 00000000 /memfd:m (deleted)",
                                    "20000-21000 r--p 00000000 /dev/zero"}));
        const World& world = run.engine().world();
        const Mm& mm = world.mms[run.engine().processes()[0].mm.index];
        CHECK_EQ(world.files[mm.vmas.find_vma(vpn_of(0x10000))->file.index].type, FileType::shmem);
        CHECK(mm.vmas.find_vma(vpn_of(0x20000))->anonymous());
    }

    TEST_CASE("a file that loses its name, or gets another, is shown so where it is mapped") {
        const std::string opened = "10 openat(AT_FDCWD, \"/a\", O_RDWR) = 3</a>";
        const std::string mapped =
            "10 mmap(0x10000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3</a>, 0) = 0x10000";
        const auto named = [&](std::string_view call) {
            const std::string maps =
                Replayed(lines({opened, mapped, "10 close(3</a>) = 0", call,
                                "10 openat(AT_FDCWD, \"/a\", O_RDWR) = 3</a>"}))
                    .maps();
            return maps.substr(maps.rfind("0000 ") + 5);
        };
        CHECK_EQ(named("10 unlink(\"/a\") = 0"), "/a (deleted)\n");
        CHECK_EQ(named("10 unlinkat(AT_FDCWD, \"/a\", 0) = 0"), "/a (deleted)\n");
        CHECK_EQ(named("10 rename(\"/a\", \"/b\") = 0"), "/b\n");
        CHECK_EQ(named("10 rename(\"/b\", \"/a\") = 0"), "/a (deleted)\n");
        CHECK_EQ(named("10 unlink(\"/a\") = -1 EACCES (x)"), "/a\n");
        CHECK_EQ(named("10 unlink(\"a\") = 0"), "/a\n");
        CHECK_EQ(named("10 chdir(\"/\") = 0\n10 unlink(\"a\") = 0"), "/a (deleted)\n");
        CHECK_EQ(named("10 unlinkat(AT_FDCWD, \"/a\", AT_REMOVEDIR) = 0"), "/a\n");
        CHECK_EQ(named("10 renameat2(AT_FDCWD, \"/a\", AT_FDCWD, \"/b\", RENAME_EXCHANGE) = 0"),
                 "/a\n");
    }

    TEST_CASE("a directory can't be mapped, a file without a name in it can") {
        const std::string map = "10 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, ";
        const Replayed run(lines(
            {"10 openat(AT_FDCWD, \"/tmp\", O_RDONLY|O_DIRECTORY) = 3</tmp>",
             "10 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3</tmp>, 0) = -1 ENODEV (x)",
             "10 openat(AT_FDCWD, \"/tmp\", O_RDWR|O_EXCL|O_TMPFILE, 0600) = 4</tmp/#7>(deleted)",
             map + "4</tmp/#7>(deleted), 0) = 0x10000"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "10000-11000 rw-s 00000000 /tmp/#7 (deleted)\n");
    }

    TEST_CASE("each attach of a SysV segment is a file of its own") {
        const Replayed run(
            lines({"10 shmget(0x2a, 8192, IPC_CREAT|0600) = 5", "10 shmat(5, NULL, 0) = 0x10000",
                   "10 shmat(5, NULL, 0) = 0x12000", "10 shmdt(0x10000) = 0"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "12000-14000 rw-s 00000000 /SYSV0000002a (deleted)\n");
    }

    TEST_CASE("a SysV segment of huge pages is had whole, and cut at huge pages only") {
        const Replayed run(lines({"10 shmget(IPC_PRIVATE, 3145728, IPC_CREAT|SHM_HUGETLB|0600) = 5",
                                  "10 shmat(5, NULL, 0) = 0x40000000",
                                  "10 munmap(0x40000000, 4096) = -1 EINVAL (Invalid argument)",
                                  "10 munmap(0x40000000, 2097152) = 0"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "40200000-40400000 rw-s 00200000 /SYSV00000000 (deleted)\n");
    }

    TEST_CASE("a SysV segment of 1 GiB pages begins, ends and is cut at these") {
        const std::string get =
            "10 shmget(IPC_PRIVATE, 1610612736, "
            "IPC_CREAT|SHM_HUGETLB|30<<SHM_HUGE_SHIFT|0600) = 5";
        const Replayed run(lines({get, "10 shmat(5, NULL, 0) = 0x40000000",
                                  "10 munmap(0x40000000, 2097152) = -1 EINVAL (Invalid argument)",
                                  "10 munmap(0x40000000, 1073741824) = 0"}));
        CHECK(run.divergences().empty());
        CHECK_EQ(run.maps(), "80000000-c0000000 rw-s 40000000 /SYSV00000000 (deleted)\n");

        ReplayOptions options;
        options.addresses = Addresses::simulated;
        const Replayed placed(lines({get, "10 shmat(5, NULL, 0) = 0x7fff40000000"}), options);
        CHECK(placed.divergences().empty());
    }

    TEST_CASE("a binding gives files their driver by path") {
        ReplayOptions options;
        options.bindings = {{"/dev/z*", "zero"}};
        const Replayed run(lines({map_file(10, "0x10000", "3</dev/zap>")}), options);
        const World& world = run.engine().world();
        const Mm& mm = world.mms[run.engine().processes()[0].mm.index];
        const FileId file = mm.vmas.find_vma(vpn_of(0x10000))->file;
        CHECK_EQ(world.driver_of(file)->driver->name(), "zero");
        options.bindings = {{"/dev/z*", "nothing"}};
        CHECK_THROWS_WITH(Replayed("# nothing\n", options),
                          "--bind /dev/z*=nothing: there is no driver 'nothing'");
    }

    TEST_CASE("JSON files are open from the start and close with their last opening") {
        const std::string head = R"({"mmsim_trace": 1, "files": [{"id": "a", "path": "/x"}],
            "events": [)";
        const std::string map = R"({"op": "mmap", "addr": 65536, "length": 4096, "file": "a",
            "prot": "PROT_READ", "flags": "MAP_PRIVATE|MAP_FIXED"})";
        SUBCASE("open and dup") {
            const Replayed run(head + R"({"op": "open", "file": "a"}, {"op": "dup", "file": "a"},
                {"op": "close", "file": "a"}, )" +
                               map + "]}");
            CHECK_EQ(run.maps(), "10000-11000 r--p 00000000 /x\n");
        }
        SUBCASE("closed") {
            const Replayed run(head + R"({"op": "close", "file": "a"}, )" + map + "]}");
            CHECK_EQ(run.steps(), Strings{"ok", "EBADF"});
            CHECK_FALSE(run.engine().declared_files()[0].second);
        }
        SUBCASE("opened again") {
            const Replayed run(head + map + R"(, {"op": "close", "file": "a"},
                {"op": "open", "file": "a"}]})");
            REQUIRE(run.engine().declared_files()[0].second);
            const World& world = run.engine().world();
            CHECK_EQ(world.files[run.engine().declared_files()[0].second.index].refs, 1);
            CHECK_EQ(world.files.live(), 2);
        }
    }
}

}  // namespace mmsim
