// SPDX-License-Identifier: GPL-2.0-or-later
// Userfaultfds as a trace shows them: descriptors that stand for an address space. Rule 5.7
#include <doctest/doctest.h>

#include "replay/replayed.h"

namespace mmsim {
namespace {

using test::lines;
using test::Replayed;
using Strings = std::vector<std::string>;

constexpr std::string_view kTwoPages =
    "10 mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x10000";
constexpr std::string_view kOpenUffd = "10 userfaultfd(0) = 3";
constexpr std::string_view kUffdApi = "10 ioctl(3, UFFDIO_API, {api=0xaa, features=0}) = 0";

std::string uffd_line(int pid, int fd, std::string_view what) {
    return std::to_string(pid) + " ioctl(" + std::to_string(fd) + ", " + std::string(what);
}
constexpr std::string_view kRegisterFirst =
    "UFFDIO_REGISTER, {range={start=0x10000, len=0x1000}, mode=UFFDIO_REGISTER_MODE_MISSING}) = 0";

const std::string kUncut = "10000-12000 r--p 00000000\n";
const std::string kCutInTwo = "10000-11000 r--p 00000000\n11000-12000 r--p 00000000\n";

}  // namespace

TEST_SUITE("replay/userfaultfd") {
    TEST_CASE("what is registered lasts until the last descriptor is closed") {
        const std::string head =
            lines({kTwoPages, kOpenUffd, kUffdApi, uffd_line(10, 3, kRegisterFirst),
                   "10 dup(3) = 4", "10 close(3) = 0"});
        const Replayed registered(head);
        CHECK_EQ(registered.maps(), kCutInTwo);
        CHECK_EQ(registered.flags(), "rd mr mw me um\nrd mr mw me\n");
        const Replayed closed(head + "10 close(4) = 0\n");
        CHECK_EQ(closed.maps(), kUncut);
        CHECK_EQ(closed.events().back(), "7:userfaultfd");
        CHECK(closed.divergences().empty());
    }

    TEST_CASE("closing a descriptor on exec closes it") {
        const Replayed run(lines({kTwoPages, "10 userfaultfd(O_CLOEXEC) = 3", kUffdApi,
                                  "10 vfork() = 11", uffd_line(11, 3, kRegisterFirst),
                                  "11 execve(\"/bin/true\", [], 0x1) = 0", "10 close(3) = 0"}));
        CHECK_EQ(run.maps(10), kUncut);
    }

    TEST_CASE("a child asks for its parent's memory, whose userfaultfd it has") {
        const Replayed run(lines({kTwoPages, kOpenUffd, kUffdApi, "10 fork() = 11",
                                  uffd_line(11, 3, kRegisterFirst), "10 close(3) = 0"}));
        CHECK_EQ(run.maps(10), kCutInTwo);
        CHECK_EQ(run.maps(11), kUncut);
        CHECK_EQ(run.events().back(), "5:userfaultfd");
        CHECK(run.divergences().empty());
    }

    TEST_CASE("the child's end closes what the parent has closed") {
        const Replayed run(
            lines({kTwoPages, kOpenUffd, kUffdApi, "10 fork() = 11",
                   uffd_line(11, 3, kRegisterFirst), "10 close(3) = 0", "11 exit_group(0) = ?"}));
        CHECK_EQ(run.maps(10), kUncut);
    }

    TEST_CASE("the end of its process leaves a userfaultfd of nothing") {
        const Replayed run(
            lines({kTwoPages, kOpenUffd, kUffdApi, "10 fork() = 11", "10 exit_group(0) = ?",
                   uffd_line(11, 3,
                             "UFFDIO_UNREGISTER, {start=0x10000, len=0x1000}) "
                             "= -1 ENOMEM (Cannot allocate memory)"),
                   "11 close(3) = 0"}));
        CHECK_EQ(run.maps(11), kUncut);
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a userfaultfd that was open before the trace begins is believed in") {
        const Replayed run(lines({kTwoPages, uffd_line(10, 3, kRegisterFirst)}));
        CHECK_EQ(run.maps(), kCutInTwo);
        CHECK(run.divergences().empty());
    }

    TEST_CASE("a failure on a descriptor that nothing is known of is taken as it is") {
        const Replayed run(
            lines({kTwoPages, uffd_line(10, 3,
                                        "UFFDIO_UNREGISTER, {start=0x10000, len=0x1000}) = -1 "
                                        "EBADF (Bad file descriptor)")}));
        CHECK_EQ(run.steps(), Strings{"ok", "EBADF"});
        CHECK(run.divergences().empty());
    }

    TEST_CASE("in JSON it is a file, and one that is none is ENOTTY") {
        const Replayed run(R"({"mmsim_trace": 1,
            "files": [{"id": "u", "path": "anon_inode:[userfaultfd]", "type": "char"},
                      {"id": "f", "path": "/f"}],
            "events": [
            {"op": "mmap", "addr": "0x10000", "length": 8192, "prot": "PROT_READ",
             "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"},
            {"op": "uffdio_register", "file": "u", "addr": "0x10000", "length": 4096,
             "flags": "UFFDIO_REGISTER_MODE_WP"},
            {"op": "uffdio_api", "file": "u"},
            {"op": "uffdio_register", "file": "u", "addr": "0x10000", "length": 4096,
             "flags": "UFFDIO_REGISTER_MODE_WP"},
            {"op": "uffdio_api", "file": "f"}]})");
        CHECK_EQ(run.steps(), Strings{"ok", "EINVAL", "ok", "ok", "ENOTTY"});
        CHECK_EQ(run.flags(), "rd mr mw me uw\nrd mr mw me\n");
    }
}

}  // namespace mmsim
