// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's objects that a plug-in sees, as the runtime keeps them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "plugin/include/mmsim/abi.h"
#include "plugin/runtime.h"

namespace mmsim {

struct Runtime::OpenFile {
    ::file shown{};
    ::inode inode{};
    file_operations foreign{};  // its hooks, where it is of another driver
    std::map<std::string, std::uint64_t, std::less<>> numbers;  // what it said to its driver
    std::uint64_t serial = 0;
    std::uint32_t number = 0;
};

inline std::uint32_t page_prot_of(pgprot_t prot) {
    return static_cast<std::uint32_t>((prot.pgprot & MMSIM_PGPROT_TYPE) >> 4);
}
inline pgprot_t pgprot_of(std::uint32_t prot, std::uint64_t flags) {
    constexpr std::uint64_t kAccess = 0xf;
    return {(flags & kAccess) | std::uint64_t{prot} << 4};
}

}  // namespace mmsim
