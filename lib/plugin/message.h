// SPDX-License-Identifier: GPL-2.0-or-later
// What mmsim and a plug-in say to each other, whether the plug-in lives in a process of its own or
// not. Plain values: a message is copied through shared memory.
//
// One side asks and waits; the other may ask back before it answers. A text goes with a message.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mm/driver.h"

namespace mmsim {

enum class Ask : std::uint32_t {
    // Of a plug-in.
    load,      // text: path. Answer: `number` drivers
    describe,  // `driver`. Answer: `hooks` of its file_operations; text: name NUL summary, and
               // NUL reference for each MMSIM_REFERENCE
    describe_param,  // `driver`, `number`. Answer: `error` 0, text: four strings, `hooks` 0 for a
                     // number; else no more
    run_hook,
    split_off,  // a process only: `number` of the new mailbox. Answer: pid

    // Of mmsim, while a hook runs.
    allocate,          // Answer: `number` 1, or 0 for no memory
    allocated,         // by `error`
    count,             // text: a reference; by `error`
    remark,            // text: diagnostic NUL detail
    find_file,         // text: id. Answer: `file`
    file_facts,        // `file`. Answer: FileFacts; text: path
    file_number,       // `file`; text: param. Answer: `number`
    file_word,         // `file`; text: param. Answer: text
    file_count,        // `file`; by `error`
    new_shmem_file,    // `number` bytes. Answer: `file`
    mlock_ok,          // `area.mm`, `number` bytes. Answer: `number`
    vfs_mmap,          // `file`, `area`. Answer: `error`, `area`
    vfs_mmap_prepare,  // likewise
    compat_vma_mmap,   // `area` is the desc, `other` the VMA. Answer: `error`, `area`, `other`

    answer,
    died,  // instead of an answer: `number` is a Death
};

enum class Death : std::uint32_t {
    signal,     // `error`: which; `area.start`: address
    exit,       // it ended the process
    exception,  // text: what
    memory,     // it asked for more than kPluginMemory
    no_return,  // it did not come back, and was stopped
    mailbox,    // it wrote over what it shares with mmsim
};

inline constexpr std::uint64_t kPluginMemory = std::uint64_t{256} << 20;  // bytes

// A mapping, or the description of one, as hooks are handed it and leave it. Raw numbers: whoever
// takes them in judges them.
struct Area {
    std::uint64_t start = 0, end = 0;  // bytes
    std::uint64_t pgoff = 0;
    std::uint64_t flags = 0;
    std::uint64_t private_data = 0;  // a handle, or a small number
    std::uint32_t file = 0;
    std::uint32_t mm = 0;
    std::uint32_t ops = 0;   // VmOps::value
    std::uint32_t prot = 0;  // PageProt
    bool pages_mapped = false;
    bool unmapped_early = false;

    // The action of a description.
    bool hide_from_rmap = false;
    bool success_hook = false;
    std::uint32_t action = 0;  // ActionType
    std::uint32_t action_prot = 0;
    std::uint64_t action_start = 0, action_pfn = 0, action_size = 0, action_phys = 0;
    std::uint64_t action_bad_page = ~std::uint64_t{0};  // the first that is no page
    std::uint32_t error_hook = 0;                       // an errno; 0: none
    std::int32_t error_override = 0;
};

struct FileFacts {
    std::uint64_t size = 0;
    std::uint64_t serial = 0;
    std::uint32_t driver = 0;  // of this plug-in, from 1; 0: of somebody else
    std::uint32_t hooks = 0;   // HookSet
    bool readable = false, writable = false;
};

// What a hook wrote to that it was only shown, a bit each.
enum class Written : std::uint32_t { mm, file, start, end, pgoff, flags, vm_ops, private_data };
inline constexpr std::size_t kWritten = static_cast<std::size_t>(Written::private_data) + 1;

struct Message {
    Ask ask = Ask::answer;
    std::uint32_t hook = 0;    // Hook
    std::uint32_t driver = 0;  // among those of the plug-in, from 0
    std::uint32_t own_ops = 0;
    std::uint32_t file = 0;
    std::uint32_t hooks = 0;    // HookSet: of the vm_ops that a hook stored
    std::uint32_t written = 0;  // bits of Written
    std::int32_t error = 0;     // what a hook returned, a small number, a signal
    std::uint64_t number = 0;
    std::uint64_t extra = 0;  // may_split: address; mprotect: the flags to come; else the serial
    FileFacts facts;
    Area area;
    Area other;
};

}  // namespace mmsim
