// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that make, copy and close descriptors: what the descriptor of an mmap means.
#include "base/linux_abi.h"
#include "trace/strace_builders.h"
#include "trace/strace_names.h"

namespace mmsim {
namespace {

// F_* of fcntl(2), which -X raw prints as numbers.
constexpr std::uint64_t kDupFd = 0;
constexpr std::uint64_t kDupFdCloexec = 1030;
constexpr std::uint64_t kAddSeals = 1033;

// SOCK_CLOEXEC, EFD_CLOEXEC and their kind are O_CLOEXEC under other names.
bool has_cloexec(std::string_view flags) {
    if (flags.find("CLOEXEC") != std::string_view::npos) return true;
    return (parse_flags(flags, AbiFamily::none).value & kOCloexec) != 0;
}

// A file that has no name: `path` is what /proc/PID/fd would show. With -y strace knows better.
bool build_nameless(StraceCall& call, TraceCall& out, std::string_view path, bool cloexec) {
    if (!call.succeeded()) return false;
    OpenCall& open = out.emplace<OpenCall>();
    open.file = call.result_fd();
    if (open.file.path.empty()) open.file.path = path;
    open.flags = kORdwr;
    open.cloexec = cloexec;
    return true;
}

// Which driver serves a socket; empty for those that can't be mapped.
std::string_view socket_driver(std::string_view family, std::string_view type,
                               std::string_view protocol) {
    if (is_constant(family, "AF_PACKET", 17)) return "packet";
    if (!is_constant(family, "AF_INET", 2) && !is_constant(family, "AF_INET6", 10)) return {};
    // SOCK_CLOEXEC and SOCK_NONBLOCK stand behind it, or are bits of the same number.
    constexpr std::uint64_t kKind = 0xf;
    type = type.substr(0, type.find('|'));
    const bool stream = type == "SOCK_STREAM" || (parse_number(type).value_or(0) & kKind) == 1;
    const bool tcp =
        is_constant(protocol, "IPPROTO_IP", 0) || is_constant(protocol, "IPPROTO_TCP", 6);
    return stream && tcp ? "tcp" : std::string_view{};
}

bool build_open_socket(StraceCall& call, TraceCall& out, std::string_view driver, bool cloexec) {
    if (!build_nameless(call, out, "socket:[]", cloexec)) return false;
    std::get<OpenCall>(out).driver = driver;
    return true;
}

// "AT_FDCWD", "AT_FDCWD</srv>" as -y prints it, or a descriptor.
FileRef directory_of(StraceCall& call, std::size_t place) {
    constexpr std::string_view kName = "AT_FDCWD";
    std::string_view text = call.arg(place);
    if (!text.starts_with(kName)) return call.fd(place);
    text.remove_prefix(kName.size());
    FileRef directory = parse_fd(call.line, text);
    directory.fd = kAtFdCwd;
    return directory;
}

// `path`: the place of the argument that names the file.
bool build_named(StraceCall& call, TraceCall& out, const FileRef& at, std::size_t path,
                 const FlagsValue& flags) {
    if (!call.succeeded()) return false;
    OpenCall& open = out.emplace<OpenCall>();
    open.at = at;
    open.file = call.result_fd();
    open.whole = !open.file.path.empty();
    if (!open.whole) open.file.path = call.text(path).value_or(std::string_view{});
    open.flags = call.flags_of(flags);
    open.cloexec = (open.flags & kOCloexec) != 0;
    return true;
}

bool build_copy(StraceCall& call, TraceCall& out, bool cloexec) {
    if (!call.succeeded()) return false;
    DupCall& dup = out.emplace<DupCall>();
    dup.file = call.fd(0);
    dup.new_fd = call.result_fd().fd;
    dup.cloexec = cloexec;
    return true;
}

// As the flags of mmap encode it; the usual size where they say nothing.
std::uint64_t huge_page_bytes(std::uint64_t flags) {
    constexpr std::uint64_t kUsual = 21;
    const std::uint64_t size = flags >> kMapHugeShift & kMapHugeMask;
    return std::uint64_t{1} << (size != 0 ? size : kUsual);
}

bool build_name(StraceCall& call, TraceCall& out, std::size_t place, const FileRef& at) {
    const std::string_view path = call.text(place).value_or(std::string_view{});
    if (!call.succeeded() || path.empty()) return false;
    out = UnlinkCall{.path = path, .now = {}, .at = at, .now_at = kCurrentDirectory};
    return true;
}

bool build_new_name(StraceCall& call, TraceCall& out, std::size_t place, const FileRef& at) {
    UnlinkCall& rename = std::get<UnlinkCall>(out);
    rename.now = call.text(place).value_or(std::string_view{});
    rename.now_at = at;
    return !rename.now.empty();
}

bool build_directory(StraceCall& call, TraceCall& out, std::string_view path, const FileRef& at) {
    if (!call.succeeded()) return false;
    out = ChdirCall{path, at};
    return true;
}

}  // namespace

bool build_open(StraceCall& call, TraceCall& out) {
    return build_named(call, out, kCurrentDirectory, 0, parse_open_flags(call.arg(1)));
}

bool build_openat(StraceCall& call, TraceCall& out) {
    return build_named(call, out, directory_of(call, 0), 1, parse_open_flags(call.arg(2)));
}

bool build_openat2(StraceCall& call, TraceCall& out) {
    return build_named(call, out, directory_of(call, 0), 1,
                       parse_open_flags(struct_field(call.arg(2), "flags")));
}

bool build_creat(StraceCall& call, TraceCall& out) {
    return build_named(call, out, kCurrentDirectory, 0,
                       parse_open_flags("O_WRONLY|O_CREAT|O_TRUNC"));
}

bool build_memfd_create(StraceCall& call, TraceCall& out) {
    if (!call.succeeded()) return false;
    OpenCall& open = out.emplace<OpenCall>();
    const std::uint64_t flags = call.flags_of(parse_memfd_flags(call.arg(1)));
    open.file = call.result_fd();
    open.file.deleted = true;  // it never had a name in any directory
    if (open.file.path.empty()) {
        call.path.assign("/memfd:");
        call.path.append(call.text(0).value_or(std::string_view{}));
        open.file.path = call.path;
    }
    open.flags = kORdwr;
    open.memfd = true;
    open.noexec_seal = (flags & kMfdNoexecSeal) != 0;
    open.sealable = (flags & kMfdAllowSealing) != 0 || open.noexec_seal;
    if ((flags & kMfdHugetlb) != 0) open.huge_page = huge_page_bytes(flags);
    open.cloexec = (flags & kMfdCloexec) != 0;
    return true;
}

bool build_memfd_secret(StraceCall& call, TraceCall& out) {
    if (!build_nameless(call, out, "/secretmem", has_cloexec(call.arg(0)))) return false;
    std::get<OpenCall>(out).file.deleted = true;
    return true;
}

bool build_socket(StraceCall& call, TraceCall& out) {
    const std::string_view driver = socket_driver(call.arg(0), call.arg(1), call.arg(2));
    return build_open_socket(call, out, driver, has_cloexec(call.arg(1)));
}

bool build_accept(StraceCall& call, TraceCall& out) {
    const std::string_view family = struct_field(call.arg(1), "sa_family");
    return build_open_socket(call, out, socket_driver(family, "SOCK_STREAM", "0"), false);
}

bool build_accept4(StraceCall& call, TraceCall& out) {
    if (!build_accept(call, out)) return false;
    std::get<OpenCall>(out).cloexec = has_cloexec(call.arg(3));
    return true;
}

bool build_epoll_create(StraceCall& call, TraceCall& out) {
    return build_nameless(call, out, "anon_inode:[eventpoll]", has_cloexec(call.arg(0)));
}

bool build_eventfd(StraceCall& call, TraceCall& out) {
    return build_nameless(call, out, "anon_inode:[eventfd]", has_cloexec(call.arg(1)));
}

bool build_timerfd_create(StraceCall& call, TraceCall& out) {
    return build_nameless(call, out, "anon_inode:[timerfd]", has_cloexec(call.arg(1)));
}

bool build_signalfd(StraceCall& call, TraceCall& out) {
    if (call.fd(0).fd >= 0) return false;  // changes one that is there
    return build_nameless(call, out, "anon_inode:[signalfd]", has_cloexec(call.arg(3)));
}

bool build_inotify_init(StraceCall& call, TraceCall& out) {
    return build_nameless(call, out, "anon_inode:inotify", has_cloexec(call.arg(0)));
}

bool build_fanotify_init(StraceCall& call, TraceCall& out) {
    const auto flags = parse_number(call.arg(0));
    const bool cloexec = has_cloexec(call.arg(0)) || (flags && (*flags & 1) != 0);
    return build_nameless(call, out, "anon_inode:[fanotify]", cloexec);
}

bool build_io_uring_setup(StraceCall& call, TraceCall& out) {
    return build_nameless(call, out, "anon_inode:[io_uring]", true);
}

bool build_perf_event_open(StraceCall& call, TraceCall& out) {
    const auto flags = parse_number(call.arg(4));
    const bool cloexec = has_cloexec(call.arg(4)) || (flags && (*flags & 8) != 0);
    return build_nameless(call, out, "anon_inode:[perf_event]", cloexec);
}

bool build_bpf(StraceCall& call, TraceCall& out) {
    if (!is_constant(call.arg(0), "BPF_MAP_CREATE", 0)) return false;
    return build_nameless(call, out, "anon_inode:bpf-map", true);
}

bool build_userfaultfd(StraceCall& call, TraceCall& out) {
    return build_new_userfaultfd(call, out, call.arg(0));
}

bool build_new_userfaultfd(StraceCall& call, TraceCall& out, std::string_view flags) {
    return build_nameless(call, out, kUserfaultfdPath, has_cloexec(flags));
}

bool build_pidfd_open(StraceCall& call, TraceCall& out) {
    return build_nameless(call, out, "anon_inode:[pidfd]", true);
}

bool build_close(StraceCall& call, TraceCall& out) {
    out = CloseCall{call.fd(0), {}};
    return true;
}

bool build_close_range(StraceCall& call, TraceCall& out) {
    constexpr std::uint64_t kOnlyCloexec = 4;
    const std::string_view flags = call.arg(2);
    if (flags.find("CLOSE_RANGE_CLOEXEC") != std::string_view::npos) return false;
    if ((parse_number(flags).value_or(0) & kOnlyCloexec) != 0) return false;
    CloseCall& close = out.emplace<CloseCall>();
    close.file = call.fd(0);
    // The last one that can be is printed as 4294967295 or as ~0U.
    close.last_fd = parse_number(call.arg(1)).value_or(0xffffffff) & 0xffffffff;
    return true;
}

bool build_dup(StraceCall& call, TraceCall& out) { return build_copy(call, out, false); }

bool build_dup3(StraceCall& call, TraceCall& out) {
    return build_copy(call, out, has_cloexec(call.arg(2)));
}

bool build_unlink(StraceCall& call, TraceCall& out) {
    return build_name(call, out, 0, kCurrentDirectory);
}

bool build_unlinkat(StraceCall& call, TraceCall& out) {
    constexpr std::uint64_t kRemoveDir = 0x200;
    const std::string_view flags = call.arg(2);
    const bool directory = flags.find("AT_REMOVEDIR") != std::string_view::npos ||
                           (parse_number(flags).value_or(0) & kRemoveDir) != 0;
    return !directory && build_name(call, out, 1, directory_of(call, 0));
}

bool build_rename(StraceCall& call, TraceCall& out) {
    return build_name(call, out, 0, kCurrentDirectory) &&
           build_new_name(call, out, 1, kCurrentDirectory);
}

bool build_renameat(StraceCall& call, TraceCall& out) {
    if (call.arg(4).find("EXCHANGE") != std::string_view::npos) return false;
    return build_name(call, out, 1, directory_of(call, 0)) &&
           build_new_name(call, out, 3, directory_of(call, 2));
}

bool build_chdir(StraceCall& call, TraceCall& out) {
    return build_directory(call, out, call.text(0).value_or(std::string_view{}), kCurrentDirectory);
}

bool build_fchdir(StraceCall& call, TraceCall& out) {
    return build_directory(call, out, ".", call.fd(0));
}

bool build_getcwd(StraceCall& call, TraceCall& out) {
    const auto path = call.text(0);
    return path && path->starts_with('/') && build_directory(call, out, *path, kCurrentDirectory);
}

bool build_fcntl(StraceCall& call, TraceCall& out) {
    const std::string_view command = call.arg(1);
    if (is_constant(command, "F_DUPFD", kDupFd)) return build_copy(call, out, false);
    if (is_constant(command, "F_DUPFD_CLOEXEC", kDupFdCloexec)) return build_copy(call, out, true);
    if (!is_constant(command, "F_ADD_SEALS", kAddSeals)) return false;
    out = SealCall{call.fd(0), call.flags(2, AbiFamily::seal)};
    return true;
}

}  // namespace mmsim
