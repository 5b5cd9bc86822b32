// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of our own reasoning. On in every build: a wrong answer costs more than the branch.
#pragma once

namespace mmsim {

// Prints the broken condition with its place and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace mmsim

#define MMSIM_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::mmsim::assertion_failed(#condition, __FILE__, __LINE__))
