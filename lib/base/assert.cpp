// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace mmsim {

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
    std::abort();
}

}  // namespace mmsim
