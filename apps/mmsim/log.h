// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace mmsim {

// spdlog writes to standard error from now on: "mmsim: message", warnings as "mmsim: warning: ...".
void log_to_stderr();

}  // namespace mmsim
