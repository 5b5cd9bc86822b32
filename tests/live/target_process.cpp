// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/target_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mmsim::live {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

// A descriptor of ours and its number in the target.
struct Planned {
    int source;
    int target;
};

constexpr int kHighFd = 200;
constexpr int kExecFailed = 127;

// From linux/capability.h.
constexpr int kIpcLock = 14;
constexpr int kSysRawio = 17;
constexpr int kSysAdmin = 21;
constexpr int kSysResource = 24;

// Numbers far above all of those that are wanted first, so that no copy lands on a source.
void place(std::vector<Planned>& plan) {
    for (Planned& entry : plan) entry.source = ::fcntl(entry.source, F_DUPFD, kHighFd);
    for (const Planned& entry : plan) {
        ::dup2(entry.source, entry.target);
        ::close(entry.source);
    }
}

// Root's exec would give everything back that is not out of the bounding set.
void drop_capabilities() {
    for (const int capability : {kIpcLock, kSysRawio, kSysAdmin, kSysResource}) {
        ::prctl(PR_CAPBSET_DROP, capability);
    }
}

[[noreturn]] void become_target(const std::string& program, std::vector<Planned>& plan,
                                const Start& start) {
    place(plan);
    if (start.humble) drop_capabilities();
    // Refused in some containers: then addresses vary, or the layout is the usual one.
    unsigned long persona = start.randomize ? 0 : ADDR_NO_RANDOMIZE;
    if (start.bottom_up) persona |= ADDR_COMPAT_LAYOUT;
    ::personality(persona);
    char* argv[] = {const_cast<char*>("live_target"), nullptr};
    char* envp[] = {nullptr};
    ::execve(program.c_str(), argv, envp);
    ::_exit(kExecFailed);
}

bool is_zombie(pid_t pid) {
    const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
    const auto paren = stat.rfind(')');
    return paren == std::string::npos || stat.compare(paren, 3, ") Z") == 0;
}

}  // namespace

std::string read_text(const std::string& path, std::string_view stop) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("cannot open " + path);
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            ::close(fd);
            fail("cannot read " + path);
        }
        if (got == 0) break;
        const std::size_t before = text.size();
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (stop.empty()) continue;
        const std::size_t end = text.find(stop, before - std::min(before, stop.size()));
        if (end == std::string::npos) continue;
        text.resize(end);
        break;
    }
    ::close(fd);
    return text;
}

TargetProcess::TargetProcess(const std::string& program, const std::vector<int>& files,
                             const Start& start) {
    std::vector<Planned> plan;
    for (int i = 0; i < kSlots; ++i) {
        std::array<int, 2> down{};
        std::array<int, 2> up{};
        if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0) {
            fail("pipe");
        }
        slot_of(i).down = down[1];
        slot_of(i).up = up[0];
        plan.push_back({down[0], slot_read_fd(i)});
        plan.push_back({up[1], slot_write_fd(i)});
    }
    const std::size_t pipes = plan.size();
    for (std::size_t i = 0; i < files.size(); ++i) {
        plan.push_back({files[i], kFirstFileFd + static_cast<int>(i)});
    }
    const pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0) become_target(program, plan, start);
    slot_of(0).pid = pid;
    for (std::size_t i = 0; i < pipes; ++i) ::close(plan[i].source);
    try {
        syscall(0, SYS_getpid);
        read_text("/proc/" + std::to_string(pid) + "/smaps");
    } catch (const std::runtime_error& error) {
        close_pipes();
        throw Unavailable(program + ": " + error.what());
    }
}

TargetProcess::~TargetProcess() {
    for (int i = kSlots - 1; i >= 0; --i) {
        if (pid(i) > 0) ::kill(pid(i), SIGKILL);
    }
    if (pid(0) > 0) ::waitpid(pid(0), nullptr, 0);
    close_pipes();
}

void TargetProcess::close_pipes() {
    for (Slot& slot : slots_) {
        if (slot.down >= 0) ::close(slot.down);
        if (slot.up >= 0) ::close(slot.up);
    }
}

void TargetProcess::report_death(int slot) {
    std::string how = "the target in slot " + std::to_string(slot) + " died";
    int status = 0;
    if (slot == 0 && ::waitpid(pid(0), &status, WNOHANG) == pid(0)) {
        slot_of(0).pid = -1;
        if (WIFSIGNALED(status)) how += " of signal " + std::to_string(WTERMSIG(status));
        if (WIFEXITED(status)) how += " with status " + std::to_string(WEXITSTATUS(status));
    }
    throw std::runtime_error(how);
}

// Other processes hold the pipe open too, so a death does not end it.
void TargetProcess::wait_for_reply(int slot) {
    pollfd ready{.fd = slot_of(slot).up, .events = POLLIN, .revents = 0};
    constexpr int kPatienceMs = 100;
    while (::poll(&ready, 1, kPatienceMs) <= 0) {
        if (is_zombie(pid(slot))) report_death(slot);
    }
}

TargetReply TargetProcess::call(int slot, const TargetCall& message) {
    const Slot& to = slot_of(slot);
    TargetReply reply;
    const ssize_t sent = ::write(to.down, &message, sizeof(message));
    if (sent != static_cast<ssize_t>(sizeof(message))) report_death(slot);
    wait_for_reply(slot);
    const ssize_t got = ::read(to.up, &reply, sizeof(reply));
    if (got != static_cast<ssize_t>(sizeof(reply))) report_death(slot);
    return reply;
}

std::int64_t TargetProcess::syscall(int slot, std::uint64_t number,
                                    const std::array<std::uint64_t, kArgs>& args) {
    TargetCall message;
    message.number = number;
    std::copy(args.begin(), args.end(), message.args);
    return call(slot, message).value;
}

std::int64_t TargetProcess::fork(int slot, int child_slot) {
    TargetCall message;
    message.kind = CallKind::fork;
    message.args[0] = static_cast<std::uint64_t>(child_slot);
    const std::int64_t pid = call(slot, message).value;
    if (pid < 0) return pid;
    slot_of(child_slot).pid = static_cast<pid_t>(pid);
    slot_of(child_slot).parent = slot;
    return 0;
}

void TargetProcess::exit(int slot) {
    TargetCall message;
    message.kind = CallKind::exit;
    const ssize_t sent = ::write(slot_of(slot).down, &message, sizeof(message));
    if (sent != static_cast<ssize_t>(sizeof(message))) report_death(slot);
    const int parent = slot_of(slot).parent;
    const auto child = static_cast<std::uint64_t>(pid(slot));
    syscall(parent, SYS_wait4, {child, 0, 0, 0});
    slot_of(slot).pid = -1;
}

}  // namespace mmsim::live
