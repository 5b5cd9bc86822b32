// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace says before its first event: versions, limits, layout, files, drivers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace mmsim {

// The keys of "limits". An outer nullopt: the trace does not say; an inner one: unlimited.
struct TraceLimits {
    using Limit = std::optional<std::uint64_t>;  // bytes; nullopt: unlimited

    std::optional<std::uint64_t> max_map_count;
    std::optional<Limit> rlimit_as, rlimit_data, rlimit_stack, rlimit_memlock;
    std::optional<std::string> overcommit;  // "heuristic", "always", "never"
    std::optional<std::uint64_t> ram_bytes, swap_bytes, mmap_min_addr, hugepages;
    std::optional<std::vector<std::string>> capabilities;  // "CAP_IPC_LOCK"

    bool operator==(const TraceLimits&) const = default;
};

struct TraceLayout {
    std::optional<std::uint64_t> task_size, mmap_base, brk;
    std::optional<bool> top_down;

    bool operator==(const TraceLayout&) const = default;
};

struct TraceFile {
    std::string id;
    std::string path;
    std::string driver;            // empty: by path, else the plain file of that version
    std::string mode = "r";        // "r", "w", "rw"
    std::string type = "regular";  // block char socket shmem hugetlbfs
    std::optional<std::uint64_t> size;
    std::string params;             // the JSON object as text; empty: none
    std::uint64_t seals = 0;        // F_SEAL_*
    std::uint64_t huge_page = 0;    // bytes of its pages where they are huge; 0: the usual 2 MiB
    std::string place = {};         // "3:5", line and column, for messages; empty: unknown
    std::string params_place = {};  // "3:65", likewise

    // Where it stood is no part of what it says.
    bool operator==(const TraceFile& other) const {
        return std::tie(id, path, driver, mode, type, size, params, seals, huge_page) ==
               std::tie(other.id, other.path, other.driver, other.mode, other.type, other.size,
                        other.params, other.seals, other.huge_page);
    }
};

// Where a token of a text without blanks stood in the trace; line and column from 1.
struct TokenPlace {
    std::size_t offset = 0;  // into that text, bytes
    std::uint64_t line = 0;
    std::uint64_t column = 0;
};

// A declared driver: its JSON object as text without blanks, and where that stood, for messages.
struct TraceDriver {
    std::string name;
    std::string json;
    std::vector<TokenPlace> places = {};  // of keys and values, in order; none: unknown

    bool operator==(const TraceDriver& other) const {
        return name == other.name && json == other.json;
    }
};

struct TraceHeader {
    std::string title;
    std::string kernel;  // "7.1"; empty: not said
    TraceLimits limits;
    TraceLayout layout;
    std::vector<std::string> maps;  // /proc/PID/maps (or smaps) lines before the first event
    std::vector<TraceFile> files;
    std::vector<TraceDriver> drivers;
    std::string expect;  // the JSON object as text; empty: none

    bool operator==(const TraceHeader&) const = default;
};

}  // namespace mmsim
