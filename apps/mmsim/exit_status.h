// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace mmsim {

enum class ExitStatus : int {
    ok = 0,
    failed = 1,    // something that was to hold does not
    unusable = 2,  // arguments or input
    interrupted = 130,
};

}  // namespace mmsim
