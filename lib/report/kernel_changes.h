// SPDX-License-Identifier: GPL-2.0-or-later
// What changed between two kernel versions, in sentences.
#pragma once

#include <string>

#include "mm/profile.h"

namespace mmsim {

// Each behaviour that differs between the two, or anywhere between them, with its rule; then the
// built-in drivers whose hooks changed. REQUIRES: from is older than to
std::string kernel_changes_text(const Profile& from, const Profile& to);

}  // namespace mmsim
