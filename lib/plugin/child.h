// SPDX-License-Identifier: GPL-2.0-or-later
// What runs in a plug-in's own process.
#pragma once

#include "plugin/mailbox.h"

namespace mmsim {

// Serves what comes into the mailbox until mmsim ends the process. To be called right after
// fork(2).
[[noreturn]] void serve_in_child(const MailboxRoom& room, Mailbox* mailbox);

}  // namespace mmsim
