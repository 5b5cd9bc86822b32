// SPDX-License-Identifier: GPL-2.0-or-later
// Text that is compared with a file of the repository.
#pragma once

#include <string>

namespace mmsim::test {

// Fails unless `actual` is what tests/NAME holds. With MMSIM_UPDATE_GOLDEN set, writes the file
// instead: `git diff` then shows what has changed.
void check_golden(const std::string& name, const std::string& actual);

}  // namespace mmsim::test
