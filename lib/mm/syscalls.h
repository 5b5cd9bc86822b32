// SPDX-License-Identifier: GPL-2.0-or-later
// The calls a process can make, with the kernel's own checks in the kernel's order.
//
// Addresses, lengths and flags are raw 64-bit numbers (bytes): judging them is the kernel's work.
// Each returns what the system call would; partial effects of a failing call stay, as in Linux.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/linux_abi.h"
#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

struct MmapArgs {
    std::uint64_t addr = 0, length = 0, prot = 0, flags = 0;
    FileId file;  // none with MAP_ANONYMOUS, or when the fd is not open
    std::uint64_t offset = 0;
    // The address the trace recorded: taken instead of searching one.
    std::optional<std::uint64_t> placed_at;
};
// Rules 2, 3. Returns the address.
Result<std::uint64_t> sys_mmap(Current& current, const MmapArgs& args);

// Rule 5.1
Result<> sys_munmap(Current& current, std::uint64_t addr, std::uint64_t length);

// Rule 5.2. pkey -1: plain mprotect.
Result<> sys_mprotect(Current& current, std::uint64_t addr, std::uint64_t length,
                      std::uint64_t prot, std::int64_t pkey = -1);

struct MremapArgs {
    std::uint64_t addr = 0, old_length = 0, length = 0, flags = 0, new_addr = 0;
    std::optional<std::uint64_t> placed_at;
};
// Rule 5.3. Returns the new address.
Result<std::uint64_t> sys_mremap(Current& current, const MremapArgs& args);

// Rule 5.4. Returns the break that holds afterwards: not an errno when it fails.
std::uint64_t sys_brk(Current& current, std::uint64_t addr);

// Rule 5.5
Result<> sys_madvise(Current& current, std::uint64_t addr, std::uint64_t length,
                     std::uint64_t advice);
// One range of a process_madvise: one that is empty is not looked at. Rule 5.5
Result<> sys_process_madvise(Current& current, std::uint64_t addr, std::uint64_t length,
                             std::uint64_t advice);
// prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME); nullopt clears. Rule 5.5
Result<> sys_set_vma_name(Current& current, std::uint64_t addr, std::uint64_t length,
                          std::optional<std::string_view> name);

// prctl(PR_SET_MEMORY_MERGE): all memory that can be is MERGEABLE, what is there and what comes; or
// none any more, also where madvise had asked. Kept over fork and exec. Rules 3.1, 5.5
Result<> sys_set_memory_merge(Current& current, bool enable);

// Any switch that a process has for all of its memory. A child has them too, exec keeps all but
// READ_IMPLIES_EXEC. Rules 2.1 row 10, 5.2, 5.4, 5.5, E6
Result<> sys_set_switch(Current& current, ProcessSwitch which, bool enable);

// Rule 5.6. mlock2 with flags; mlock is mlock2 with 0.
Result<> sys_mlock(Current& current, std::uint64_t addr, std::uint64_t length, std::uint64_t flags);
Result<> sys_munlock(Current& current, std::uint64_t addr, std::uint64_t length);
Result<> sys_mlockall(Current& current, std::uint64_t flags);
Result<> sys_munlockall(Current& current);

// Rule 5.7
Result<> sys_mseal(Current& current, std::uint64_t addr, std::uint64_t length, std::uint64_t flags);
Result<> sys_mbind(Current& current, std::uint64_t addr, std::uint64_t length, std::uint64_t mode,
                   std::uint64_t nodes, std::uint64_t flags);
Result<> sys_remap_file_pages(Current& current, std::uint64_t addr, std::uint64_t length,
                              std::uint64_t prot, std::uint64_t pgoff, std::uint64_t flags);

struct ShadowStackArgs {
    std::uint64_t addr = 0, length = 0, flags = 0;
    std::optional<std::uint64_t> placed_at;
};
// Returns the address. Rule 5.7
Result<std::uint64_t> sys_map_shadow_stack(Current& current, const ShadowStackArgs& args);

struct UffdArgs {
    UffdRequest request{};
    std::uint64_t addr = 0, length = 0;  // of copy and move: the destination
    std::uint64_t flags = 0;             // api: UFFD_FEATURE_*; register: UFFDIO_REGISTER_MODE_*
};
// A request to a userfaultfd, by ioctl. It is about the address space that made it, whoever calls.
// REQUIRES: current is that one, unless it is gone. Rule 5.7
Result<> sys_uffdio(Current& current, UffdId uffd, const UffdArgs& args);

// Rule E10. `segment` is a file that stands for the segment: each attach makes a file of its own
// with the same path, type, size and driver.
struct ShmatArgs {
    FileId segment;  // none: there is no such segment
    std::uint64_t addr = 0, flags = 0;
    std::optional<std::uint64_t> placed_at;
};
Result<std::uint64_t> sys_shmat(Current& current, const ShmatArgs& args);
Result<> sys_shmdt(Current& current, std::uint64_t addr);

// A copy of the address space. Returns the child's. Rule 5.9
Result<MmId> do_fork(Current& current);
// The whole address space goes: exec and exit. The MmId stays, empty and not alive. Rule 5.10
void exit_mmap(Current& current);

// What a page fault does to the VMAs: growth of stacks, anon_vmas. `fault_at`: the access there
// ended in a signal. Never fails; what cannot be reached is passed over. Rules 4.6, 5.8, E6, E7
void touch(Current& current, std::uint64_t addr, std::uint64_t length, bool write,
           std::optional<std::uint64_t> fault_at = {});

// F_ADD_SEALS: EPERM when sealed against it, EBUSY for a write seal while writable maps exist.
Result<> add_seals(Current& current, FileId file, std::uint64_t seals);

// A mapping that is there before the first event, or after an exec: put in as it is.
// REQUIRES: it overlaps nothing; reference counts of the file are taken here
void install_vma(Current& current, Vma vma);

// Asserts every invariant of rules 9 on one address space; names the broken one. Returns the
// empty string when all hold.
std::string validate_mm(const World& world, MmId mm);
// The same of what address spaces have in common: files, drivers, the commit counter. Holds between
// calls.
std::string validate_world(const World& world);

}  // namespace mmsim
