// SPDX-License-Identifier: GPL-2.0-or-later
// What a process and the machine may use. Bytes unless a name says otherwise.
#pragma once

#include <cstdint>
#include <limits>

namespace mmsim {

inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

enum class Overcommit : std::uint8_t { heuristic = 0, always = 1, never = 2 };

// One setting for the whole machine.
struct SystemLimits {
    std::uint64_t max_map_count = 65530;
    Overcommit overcommit = Overcommit::heuristic;
    std::uint64_t ram_bytes = std::uint64_t{16} << 30;
    std::uint64_t swap_bytes = 0;
    std::uint64_t hugepages = 0;  // 2 MiB pages in the pool
    // Hints below it are raised to it: the larger of vm.mmap_min_addr and what security modules
    // ask for. Below `fixed_min_addr`, vm.mmap_min_addr itself, fixed mappings need CAP_SYS_RAWIO;
    // it counts where it is the smaller of the two.
    std::uint64_t mmap_min_addr = 65536;
    std::uint64_t fixed_min_addr = kUnlimited;
};

enum class Capability : std::uint8_t {
    ipc_lock = 1,
    sys_admin = 2,
    sys_rawio = 4,
    sys_resource = 8,
    sys_nice = 16,
};

// Soft limits of one process.
struct ProcessLimits {
    std::uint64_t as = kUnlimited;
    std::uint64_t data = kUnlimited;
    std::uint64_t stack = std::uint64_t{8} << 20;
    std::uint64_t memlock = std::uint64_t{8} << 20;
    std::uint8_t capabilities = 0;  // of Capability

    bool capable(Capability c) const { return (capabilities & static_cast<std::uint8_t>(c)) != 0; }
};

}  // namespace mmsim
