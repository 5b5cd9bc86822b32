// SPDX-License-Identifier: GPL-2.0-or-later
// Streams of mmap, munmap and mprotect calls for measuring the core: five shapes, always the same
// bytes for a shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mmsim::bench {

struct Op {
    char kind = 'm';  // m: mmap MAP_FIXED, u: munmap, p: mprotect
    bool shared = false;
    std::int16_t file = -1;   // -1: anonymous
    std::int16_t driver = 0;  // of that file: an index into kDriverJson
    std::uint64_t addr = 0, length = 0, prot = 0, pgoff = 0;
};

struct OpStream {
    std::string name;
    std::vector<Op> ops;
    std::size_t build = 0;  // so many ops build the layout; the rest are measured apart
};

// churn_anon, churn_files, grow_65k, grow_1m, arena.
OpStream make_stream(const std::string& name);

// A file of lines: "m ADDR LEN PROT S|P FILE PGOFF [DRIVER]", "u ADDR LEN", "p ADDR LEN PROT", in
// hex; "#@phase random" ends the building part. Throws InputError.
OpStream read_stream(const std::string& path);

// The eleven drivers that files of a stream may have, as JSON.
extern const std::vector<std::string> kDriverJson;

}  // namespace mmsim::bench
