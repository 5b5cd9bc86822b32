// SPDX-License-Identifier: GPL-2.0-or-later
// Paths as text, the way the kernel would show them.
#pragma once

#include <string>
#include <string_view>

namespace mmsim {

// `path` as it is from `directory`, without ".", ".." and empty parts. Links count as the
// directories that they lead to. A directory that is not known is empty, and what begins there
// stays relative.
std::string join_path(std::string_view directory, std::string_view path);

}  // namespace mmsim
