// SPDX-License-Identifier: GPL-2.0-or-later
// The target, started and driven from the test: calls go down a pipe, what the kernel says about
// the target's memory is read from /proc while it waits for the next call.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "live/protocol.h"

namespace mmsim::live {

// This machine does not let us start a target or look at it.
struct Unavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// How the target starts.
struct Start {
    bool humble = true;      // without root's capabilities that limits of memory don't hold for
    bool randomize = false;  // addresses; some containers don't let us say no
    bool bottom_up = false;  // the old layout: searches go up from the legacy base
};

class TargetProcess {
public:
    // Starts `program`; files[i] becomes its descriptor kFirstFileFd + i. Throws Unavailable when
    // it can't be started or looked at.
    TargetProcess(const std::string& program, const std::vector<int>& files, const Start& start);
    ~TargetProcess();
    TargetProcess(const TargetProcess&) = delete;
    TargetProcess& operator=(const TargetProcess&) = delete;

    // One call in the process that listens to `slot`. Throws std::runtime_error when it has died.
    TargetReply call(int slot, const TargetCall& message);
    // A system call with plain numbers.
    std::int64_t syscall(int slot, std::uint64_t number,
                         const std::array<std::uint64_t, kArgs>& args = {});

    // A child of the process in `slot`, listening to `child_slot`. Returns 0 or -errno.
    std::int64_t fork(int slot, int child_slot);
    // The process ends; its parent buries it. Slot 0 cannot.
    void exit(int slot);

    pid_t pid(int slot) const { return slots_[static_cast<std::size_t>(slot)].pid; }

private:
    struct Slot {
        int down = -1;  // our ends
        int up = -1;
        pid_t pid = -1;
        int parent = -1;
    };
    Slot& slot_of(int slot) { return slots_[static_cast<std::size_t>(slot)]; }
    void wait_for_reply(int slot);
    [[noreturn]] void report_death(int slot);
    void close_pipes();

    std::array<Slot, kSlots> slots_;
};

// A whole file of /proc/PID, or of anywhere. Throws std::runtime_error when it can't be read.
// `stop`: reads no further than to the first of these.
std::string read_text(const std::string& path, std::string_view stop = {});

}  // namespace mmsim::live
