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

sigset_t interrupts() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    return set;
}

}  // namespace

void exit_when_interrupted() {
    struct sigaction action {};
    action.sa_handler = leave;
    sigaction(SIGINT, &action, nullptr);
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
