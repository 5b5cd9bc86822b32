// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what /proc/PID/maps and /proc/PID/smaps print. Pure: no kernel is touched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mm/vm_flags.h"

namespace mmsim {

// One mapping, as printed.
struct MapsEntry {
    std::uint64_t start = 0, end = 0;
    VmFlags access;        // READ, WRITE, EXEC
    bool shared = false;   // the fourth letter
    std::uint64_t offset = 0;
    std::string device;    // "fe:00"; empty: "00:00"
    std::uint64_t inode = 0;
    std::string name;      // a path or a name in brackets, without " (deleted)"
    bool deleted = false;

    std::optional<VmFlags> flags;            // smaps: "VmFlags:"
    std::optional<std::uint64_t> anonymous;  // smaps: "Anonymous:", bytes
    std::uint64_t pkey = 0;                  // smaps: "ProtectionKey:"
    std::uint64_t line = 0;

    bool has_path() const { return !name.empty() && name[0] != '['; }
    std::uint64_t size() const { return end - start; }
};

// Takes the text line by line. Lines that begin with '#' and empty ones are passed over. Throws
// InputError ("NAME:LINE:COLUMN: ...") on anything that is neither of the two forms, and on
// mappings that are out of order.
class MapsReader {
public:
    explicit MapsReader(std::string name) : name_(std::move(name)) {}

    void line(std::string_view text);
    // Every line of `text`.
    void lines(std::string_view text);

    std::vector<MapsEntry> take() { return std::move(entries_); }

private:
    void mapping(std::string_view text);
    void detail(std::string_view key, std::string_view value);
    [[noreturn]] void fail(std::size_t column, const std::string& what) const;

    std::string name_;
    std::uint64_t line_ = 0;
    std::vector<MapsEntry> entries_;
};

}  // namespace mmsim
