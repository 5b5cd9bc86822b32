// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/convert.h"

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;

struct Converted {
    std::string text;
    std::vector<std::string> not_carried;
};

Converted convert(const std::string& text, TraceFormat format) {
    Converted result;
    std::ostringstream out;
    const auto reader = test::trace_of(text);
    convert_trace(*reader, out, format,
                  [&](const std::string& what) { result.not_carried.push_back(what); });
    result.text = out.str();
    return result;
}

std::string events_of(const std::string& jsonl) { return jsonl.substr(jsonl.find('\n') + 1); }

const std::string kJson = R"({
  "mmsim_trace": 1,
  "title": "two maps",
  "limits": {"max_map_count": 9, "rlimit_as": null},
  "files": [
    {"id": "a", "path": "/x", "mode": "rw"}
  ],
  "events": [
    {"op": "mmap", "addr": "0x10000", "length": 4096, "prot": "PROT_READ", )"
                          R"("flags": "MAP_PRIVATE|MAP_FIXED", "file": "a", "offset": 0, )"
                          R"("result": "0x10000"},
    {"op": "munmap", "addr": "0x10000", "length": 4096, )"
                          R"("fail": {"point": "munmap_prealloc", "errno": "ENOMEM"}}
  ],
  "expect": {"maps":[]}
}
)";

}  // namespace

TEST_SUITE("replay/convert") {
    TEST_CASE("what is registered with a userfaultfd at the end is so in JSON, too") {
        const std::string text = lines(
            {"10 mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = "
             "0x10000",
             "10 userfaultfd(0) = 3", "10 ioctl(3, UFFDIO_API, {api=0xaa, features=0}) = 0",
             "10 fork() = 11",
             "11 ioctl(3, UFFDIO_REGISTER, {range={start=0x10000, len=0x1000}, "
             "mode=UFFDIO_REGISTER_MODE_MISSING}) = 0",
             "11 exit_group(0) = ?", "10 exit_group(0) = ?"});
        const Converted json = convert(text, TraceFormat::jsonl);
        CHECK(json.not_carried.empty());
        CHECK_EQ(Replayed(text).flags(10), "rd mr mw me um\nrd mr mw me\n");
        CHECK_EQ(Replayed(json.text).flags(10), "rd mr mw me um\nrd mr mw me\n");
    }

    TEST_CASE("JSON becomes JSON Lines and JSON again without loss") {
        const Converted jsonl = convert(kJson, TraceFormat::jsonl);
        CHECK(jsonl.not_carried.empty());
        CHECK_EQ(std::ranges::count(jsonl.text, '\n'), 3);
        CHECK_EQ(convert(jsonl.text, TraceFormat::json).text, kJson);
    }

    TEST_CASE("descriptors become files, but only those that are mapped") {
        const Converted got = convert(
            lines({"10 openat(AT_FDCWD, \"/never\", O_RDONLY) = 3", "10 close(3) = 0",
                   "10 openat(AT_FDCWD, \"/x\", O_RDWR) = 3", "10 dup(3) = 4", "10 close(3) = 0",
                   "10 mmap(0x10000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, 4, 0) = 0x10000",
                   "10 close(4) = 0"}),
            TraceFormat::jsonl);
        CHECK(got.not_carried.empty());
        CHECK_NE(got.text.find(R"("files": [{"id": "f2", "path": "/x", "mode": "rw"}])"),
                 std::string::npos);
        CHECK_EQ(got.text.find("never"), std::string::npos);
        CHECK_EQ(events_of(got.text),
                 lines({R"({"op": "open", "pid": 10, "file": "f2"})",
                        R"({"op": "dup", "pid": 10, "file": "f2"})",
                        R"({"op": "close", "pid": 10, "file": "f2"})",
                        R"({"op": "mmap", "pid": 10, "addr": "0x10000", "length": 4096, )"
                        R"("prot": "PROT_READ", "flags": "MAP_PRIVATE|MAP_FIXED", "file": "f2", )"
                        R"("offset": 0, "result": "0x10000"})",
                        R"({"op": "close", "pid": 10, "file": "f2"})"}));
    }

    TEST_CASE("a descriptor that a child inherits is closed when the last of them is") {
        const Converted got = convert(
            lines({"10 openat(AT_FDCWD, \"/x\", O_RDONLY) = 3", "10 fork() = 11",
                   "10 mmap(0x10000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, 3, 0) = 0x10000",
                   "10 close(3) = 0", "11 exit_group(0) = ?"}),
            TraceFormat::jsonl);
        const std::string events = events_of(got.text);
        CHECK_EQ(events.find(R"("op": "close", "pid": 10)"), std::string::npos);
        CHECK_NE(events.find(R"({"op": "close", "pid": 11, "file": "f1"})"
                             "\n"
                             R"({"op": "exit", "pid": 11})"),
                 std::string::npos);
    }

    TEST_CASE("threads become their process, and only its end is an event") {
        const Converted got = convert(
            lines({"10 clone(child_stack=0x1, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 11",
                   "11 munmap(0x10000, 4096) = 0", "11 exit(0) = ?", "10 exit_group(0) = ?"}),
            TraceFormat::jsonl);
        CHECK(got.not_carried.empty());
        CHECK_EQ(events_of(got.text),
                 lines({R"({"op": "clone", "pid": 10, "child": 11, "flags": )"
                        R"("CLONE_VM|CLONE_FILES|CLONE_THREAD", "result": 11})",
                        R"({"op": "munmap", "pid": 10, "tid": 11, "addr": "0x10000", )"
                        R"("length": 4096, "result": 0})",
                        R"({"op": "exit", "pid": 10})"}));
    }

    TEST_CASE("a child that shows up before its fork returns begins before it shows up") {
        const Converted got =
            convert(lines({"10 fork( <unfinished ...>", "11 munmap(0x10000, 4096) = 0",
                           "10 <... fork resumed>) = 11"}),
                    TraceFormat::jsonl);
        CHECK_EQ(events_of(got.text),
                 lines({R"({"op": "clone", "pid": 10, "child": 11, "result": 11})",
                        R"({"op": "munmap", "pid": 11, "addr": "0x10000", "length": 4096, )"
                        R"("result": 0})"}));
    }

    TEST_CASE("pages of 1 GiB stay what they are") {
        const std::string text = lines(
            {"10 memfd_create(\"m\", MFD_HUGETLB|30<<MFD_HUGE_SHIFT) = 3",
             "10 mmap(NULL, 2147483648, PROT_READ, MAP_SHARED, 3, 0) = 0x40000000",
             "10 munmap(0x40000000, 2097152) = -1 EINVAL (x)",
             "10 memfd_create(\"n\", MFD_HUGETLB) = 4",
             "10 mmap(NULL, 4194304, PROT_READ, MAP_SHARED, 4, 0) = 0x100000000",
             "10 munmap(0x100000000, 2097152) = 0",
             "10 shmget(IPC_PRIVATE, 1610612736, IPC_CREAT|SHM_HUGETLB|30<<SHM_HUGE_SHIFT) = 5",
             "10 shmat(5, NULL, 0) = 0x200000000", "10 munmap(0x200000000, 1073741824) = 0"});
        const std::string json = convert(text, TraceFormat::json).text;
        CHECK_NE(json.find("[\"F_SEAL_SEAL\"], \"huge_page\": 1073741824}"), std::string::npos);
        CHECK_EQ(json.find("\"huge_page\": 2097152"), std::string::npos);
        const Replayed direct(text);
        const Replayed converted(json);
        // The pools are empty; the rest is as recorded.
        CHECK_EQ(direct.divergences(), std::vector<std::string>{"2 forced", "5 forced"});
        CHECK_EQ(converted.divergences().size(), 2);
        CHECK_EQ(converted.maps(), direct.maps());
    }

    TEST_CASE("a file that is unlinked, open or closed, goes by that name in JSON") {
        for (const char* close : {"", "10 close(3) = 0\n"}) {
            const std::string text =
                convert(
                    "10 openat(AT_FDCWD, \"/a\", O_RDWR) = 3\n"
                    "10 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x20000\n" +
                        std::string(close) + "10 unlink(\"/a\") = 0\n",
                    TraceFormat::json)
                    .text;
            CHECK_MESSAGE(text.find("/a (deleted)") != std::string::npos, text);
        }
    }

    TEST_CASE("what JSON cannot carry is named with its line") {
        const Converted got = convert(
            lines({"10 munmap(0x10000, 4096) = 0 (INJECTED)",
                   "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) = -1 EBADF (Bad fd)"}),
            TraceFormat::json);
        CHECK_EQ(got.not_carried,
                 std::vector<std::string>{
                     "trace:1: strace injected the result, the kernel never saw the call",
                     "trace:2: the descriptor is of no known file"});
    }

    TEST_CASE("a converted trace replays to the same layout and the same flags") {
        const std::string text = lines(
            {"10 memfd_create(\"m\", 0) = 3",
             "10 mmap(0x10000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 3, 0) = 0x10000",
             "10 mmap(0x20000, 8192, PROT_READ, MAP_SHARED|MAP_FIXED, 4</x>, 0) = 0x20000",
             "10 mmap(0x30000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, 4</x>, 0) = "
             "0x30000",
             "10 mmap(0x40000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, 5</dev/zero>, 0) = 0x40000",
             "10 shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 7",
             "10 shmat(7, NULL, SHM_RDONLY) = 0x50000", "10 mlock(0x10000, 4096) = 0",
             "10 fork() = 11", "11 munmap(0x10000, 4096) = 0",
             "10 mprotect(0x21000, 4096, PROT_NONE) = 0"});
        const Replayed before(text);
        const Replayed after(convert(text, TraceFormat::json).text);
        for (const int pid : {10, 11}) {
            CHECK_EQ(after.maps(pid), before.maps(pid));
            CHECK_EQ(after.flags(pid), before.flags(pid));
        }
        CHECK(before.divergences().empty());
        CHECK(after.divergences().empty());
    }
}

}  // namespace mmsim
