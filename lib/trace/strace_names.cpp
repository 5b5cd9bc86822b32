// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_names.h"

#include <algorithm>
#include <span>

#include "base/linux_abi.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

struct Name {
    std::string_view name;
    std::uint64_t value;
};

constexpr Name kOpen[] = {
    {"O_RDONLY", kORdonly},   {"O_WRONLY", kOWronly},      {"O_RDWR", kORdwr},
    {"O_ACCMODE", kOAccMode}, {"O_CLOEXEC", kOCloexec},    {"O_CREAT", 0100},
    {"O_EXCL", 0200},         {"O_NOCTTY", 0400},          {"O_TRUNC", 01000},
    {"O_APPEND", kOAppend},   {"O_NONBLOCK", 04000},       {"O_NDELAY", 04000},
    {"O_DSYNC", 010000},      {"FASYNC", 020000},          {"O_ASYNC", 020000},
    {"O_DIRECT", 040000},     {"O_LARGEFILE", 0100000},    {"O_DIRECTORY", kODirectory},
    {"O_NOFOLLOW", 0400000},  {"O_NOATIME", 01000000},     {"__O_SYNC", 04000000},
    {"O_SYNC", 04010000},     {"O_PATH", 010000000},       {"__O_TMPFILE", 020000000},
    {"O_TMPFILE", kOTmpfile}, {"O_EMPTYPATH", 0400000000},
};

constexpr Name kMemfd[] = {
    {"MFD_CLOEXEC", kMfdCloexec},
    {"MFD_ALLOW_SEALING", kMfdAllowSealing},
    {"MFD_HUGETLB", kMfdHugetlb},
    {"MFD_NOEXEC_SEAL", kMfdNoexecSeal},
    {"MFD_EXEC", 16},
};

// Ascending by number.
constexpr Name kNumbers[] = {
    {"open", 2},
    {"close", 3},
    {"mmap", 9},
    {"mprotect", 10},
    {"munmap", 11},
    {"brk", 12},
    {"ioctl", 16},
    {"mremap", 25},
    {"madvise", 28},
    {"shmget", 29},
    {"shmat", 30},
    {"dup", 32},
    {"dup2", 33},
    {"socket", 41},
    {"accept", 43},
    {"clone", 56},
    {"fork", 57},
    {"vfork", 58},
    {"execve", 59},
    {"exit", 60},
    {"shmdt", 67},
    {"fcntl", 72},
    {"creat", 85},
    {"personality", 135},
    {"mlock", 149},
    {"munlock", 150},
    {"mlockall", 151},
    {"munlockall", 152},
    {"prctl", 157},
    {"setrlimit", 160},
    {"epoll_create", 213},
    {"remap_file_pages", 216},
    {"exit_group", 231},
    {"mbind", 237},
    {"inotify_init", 253},
    {"openat", 257},
    {"signalfd", 282},
    {"timerfd_create", 283},
    {"eventfd", 284},
    {"accept4", 288},
    {"signalfd4", 289},
    {"eventfd2", 290},
    {"epoll_create1", 291},
    {"dup3", 292},
    {"inotify_init1", 294},
    {"perf_event_open", 298},
    {"fanotify_init", 300},
    {"prlimit64", 302},
    {"memfd_create", 319},
    {"execveat", 322},
    {"userfaultfd", 323},
    {"mlock2", 325},
    {"pkey_mprotect", 329},
    {"io_uring_setup", 425},
    {"pidfd_open", 434},
    {"clone3", 435},
    {"close_range", 436},
    {"openat2", 437},
    {"process_madvise", 440},
    {"memfd_secret", 447},
    {"map_shadow_stack", 453},
    {"mseal", 462},
};
static_assert(std::ranges::is_sorted(kNumbers, {}, &Name::value));

std::optional<std::uint64_t> find(std::span<const Name> names, std::string_view name) {
    const auto found = std::ranges::find(names, name, &Name::name);
    return found == names.end() ? std::nullopt : std::optional{found->value};
}

}  // namespace

std::optional<std::uint64_t> open_constant(std::string_view name) { return find(kOpen, name); }

std::optional<std::uint64_t> memfd_constant(std::string_view name) { return find(kMemfd, name); }

std::string_view numbered_call(std::string_view name) {
    // SYS_462 is how strace before 4.21 prints it.
    for (const std::string_view head : {"syscall_", "SYS_"}) {
        if (!name.starts_with(head)) continue;
        const auto number = parse_c_number(name.substr(head.size()));
        if (!number) return {};
        const auto found = std::ranges::lower_bound(kNumbers, *number, {}, &Name::value);
        const bool known = found != std::ranges::end(kNumbers) && found->value == *number;
        return known ? found->name : std::string_view{};
    }
    return {};
}

}  // namespace mmsim
