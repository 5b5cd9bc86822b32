// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that begin and end threads and processes, and the limits that these have.
#include "base/linux_abi.h"
#include "trace/strace_builders.h"

namespace mmsim {
namespace {

constexpr std::uint64_t kSignalMask = 0xff;

bool build_child(StraceCall& call, TraceCall& out, CloneKind kind, std::uint64_t flags) {
    CloneCall& clone = out.emplace<CloneCall>();
    clone.kind = kind;
    clone.flags = flags;
    // In another pid namespace the result is not the pid under which strace prints the child.
    clone.child = call.result.pid;
    return true;
}

// Whether the memory map looks at this resource.
bool is_memory_limit(std::uint64_t resource) {
    switch (static_cast<Rlimit>(resource)) {
        case Rlimit::data:
        case Rlimit::stack:
        case Rlimit::memlock:
        case Rlimit::as:
            return true;
    }
    return false;
}

// `limit`: "{rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}".
bool build_limit(StraceCall& call, TraceCall& out, std::size_t resource, std::string_view limit) {
    const auto number = parse_flags(call.arg(resource), AbiFamily::rlimit);
    if (!number.unknown.empty() || !is_memory_limit(number.value)) return false;
    if (!limit.starts_with('{')) return false;
    SetrlimitCall& set = out.emplace<SetrlimitCall>();
    set.resource = number.value;
    const std::string_view current = struct_field(limit, "rlim_cur");
    if (current.find("INFINITY") != std::string_view::npos) return true;
    const std::uint64_t value = call.number_of(current);
    if (value != ~std::uint64_t{0}) set.value = value;
    return true;
}

}  // namespace

bool build_fork(StraceCall& call, TraceCall& out) {
    return build_child(call, out, CloneKind::fork, 0);
}

bool build_vfork(StraceCall& call, TraceCall& out) {
    return build_child(call, out, CloneKind::vfork, kCloneVm | kCloneVfork);
}

bool build_clone(StraceCall& call, TraceCall& out) {
    const std::string_view text = call.args.named("flags", 0);
    const std::uint64_t flags = call.flags_of(parse_flags(text, AbiFamily::clone));
    if (text.empty()) call.number_of(text);
    return build_child(call, out, CloneKind::clone, flags & ~kSignalMask);
}

bool build_clone3(StraceCall& call, TraceCall& out) {
    const std::string_view text = struct_field(call.arg(0), "flags");
    if (text.empty()) {
        // Where the arguments are not shown (-e raw), take it for what most of them are: a thread.
        call.complain("clone3: its flags are not printed, most likely it is a new thread:",
                      call.arg(0));
        build_child(call, out, CloneKind::clone, kCloneVm | kCloneFiles | kCloneThread);
        return std::get<CloneCall>(out).hidden = true;
    }
    // The signal has a field of its own here, and its bits are flags.
    const std::uint64_t flags = call.flags_of(parse_flags(text, AbiFamily::clone));
    return build_child(call, out, CloneKind::clone, flags);
}

bool build_execve(StraceCall& call, TraceCall& out) {
    if (call.result.state == StraceResult::State::unknown) return false;  // died in it
    out.emplace<ExecveCall>().program = call.text(0).value_or(std::string_view{});
    return true;
}

bool build_execveat(StraceCall& call, TraceCall& out) {
    if (call.result.state == StraceResult::State::unknown) return false;
    ExecveCall& execve = out.emplace<ExecveCall>();
    execve.program = call.text(1).value_or(std::string_view{});
    if (execve.program.empty()) execve.program = call.fd(0).path;  // AT_EMPTY_PATH
    return true;
}

bool build_exit(StraceCall&, TraceCall& out) {
    out = ExitCall{false};
    return true;
}

bool build_exit_group(StraceCall&, TraceCall& out) {
    out = ExitCall{true};
    return true;
}

bool build_setrlimit(StraceCall& call, TraceCall& out) {
    return build_limit(call, out, 0, call.arg(1));
}

bool build_prlimit64(StraceCall& call, TraceCall& out) {
    // -Y prints the name of the process behind its pid.
    const std::int64_t pid = parse_fd(call.line, call.arg(0)).fd;
    if (pid != 0 && pid != call.pid) return false;
    return build_limit(call, out, 1, call.arg(2));
}

}  // namespace mmsim
