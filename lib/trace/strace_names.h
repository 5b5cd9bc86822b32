// SPDX-License-Identifier: GPL-2.0-or-later
// Names that only strace text has: flags of descriptors, and calls by their number.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mmsim {

// The number behind one name of O_*, MFD_*.
std::optional<std::uint64_t> open_constant(std::string_view name);
std::optional<std::uint64_t> memfd_constant(std::string_view name);

inline constexpr std::uint64_t kMfdCloexec = 1;
inline constexpr std::uint64_t kMfdAllowSealing = 2;
inline constexpr std::uint64_t kMfdHugetlb = 4;
inline constexpr std::uint64_t kMfdNoexecSeal = 8;

// The x86-64 call behind "syscall_0x1ce", as a strace prints it that does not know the call yet.
// Empty for what is no such name, and for a number that no reader cares about.
std::string_view numbered_call(std::string_view name);

}  // namespace mmsim
