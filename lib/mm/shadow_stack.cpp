// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks of return addresses that only calls and returns write to. Linux: arch/x86/kernel/shstk.c.
// Rule 5.7.
#include "base/linux_abi.h"
#include "mm/do_mmap.h"
#include "mm/fault.h"
#include "mm/syscalls.h"

namespace mmsim {

Result<std::uint64_t> sys_map_shadow_stack(Current& current, const ShadowStackArgs& args) {
    constexpr std::uint64_t kToken = 8;  // bytes, and their alignment
    constexpr std::uint64_t kLowest = std::uint64_t{4} << 30;
    current.op = MmOp::mmap;
    const bool token = (args.flags & kShadowStackSetToken) != 0;
    const std::uint64_t unknown = args.flags & ~kShadowStackSetToken;
    if (unknown != 0) return current.refuse(Errno::einval, Check::unknown_flags, unknown);
    if (token && args.length < kToken) {
        return current.refuse(Errno::enospc, Check::token_room, args.length);
    }
    if (args.addr != 0 && args.addr < kLowest) {
        return current.refuse(Errno::erange, Check::shadow_stack_below, args.addr);
    }
    if (args.length != 0 && !pages_round_up(args.length)) {
        return current.refuse(Errno::eoverflow, Check::end_wraps);
    }
    const std::uint64_t fixed = args.addr != 0 ? kMapFixedNoReplace : 0;
    const std::uint64_t mapped =
        TRY(do_mmap(current, {.addr = args.addr,
                              .length = args.length,
                              .prot = kProtRead,
                              .flags = kMapAnonymous | kMapPrivate | kMapAbove4G | fixed,
                              .file = {},
                              .pgoff = {},
                              .placed_at = args.placed_at,
                              .never_aligned = false,
                              .shadow_stack = true}));
    if (!token) return mapped;
    // It stands at the end of what was asked for.
    if (args.length % kToken != 0) {
        TRY(sys_munmap(current, mapped, args.length));
        return current.refuse(Errno::einval, Check::token_unaligned, args.length);
    }
    const VmRange top{vpn_of(mapped + args.length - kToken), Pages{1}};
    static_cast<void>(mm_populate(current, top, PopulateErrors::ignore));
    return mapped;
}

}  // namespace mmsim
