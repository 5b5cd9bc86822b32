// SPDX-License-Identifier: GPL-2.0-or-later
// The version matrix for people: each behaviour of a Profile with its rule and a sentence that
// says what it means. docs/rules.md and `mmsim explain --kernel` are printed from it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mm/profile.h"

namespace mmsim {

struct ProfileRow {
    std::string_view what;      // a table's first column, in Markdown
    std::string_view rule;      // "3.4", "DELTA 1.1", "E5"
    std::string_view sentence;  // what a kernel does whose cell says yes, or what the words decide
    std::string (*cell)(const Profile&);  // "yes", "–", or a word
};

// Every field of Profile but version and name, in its order.
std::span<const ProfileRow> profile_rows();

}  // namespace mmsim
