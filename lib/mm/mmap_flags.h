// SPDX-License-Identifier: GPL-2.0-or-later
// From the prot and flags arguments to VMA flags. Rule 2.3.
#pragma once

#include <cstdint>

#include "base/linux_abi.h"
#include "mm/vm_flags.h"

namespace mmsim {

constexpr VmFlags calc_vm_prot_bits(std::uint64_t prot) {
    VmFlags flags;
    if ((prot & kProtRead) != 0) flags = flags | kVmRead;
    if ((prot & kProtWrite) != 0) flags = flags | kVmWrite;
    if ((prot & kProtExec) != 0) flags = flags | kVmExec;
    return flags;
}

constexpr VmFlags calc_vm_flag_bits(std::uint64_t flags) {
    VmFlags vm_flags;
    if ((flags & kMapGrowsDown) != 0) vm_flags = vm_flags | kVmGrowsDown;
    if ((flags & kMapLocked) != 0) vm_flags = vm_flags | kVmLocked;
    if ((flags & kMapSync) != 0) vm_flags = vm_flags | kVmSync;
    if ((flags & kMapStack) != 0) vm_flags = vm_flags | kVmNoHugePage;
    return vm_flags;
}

}  // namespace mmsim
