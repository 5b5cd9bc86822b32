// SPDX-License-Identifier: GPL-2.0-or-later
// An address space as text, from the kernel or from the simulation, and how two of them differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim::live {

// One line of maps, with the VmFlags of smaps where those were asked for.
struct LayoutLine {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::string perms;
    std::string pgoff;
    std::string device;  // "00:00" when unknown, inode 0 then
    std::uint64_t inode = 0;
    std::string name;
    std::string flags;       // "rd wr mr mw me ac"
    bool anonymous = false;  // smaps: private pages of its own are there

    std::string text() const;
};

// What /proc/PID/status says, in KiB.
struct Counters {
    std::uint64_t size = 0;    // VmSize
    std::uint64_t locked = 0;  // VmLck
    std::uint64_t data = 0;    // VmData
    std::uint64_t stack = 0;   // VmStk

    friend bool operator==(const Counters&, const Counters&) = default;
};

struct Layout {
    std::vector<LayoutLine> lines;
    Counters counters;
};

// The lines of maps or smaps text, without [vsyscall], which is no VMA.
std::vector<LayoutLine> parse_maps(std::string_view text);
Counters parse_status(std::string_view text);

// Empty when they agree. Flags are compared where both sides have them; device and inode where
// the simulation knows them.
std::string first_difference(const Layout& kernel, const Layout& simulated);
// Both layouts by address, one line for each VMA, marked where they differ.
std::string side_by_side(const Layout& kernel, const Layout& simulated);

}  // namespace mmsim::live
