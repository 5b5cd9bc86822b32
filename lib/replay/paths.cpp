// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/paths.h"

#include <algorithm>

namespace mmsim {
namespace {

void append_part(std::string& whole, std::string_view part) {
    if (part.empty() || part == ".") return;
    if (part == ".." && whole == "/") return;
    const std::size_t begin = whole.rfind('/') + 1;  // of the last part; npos + 1 is 0
    const bool climbs = whole.empty() || std::string_view(whole).substr(begin) == "..";
    if (part == ".." && !climbs) {
        // The root keeps its slash.
        whole.resize(begin > 1 ? begin - 1 : begin);
        return;
    }
    if (!whole.empty() && !whole.ends_with('/')) whole += '/';
    whole += part;
}

void append_parts(std::string& whole, std::string_view path) {
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        append_part(whole, part);
        path.remove_prefix(std::min(path.size(), part.size() + 1));
    }
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view path) {
    std::string whole;
    if (path.starts_with('/')) directory = {};
    if (path.starts_with('/') || directory.starts_with('/')) whole = "/";
    append_parts(whole, directory);
    append_parts(whole, path);
    return whole;
}

}  // namespace mmsim
