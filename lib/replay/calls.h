// SPDX-License-Identifier: GPL-2.0-or-later
// From a record to the simulated system call it stands for.
#pragma once

#include <cstdint>
#include <optional>

#include "mm/current.h"
#include "replay/step.h"
#include "trace/trace_record.h"

namespace mmsim {

// What a call takes besides the numbers in its record.
struct CallOperands {
    FileId file;                             // of mmap, shmat, F_ADD_SEALS
    std::optional<std::uint64_t> placed_at;  // the recorded address
    std::uint64_t map_flags = 0;             // of mmap, as they are to be judged
    std::uint64_t new_addr = 0;              // of mremap, likewise
    MmId mm = {};                            // whom it is about; none: the caller
};

// Which kind of work a record is, for counting.
MmOp op_of(const TraceCall& call);

// Makes the call. `forked`: where fork puts the child's address space.
// REQUIRES: is_memory_call()
Outcome run_call(Current& current, const TraceRecord& record, const CallOperands& operands,
                 MmId& forked);

// Calls that the simulated kernel judges; the others are bookkeeping of tasks and files.
bool is_memory_call(const TraceCall& call);

}  // namespace mmsim
