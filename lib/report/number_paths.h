// SPDX-License-Identifier: GPL-2.0-or-later
// Takes the numbers out of a parsed JSON report. A template, so that no header of ours includes the
// JSON library.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "report/numbers.h"

namespace mmsim {

namespace number_paths {

struct OpenObject {
    std::string_view key;
    Numbers::Names names = Numbers::Names::plain;
};
constexpr std::array kOpenObjects = {
    OpenObject{"errors"},
    OpenObject{"boundaries"},
    OpenObject{"by_op"},
    OpenObject{"splits_by_op"},
    OpenObject{"truncated"},
    // Named by users.
    OpenObject{"by_driver", Numbers::Names::with_dots},
    OpenObject{"by_file", Numbers::Names::with_dots},
    OpenObject{"references", Numbers::Names::with_dots},
};
// Long lists whose entries are places, not numbers.
constexpr std::array<std::string_view, 2> kOnlyCounted = {"vmas", "boundary_list"};

// What names an entry of a list.
template <typename Json>
std::string entry_name(const Json& entry, std::string_view list) {
    if (!entry.is_object()) return {};
    for (const char* key : {"name", "id", "path"}) {
        const auto found = entry.find(key);
        if (found != entry.end() && found->is_string()) return *found;
    }
    const auto pid = entry.find("pid");
    if (list == "processes" && pid != entry.end() && pid->is_number()) return pid->dump();
    return {};
}

// Reports are not deeper than this; what is was not written by mmsim.
constexpr int kDeepest = 12;

template <typename Json>
void add(Numbers& numbers, const std::string& path, const Json& value, int depth);

template <typename Json>
void add_list(Numbers& numbers, const std::string& path, std::string_view key, const Json& list,
              const Json& parent, int depth) {
    auto length = static_cast<double>(list.size());
    const auto cut = parent.find("truncated");
    if (cut != parent.end() && cut->is_object()) {
        const auto left_out = cut->find(std::string(key));
        if (left_out != cut->end() && left_out->is_number()) {
            length += left_out->template get<double>();
        }
    }
    numbers.add(path, length);
    if (std::ranges::count(kOnlyCounted, key) != 0) return;
    for (const Json& entry : list) {
        const std::string name = entry_name(entry, key);
        if (name.empty()) continue;
        std::string inner = path;
        inner.append(".").append(name);
        add(numbers, inner, entry, depth + 1);
    }
}

// REQUIRES: value is an object
template <typename Json>
void add(Numbers& numbers, const std::string& path, const Json& value, int depth) {
    if (depth > kDeepest) return;
    for (auto at = value.begin(); at != value.end(); ++at) {
        const std::string& key = at.key();
        std::string inner = path;
        if (!inner.empty()) inner += '.';
        inner += key;
        if (at->is_number()) {
            numbers.add(inner, at->template get<double>());
        } else if (at->is_array()) {
            add_list(numbers, inner, key, *at, value, depth);
        } else if (at->is_object()) {
            const auto* const open = std::ranges::find(kOpenObjects, key, &OpenObject::key);
            if (open != kOpenObjects.end()) numbers.add_open(inner, open->names);
            const auto count = at->find("count");
            if (count != at->end() && count->is_number()) {
                numbers.add(inner, count->template get<double>());
            }
            add(numbers, inner, *at, depth + 1);
        }
    }
}

}  // namespace number_paths

// REQUIRES: report is the object of one report
template <typename Json>
Numbers numbers_of_json(const Json& report) {
    Numbers numbers;
    number_paths::add(numbers, "", report, 0);
    // A report has this object only where a file's mappings merged.
    numbers.add_open("merges.by_file", Numbers::Names::with_dots);
    return numbers;
}

}  // namespace mmsim
