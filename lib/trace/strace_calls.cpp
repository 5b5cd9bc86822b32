// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_calls.h"

#include <array>
#include <iterator>

#include "trace/strace_builders.h"
#include "trace/strace_names.h"

namespace mmsim {
namespace {

using Role = StraceCallKind::Role;

constexpr StraceCallKind kCalls[] = {
    {"mmap", build_mmap},
    {"mmap2", build_mmap},
    {"mmap_pgoff", build_mmap},
    {"old_mmap", build_mmap},
    {"old_mmap_pgoff", build_mmap},
    {"munmap", build_munmap},
    {"mprotect", build_mprotect},
    {"pkey_mprotect", build_pkey_mprotect},
    {"mremap", build_mremap},
    {"brk", build_brk},
    {"madvise", build_madvise},
    {"process_madvise", build_process_madvise},
    {"mlock", build_mlock},
    {"mlock2", build_mlock2},
    {"munlock", build_munlock},
    {"mlockall", build_mlockall},
    {"munlockall", build_munlockall},
    {"mseal", build_mseal},
    {"prctl", build_prctl},
    {"personality", build_personality},
    {"mbind", build_mbind},
    {"shmget", build_shmget},
    {"shmat", build_shmat},
    {"shmdt", build_shmdt},
    {"remap_file_pages", build_remap_file_pages},
    {"map_shadow_stack", build_map_shadow_stack},
    {"io_setup", build_io_setup},
    {"io_destroy", build_io_destroy},

    {"open", build_open},
    {"openat", build_openat},
    {"openat2", build_openat2},
    {"creat", build_creat},
    {"memfd_create", build_memfd_create},
    {"memfd_secret", build_memfd_secret},
    {"socket", build_socket},
    {"accept", build_accept},
    {"accept4", build_accept4},
    {"epoll_create", build_epoll_create},
    {"epoll_create1", build_epoll_create},
    {"eventfd", build_eventfd},
    {"eventfd2", build_eventfd},
    {"timerfd_create", build_timerfd_create},
    {"signalfd", build_signalfd},
    {"signalfd4", build_signalfd},
    {"inotify_init", build_inotify_init},
    {"inotify_init1", build_inotify_init},
    {"fanotify_init", build_fanotify_init},
    {"io_uring_setup", build_io_uring_setup},
    {"perf_event_open", build_perf_event_open},
    {"bpf", build_bpf},
    {"userfaultfd", build_userfaultfd},
    {"pidfd_open", build_pidfd_open},
    {"close", build_close},
    {"close_range", build_close_range},
    {"dup", build_dup},
    {"dup2", build_dup},
    {"dup3", build_dup3},
    {"unlink", build_unlink},
    {"unlinkat", build_unlinkat},
    {"rename", build_rename},
    {"renameat", build_renameat},
    {"renameat2", build_renameat},
    {"chdir", build_chdir},
    {"fchdir", build_fchdir},
    {"getcwd", build_getcwd},
    {"fcntl", build_fcntl},
    {"fcntl64", build_fcntl},
    {"ioctl", build_ioctl},

    {"fork", build_fork, Role::clone},
    {"vfork", build_vfork, Role::clone},
    {"clone", build_clone, Role::clone},
    {"clone2", build_clone, Role::clone},
    {"clone3", build_clone3, Role::clone},
    {"execve", build_execve, Role::exec},
    {"execveat", build_execveat, Role::exec},
    {"exit", build_exit, Role::exit},
    {"exit_group", build_exit_group, Role::exit_group},
    {"setrlimit", build_setrlimit},
    {"prlimit64", build_prlimit64},
    {"prlimit", build_prlimit64},
};

// A hash table that the compiler builds, with free slots all over: most names miss at once.
constexpr std::size_t kSlots = 512;
constexpr std::uint8_t kFree = 0xff;
static_assert(std::size(kCalls) < kFree);

constexpr std::size_t slot_of(std::string_view name) {
    std::size_t hash = name.size();
    for (const char c : {name.front(), name[name.size() / 2], name.back()}) {
        hash = hash * 31 + static_cast<unsigned char>(c);
    }
    return hash % kSlots;
}

constexpr auto kSlotTable = [] {
    std::array<std::uint8_t, kSlots> table{};
    table.fill(kFree);
    for (std::size_t i = 0; i < std::size(kCalls); ++i) {
        std::size_t slot = slot_of(kCalls[i].name);
        while (table[slot] != kFree) slot = (slot + 1) % kSlots;
        table[slot] = static_cast<std::uint8_t>(i);
    }
    return table;
}();

// The next word of a comment; empty at the end.
std::string_view take_word(std::string_view& text) {
    text = trim_spaces(text);
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

}  // namespace

const StraceCallKind* find_call(std::string_view name) {
    if (name.empty()) return nullptr;
    for (std::size_t slot = slot_of(name); kSlotTable[slot] != kFree; slot = (slot + 1) % kSlots) {
        const StraceCallKind& kind = kCalls[kSlotTable[slot]];
        if (kind.name == name) return &kind;
    }
    if (const std::string_view known = numbered_call(name); !known.empty()) return find_call(known);
    return nullptr;
}

std::optional<TouchCall> parse_touch(std::string_view comment, bool& wrong) {
    wrong = false;
    constexpr std::string_view kHead = "# touch ";
    if (!comment.starts_with(kHead)) return std::nullopt;
    comment.remove_prefix(kHead.size());
    TouchCall touch;
    const auto addr = parse_number(take_word(comment));
    if (!addr) return std::nullopt;  // prose
    const auto length = parse_number(take_word(comment));
    const std::string_view access = take_word(comment);
    const std::string_view fault = take_word(comment);
    const auto fault_at = parse_number(take_word(comment));
    wrong = true;
    if (!length || (access != "r" && access != "w")) return std::nullopt;
    if (!fault.empty() && (fault != "fault-at" || !fault_at)) return std::nullopt;
    wrong = false;
    touch.addr = *addr;
    touch.length = *length;
    touch.write = access == "w";
    if (!fault.empty()) touch.fault_at = *fault_at;
    return touch;
}

void StraceCall::complain(std::string_view what, std::string_view text) {
    if (!problem.empty()) return;
    problem = what;
    about = text;
}

std::string_view StraceCall::arg(std::size_t place) const {
    return place < args.count ? args.at[place] : std::string_view{};
}

std::uint64_t StraceCall::number(std::size_t place) { return number_of(arg(place)); }

std::uint64_t StraceCall::number_of(std::string_view text) {
    const auto value = parse_number(text);
    if (!value) {
        unreadable = true;
        complain("an argument is missing or no number:", text);
    }
    return value.value_or(0);
}

std::uint64_t StraceCall::flags(std::size_t place, AbiFamily family) {
    if (arg(place).empty()) return number_of({});
    return flags_of(parse_flags(arg(place), family));
}

std::uint64_t StraceCall::flags_of(const FlagsValue& flags) {
    if (!flags.unknown.empty()) complain("unknown name", flags.unknown);
    return flags.value;
}

FileRef StraceCall::fd(std::size_t place) {
    const FileRef file = parse_fd(line, arg(place));
    saw_fd_path |= !file.path.empty();
    if (arg(place).empty()) number_of({});
    return file;
}

FileRef StraceCall::result_fd() {
    const FileRef file = parse_fd(line, result.text);
    saw_fd_path |= !file.path.empty();
    return file;
}

std::optional<std::string_view> StraceCall::text(std::size_t place) {
    return parse_string(line, arg(place));
}

}  // namespace mmsim
