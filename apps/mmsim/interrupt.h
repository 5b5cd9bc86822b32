// SPDX-License-Identifier: GPL-2.0-or-later
// Ctrl-C: exit status 130 at once, with no output file half written or left behind; or, for what
// has something to say about how far it came, a wish to end.
#pragma once

#include <atomic>
#include <string>

namespace mmsim {

void exit_when_interrupted();

// From now on the first SIGINT or SIGTERM sets what is returned, and only a second one ends the
// program at once.
const std::atomic<bool>& stop_when_interrupted();

// As long as it lives, an interrupt also removes this file. One at a time.
class RemovedWhenInterrupted {
public:
    explicit RemovedWhenInterrupted(const std::string& path);
    ~RemovedWhenInterrupted();
    RemovedWhenInterrupted(const RemovedWhenInterrupted&) = delete;
    RemovedWhenInterrupted& operator=(const RemovedWhenInterrupted&) = delete;

private:
    std::string path_;
};

// As long as one lives, an interrupt waits. For the moment in which files are put in place.
class InterruptsWait {
public:
    InterruptsWait();
    ~InterruptsWait();
    InterruptsWait(const InterruptsWait&) = delete;
    InterruptsWait& operator=(const InterruptsWait&) = delete;
};

}  // namespace mmsim
