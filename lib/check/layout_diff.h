// SPDX-License-Identifier: GPL-2.0-or-later
// Compares two layouts in maps form and shows both sides where they differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mmsim {

struct NamedLayout {
    std::string_view name;  // for messages and the heading
    std::string_view text;  // maps or smaps; several address spaces are headed by "# pid N"
};

struct LayoutDiffOptions {
    // The trace does not say which files were mapped: what has no name in `got` may have any path.
    bool paths_unknown = false;
};

// Nullopt when they agree, else both sides aligned, under a heading, ready to print.
//
// Device and inode are passed over where one side does not know them (00:00 0), and [vsyscall]
// where one side has no such line. Where `expected` has no "# pid N" it stands for the first block.
// Throws InputError when `expected` is no maps text.
std::optional<std::string> compare_layouts(const NamedLayout& expected, const NamedLayout& got,
                                           const LayoutDiffOptions& options = {});

}  // namespace mmsim
