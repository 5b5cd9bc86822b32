// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/child.h"

#include <array>
#include <bit>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin/runtime.h"

namespace mmsim {
namespace {

constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
constexpr std::size_t kSignalStack = std::size_t{1} << 16;

// Where a dying plug-in says so. Handlers of signals and of exit(3) have no other way to it.
Mailbox* own_mailbox = nullptr;

[[noreturn]] void die(Death death, int signal, std::uint64_t address) {
    Message message;
    message.ask = Ask::died;
    message.number = static_cast<std::uint64_t>(death);
    message.error = signal;
    message.area.start = address;
    post(*own_mailbox, Turn::mmsim, message, {});
    _exit(0);
}

void on_crash(int signal, siginfo_t* info, void*) {
    die(Death::signal, signal, std::bit_cast<std::uint64_t>(info->si_addr));
}

// Before any other handler: what mmsim has in its buffers is not the child's to write.
void on_exit() { die(Death::exit, 0, 0); }

void catch_crashes() {
    static std::array<char, kSignalStack> memory;
    stack_t stack{};
    stack.ss_sp = memory.data();
    stack.ss_size = memory.size();
    sigaltstack(&stack, nullptr);
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    for (const int signal : kCrashes) sigaction(signal, &action, nullptr);
    signal(SIGINT, SIG_IGN);  // Ctrl-C is for mmsim, and ends this process with it
    static_cast<void>(std::atexit(on_exit));
}

// Room for what the plug-in may have, beyond what mmsim had when it forked.
void limit_memory() {
    std::FILE* const in = std::fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    const bool known = in != nullptr && std::fscanf(in, "%lu", &pages) == 1;
    if (in != nullptr) std::fclose(in);
    if (known) {
        const rlim_t most = pages * kPageSize + 2 * kPluginMemory;
        const rlimit limit{most, most};
        setrlimit(RLIMIT_AS, &limit);
    }
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

// Also where that was before anybody could be told.
void end_with(pid_t mmsim) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != mmsim) _exit(0);
}

// As fork(), but the copy is the parent's child. 0 in the copy; -1: there is none.
long clone_beside() {
    int* tid = nullptr;  // where the C library has the number of this thread
    unsigned long flags = CLONE_PARENT | SIGCHLD;
    if (prctl(PR_GET_TID_ADDRESS, &tid) == 0) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    return syscall(SYS_clone, flags, nullptr, nullptr, tid, 0UL);
}

class Child final : private Upcalls {
public:
    Child(const MailboxRoom& room, Mailbox* mailbox, pid_t mmsim) : room_(room), mmsim_(mmsim) {
        own_mailbox = mailbox;
    }

    [[noreturn]] void serve() {
        for (;;) serve_one();
    }

private:
    // The next message: a question is served, an answer is what ask() waits for.
    bool serve_one() {
        Message message;
        std::string text;
        wait_for(*own_mailbox, Turn::plugin, 0, patience_);
        fetch(*own_mailbox, message, text);
        if (message.ask == Ask::answer) {
            answer_ = message;
            answer_text_ = std::move(text);
            return false;
        }
        if (message.ask == Ask::split_off) {
            split_off(message);
        } else {
            runtime_.serve(message, text);
            post(*own_mailbox, Turn::mmsim, message, text);
        }
        return true;
    }

    void ask(Message& message, std::string& text) override {
        post(*own_mailbox, Turn::mmsim, message, text);
        while (serve_one()) {
        }
        message = answer_;
        text = answer_text_;
    }
    void give_up(Death death) override { die(death, 0, 0); }

    // A second process with this one's memory. It is mmsim's child and not this one's, so that it
    // outlives this one.
    void split_off(Message& message) {
        Mailbox* const other = room_.open(message.number);
        const long pid = other == nullptr ? -1 : clone_beside();
        if (pid == 0) {
            own_mailbox = other;
            end_with(mmsim_);
            return;
        }
        if (other != nullptr) MailboxRoom::close(other);
        message.ask = Ask::answer;
        message.number = static_cast<std::uint64_t>(pid);
        post(*own_mailbox, Turn::mmsim, message, {});
    }

    const MailboxRoom& room_;
    pid_t mmsim_;
    Runtime runtime_{*this};
    Patience patience_;
    Message answer_;
    std::string answer_text_;
};

}  // namespace

void serve_in_child(const MailboxRoom& room, Mailbox* mailbox, pid_t mmsim) {
    end_with(mmsim);
    // Standard input is mmsim's to read, and only results go to its standard output.
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    limit_memory();
    catch_crashes();
    Child child(room, mailbox, mmsim);
    child.serve();
}

}  // namespace mmsim
