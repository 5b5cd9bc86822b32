// SPDX-License-Identifier: GPL-2.0-or-later
// Text in Markdown documents.
#pragma once

#include <string>
#include <string_view>

namespace mmsim {

// Text as a piece of one line, of a cell of a table too: what would be markup is made text.
std::string markdown_text(std::string_view text);

}  // namespace mmsim
