// SPDX-License-Identifier: GPL-2.0-or-later
// What a benchmark measures where other programs may have the processors too.
#pragma once

#include <time.h>

namespace mmsim::bench {

// Seconds that this thread had a processor.
inline double processor_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace mmsim::bench
