// SPDX-License-Identifier: GPL-2.0-or-later
// The text of /proc/PID/maps and /proc/PID/smaps as values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

// One mapping. `start` and `end` are multiples of the page size and start < end.
struct MapsEntry {
    std::uint64_t start = 0, end = 0;
    bool readable = false, writable = false, executable = false, shared = false;
    std::uint64_t offset = 0;      // bytes
    std::string device = "00:00";  // "fe:00"
    std::uint64_t inode = 0;
    std::string path;      // "/usr/bin/x", "[heap]", "[anon:x]", or empty; newlines decoded
    bool deleted = false;  // " (deleted)" stood behind the path
    std::optional<std::vector<std::string>> vm_flags;  // smaps: the two-letter codes
    std::optional<std::uint64_t> anonymous_kb;         // smaps
    std::uint64_t line = 0;                            // from 1

    friend bool operator==(const MapsEntry&, const MapsEntry&) = default;
};

// What is wrong with a line, and the column (from 1) where.
struct MapsFault {
    std::size_t column = 1;
    std::string what;
};

// Takes the lines one by one, so that each reader can say where a bad one stands. Mappings must
// ascend and not overlap. Of smaps, the lines VmFlags and Anonymous are taken and the other fields
// passed over. Empty lines are passed over.
class MapsParser {
public:
    std::optional<MapsFault> add(std::string_view line, std::uint64_t number);
    const std::vector<MapsEntry>& entries() const { return entries_; }
    std::vector<MapsEntry> take();

private:
    std::optional<MapsFault> add_mapping(std::string_view line, std::uint64_t number);
    std::optional<MapsFault> add_field(std::string_view line);

    std::vector<MapsEntry> entries_;
};

// What one process has mapped. `-o maps` puts "# pid N" before each of several.
struct MapsBlock {
    std::optional<std::int64_t> pid;
    std::vector<MapsEntry> entries;
};

// A whole text; other lines that begin with '#' are comments. At least one block, which may be
// empty. Throws InputError "name:line:column: what is wrong".
std::vector<MapsBlock> parse_maps_blocks(std::string_view text, const std::string& name);

// The same for text, or a file ("-": standard input; gzip and zstd are unpacked), that must be of
// one process.
std::vector<MapsEntry> parse_maps(std::string_view text, const std::string& name);
std::vector<MapsEntry> read_maps_file(const std::string& path);

}  // namespace mmsim
