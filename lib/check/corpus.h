// SPDX-License-Identifier: GPL-2.0-or-later
// Traces that carry what must come out of them, and the check that it still does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

// The traces among `paths` and below those that are folders, found by content, in a fixed order.
// A file that is named itself counts as a trace whatever is in it.
// Throws InputError for a path that is not there and a folder that cannot be read.
std::vector<std::string> find_traces(const std::vector<std::string>& paths);

// Whether text begins like a trace: JSON with the key mmsim_trace, or lines as strace prints them.
bool looks_like_trace(std::string_view beginning);

enum class CheckStatus : unsigned char {
    pass,
    fail,     // another outcome than expected
    missing,  // no expectation
    broken,   // not a trace that could be replayed
    updated,  // its expectation was written anew
};
std::string_view check_status_name(CheckStatus status);

struct CheckResult {
    std::string path;
    CheckStatus status{};
    std::uint64_t events = 0;           // of all runs
    std::vector<std::string> problems;  // a line or several each

    bool failed() const { return status != CheckStatus::pass && status != CheckStatus::updated; }
};

// Replays a trace, under each kernel that its expectation names, and compares. With `update`, an
// expectation that is missing or not met is written instead: into the trace if it has one, else
// beside it. Throws InputError when that cannot be written; what was there is then still there.
CheckResult check_trace(const std::string& path, bool update);

}  // namespace mmsim
