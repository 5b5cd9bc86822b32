// SPDX-License-Identifier: GPL-2.0-or-later
// What runs in a plug-in's own process.
#pragma once

#include <sys/types.h>

#include "plugin/mailbox.h"

namespace mmsim {

// Serves what comes into the mailbox until mmsim, the process of that number, ends this one or
// itself. To be called right after fork(2).
[[noreturn]] void serve_in_child(const MailboxRoom& room, Mailbox* mailbox, pid_t mmsim);

}  // namespace mmsim
