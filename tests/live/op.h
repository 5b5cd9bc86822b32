// SPDX-License-Identifier: GPL-2.0-or-later
// One thing that is done on both sides: a memory call, a touch, a fork or an exit.
#pragma once

#include <array>
#include <cstdint>
#include <string>

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
    touch,             // addr length write
    fork,              // slot of the child
    exit,              //
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::exit) + 1;

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
Outcome outcome_of(const TargetReply& reply);

// As strace would print it, up to the ')': a list of them can be replayed as a trace.
std::string op_text(const Op& op);
std::string outcome_text(const Op& op, const Outcome& outcome);

}  // namespace mmsim::live
