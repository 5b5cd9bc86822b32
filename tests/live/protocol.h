// SPDX-License-Identifier: GPL-2.0-or-later
// What the test and its target say to each other, over pipes: one call down, one reply up.
#pragma once

#include <cstdint>

namespace mmsim::live {

enum class CallKind : std::uint32_t {
    syscall,  // number and args
    touch,    // args: address, bytes, 1 to write or 0 to read; a page at a time, until one faults
    fork,     // args[0]: the slot that the child listens to
    exit,
};

inline constexpr unsigned kArgs = 6;
inline constexpr std::uint32_t kNoPayload = kArgs;

// Messages are far smaller than PIPE_BUF, so each comes whole or not at all.
struct TargetCall {
    CallKind kind = CallKind::syscall;
    std::uint32_t payload_arg = kNoPayload;  // the argument that is to point to the payload
    std::uint64_t number = 0;
    std::uint64_t args[kArgs] = {};
    unsigned char payload[128] = {};
};

struct TargetReply {
    std::int64_t value = 0;        // as the kernel returned it: -errno for failures
    std::uint64_t pages = 0;       // touch: that could be reached
    std::uint64_t fault_addr = 0;  // touch: where the signal came
    std::uint64_t signal = 0;      // touch: which; 0 for none
};

// A slot is a pair of descriptors a process of the target listens and answers to.
inline constexpr int kSlots = 4;
inline constexpr int kFirstSlotFd = 10;
constexpr int slot_read_fd(int slot) { return kFirstSlotFd + 2 * slot; }
constexpr int slot_write_fd(int slot) { return kFirstSlotFd + 2 * slot + 1; }
// Files that calls may name begin here.
inline constexpr int kFirstFileFd = kFirstSlotFd + 2 * kSlots;

}  // namespace mmsim::live
