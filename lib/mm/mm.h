// SPDX-License-Identifier: GPL-2.0-or-later
// One address space. Linux: struct mm_struct, with the limits of the process that owns it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/page.h"
#include "mm/guard_pages.h"
#include "mm/limits.h"
#include "mm/vma.h"
#include "mm/vma_tree.h"

namespace mmsim {

inline constexpr Vpn kTaskSize{0x7ffffffff};  // 4-level page tables, one guard page below 2^47

struct MmLayout {
    Vpn task_size = kTaskSize;
    Vpn mmap_base{0x7ffff7fff};
    bool top_down = true;
    std::uint64_t start_brk = 0x555555560000;  // bytes
    std::optional<Vpn> legacy_base;            // bottom-up searches start here; else task_size / 3
    Vpn stack_top;                             // a page of the initial stack; names "[stack]"
};

struct Mm {
    VmaTree vmas;
    GuardPages guards;
    MmLayout layout;
    ProcessLimits limits;

    std::uint64_t brk = 0;        // bytes
    std::uint64_t map_count = 0;  // VMAs; includes those gathered but not yet removed
    Pages total_vm, data_vm, exec_vm, stack_vm;
    Pages locked_vm;
    Pages committed;      // charged minus given back, with what error paths lose
    Pages commit_leaked;  // of it: lost for ever
    Pages locked_leaked;  // of locked_vm: counted for nothing (DELTA D5, D6)
    VmFlags def_flags;
    // The max_map_count that every check up to now would have passed with.
    std::uint64_t map_limit_needed = 0;
    // ProcessSwitch: PR_SET_MDWE, PR_SET_THP_DISABLE, READ_IMPLIES_EXEC.
    bool mdwe = false;
    bool mdwe_no_inherit = false;  // which ends with this address space
    bool thp_disabled = false;
    bool read_implies_exec = false;
    bool ksm_for_all = false;  // prctl(PR_SET_MEMORY_MERGE): what can be is MERGEABLE
    bool account_lost =
        false;           // an error path took ACCOUNT from a VMA; a child's copy lacks it too
    bool stuck = false;  // a call of it waits for a lock that it holds itself. Rule 3.6
    bool alive = false;
};

}  // namespace mmsim
