// SPDX-License-Identifier: GPL-2.0-or-later
// A loaded plug-in with the state that its hooks have built up: in a process of its own, or in this
// one.
#pragma once

#include <memory>
#include <string>

#include "mm/driver.h"
#include "plugin/message.h"

namespace mmsim {

struct Asking;

class Session : public OutsideState {
public:
    // Asks the plug-in. What it asks back is answered on behalf of `asking` (null before any
    // hook runs). Ask::died instead of an answer when it cannot go on; from then on it is dead.
    virtual void ask(Message& message, std::string& text, const Asking* asking) = 0;
    virtual bool dead() const = 0;
    // One with the same state, which goes its own way from here. Null where that cannot be.
    virtual std::shared_ptr<Session> split_off() = 0;
};

// Loading is a question like others. `repeatable`: it keeps what it was asked, and can be split.
std::shared_ptr<Session> open_in_process(bool repeatable);
// Throws InputError where no process can be made.
std::shared_ptr<Session> open_isolated();

}  // namespace mmsim
