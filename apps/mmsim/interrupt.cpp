// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt.h"

#include <atomic>
#include <csignal>
#include <unistd.h>

#include "exit_status.h"

namespace mmsim {

namespace {

std::atomic<const char*> to_remove = nullptr;

// Only what is safe in a signal handler.
extern "C" void leave(int) {
    if (const char* path = to_remove.load()) ::unlink(path);
    ::_exit(static_cast<int>(ExitStatus::interrupted));
}

std::atomic<bool> stop_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void want_stop(int signal) {
    if (stop_wanted.exchange(true)) leave(signal);
}

void call_on(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
}

sigset_t interrupts() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

void exit_when_interrupted() { call_on(SIGINT, leave); }

const std::atomic<bool>& stop_when_interrupted() {
    call_on(SIGINT, want_stop);
    call_on(SIGTERM, want_stop);
    return stop_wanted;
}

RemovedWhenInterrupted::RemovedWhenInterrupted(const std::string& path) : path_(path) {
    if (!path_.empty()) to_remove = path_.c_str();
}

RemovedWhenInterrupted::~RemovedWhenInterrupted() { to_remove = nullptr; }

InterruptsWait::InterruptsWait() {
    const sigset_t set = interrupts();
    sigprocmask(SIG_BLOCK, &set, nullptr);
}

InterruptsWait::~InterruptsWait() {
    const sigset_t set = interrupts();
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace mmsim
