// SPDX-License-Identifier: GPL-2.0-or-later
// Ctrl-C: exit status 130 at once, with no output file half written or left behind.
#pragma once

namespace mmsim {

void exit_when_interrupted();

// As long as one lives, an interrupt waits. For the moment in which files are put in place.
class InterruptsWait {
public:
    InterruptsWait();
    ~InterruptsWait();
    InterruptsWait(const InterruptsWait&) = delete;
    InterruptsWait& operator=(const InterruptsWait&) = delete;
};

}  // namespace mmsim
