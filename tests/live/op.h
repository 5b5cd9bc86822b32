// SPDX-License-Identifier: GPL-2.0-or-later
// One thing that is done on both sides: a memory call, a touch, a fork or an exit.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/linux_abi.h"
#include "live/protocol.h"

namespace mmsim::live {

enum class OpKind : std::uint8_t {
    mmap,              // addr length prot flags fd offset
    munmap,            // addr length
    mprotect,          // addr length prot
    pkey_mprotect,     // addr length prot pkey
    mremap,            // addr old_length length flags new_addr
    brk,               // addr
    madvise,           // addr length advice
    process_madvise,   // addr length advice, of the caller itself
    mlock,             // addr length
    mlock2,            // addr length flags
    munlock,           // addr length
    mlockall,          // flags
    munlockall,        //
    mseal,             // addr length flags
    set_vma_name,      // addr length, name
    memory_merge,      // 1: KSM for all memory of the process; 0: for none
    mbind,             // addr length mode nodes flags
    shmat,             // which of Host's segments, addr, flags
    shmdt,             // addr
    remap_file_pages,  // addr length prot pgoff flags
    setrlimit,         // resource soft hard
    add_seals,         // fd seals
    uffd_open,         // which; flags. Closes the one that the process had
    uffd_register,     // addr length modes which
    uffd_unregister,   // addr length, 0, which
    touch,             // addr length write
    fork,              // slot of the child
    exit,              //
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::exit) + 1;

// Each process has descriptors of two userfaultfds, from here on: one tracks writes to any memory,
// one makes missing pages a SIGBUS, for nobody would put them in.
inline constexpr int kFirstUffd = 200;
inline constexpr std::size_t kUffds = 2;
constexpr std::uint64_t uffd_features(std::uint64_t which) {
    constexpr std::uint64_t kSigbus = 1 << 7;
    return which == 0 ? kUffdWpAsync : kSigbus;
}

struct Op {
    OpKind kind{};
    int slot = 0;  // the process that does it
    std::array<std::uint64_t, kArgs> args{};
    std::string name = {};     // set_vma_name
    bool clears_name = false;  // set_vma_name with NULL
};

// What the call returned: a value, or an errno.
struct Outcome {
    std::uint64_t value = 0;
    int error = 0;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

// The message that makes the target do it. REQUIRES: not a fork or an exit
TargetCall target_call(const Op& op);
// Those that make the userfaultfd with descriptor `fd` the process's own, and ask UFFDIO_API.
std::vector<TargetCall> uffd_open_calls(const Op& op, std::uint64_t fd);
Outcome outcome_of(const TargetReply& reply);

// As strace would print it, up to the ')': a list of them can be replayed as a trace.
std::string op_text(const Op& op);
std::string outcome_text(const Op& op, const Outcome& outcome);

}  // namespace mmsim::live
