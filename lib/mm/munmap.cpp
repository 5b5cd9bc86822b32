// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/gather.h"
#include "mm/syscalls.h"

namespace mmsim {

Result<> sys_munmap(Current& current, std::uint64_t addr, std::uint64_t length) {
    current.op = MmOp::munmap;
    const std::uint64_t task_size = current.mm.layout.task_size.bytes();
    if (!page_aligned(addr)) return current.refuse(Errno::einval, Check::unaligned, addr);
    if (addr > task_size || length > task_size - addr) {
        return current.refuse(Errno::einval, Check::unmap_behind_user_space);
    }
    const Pages pages = pages_round_up(length);
    if (!pages) return current.refuse(Errno::einval, Check::length_zero);
    return do_munmap(current, VmRange{vpn_of(addr), pages});
}

}  // namespace mmsim
