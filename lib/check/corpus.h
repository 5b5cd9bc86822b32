// SPDX-License-Identifier: GPL-2.0-or-later
// The traces of a corpus, and the share of them that one of several machines checks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

struct FoundTrace {
    std::string path;
    std::string key;           // below the folder that was named: the same on every machine
    std::uint64_t number = 0;  // in the whole corpus, from 1
};

// The traces among `paths` and below those that are folders, found by content, in a fixed order;
// none twice. A file that is named itself counts as a trace whatever is in it, and so does what
// cannot be read. Throws InputError for a path that is not there and a folder that cannot be read.
std::vector<FoundTrace> find_traces(const std::vector<std::string>& paths);

// Whether text begins like a trace: JSON with the key mmsim_trace, or lines as strace prints them.
bool looks_like_trace(std::string_view beginning);

// Part `index` of `count` parts, from 1.
struct Shard {
    std::uint64_t index = 1, count = 1;

    bool whole() const { return count == 1; }
    bool operator==(const Shard&) const = default;
};

// "2/8". Throws InputError for anything else.
Shard parse_shard(std::string_view text);
std::string shard_text(Shard shard);

// The traces of a part. Every trace is in one part, which its key alone decides: adding a trace
// moves no other.
std::vector<FoundTrace> traces_of_shard(const std::vector<FoundTrace>& traces, Shard shard);

}  // namespace mmsim
