// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt.h"

#include <csignal>
#include <unistd.h>

#include "exit_status.h"

namespace mmsim {

namespace {

// Only what is safe in a signal handler: nothing is half done that an exit would have to undo.
extern "C" void leave(int) { ::_exit(static_cast<int>(ExitStatus::interrupted)); }

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

InterruptsWait::InterruptsWait() {
    const sigset_t set = interrupts();
    sigprocmask(SIG_BLOCK, &set, nullptr);
}

InterruptsWait::~InterruptsWait() {
    const sigset_t set = interrupts();
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace mmsim
