// SPDX-License-Identifier: GPL-2.0-or-later
// Userfaultfds: which address space one stands for, and what keeps its VMAs registered. Rule 5.7
//
// A registered VMA has the userfaultfd among its attributes and a flag for each mode, so it merges
// only with memory that is registered alike. The requests are sys_uffdio() in syscalls.h.
#pragma once

#include <cstdint>

#include "mm/vma.h"

namespace mmsim {

struct Current;
struct World;

// Linux: struct userfaultfd_ctx.
struct Userfaultfd {
    MmId mm;                     // whose memory it is about; none once that is gone
    std::uint64_t features = 0;  // UFFD_FEATURE_*
    bool ready = false;          // UFFDIO_API has been
    UffdId forked_from;          // a fork made it: there is no file to close
};

// Makes an open file the userfaultfd of an address space.
void make_uffd(World& world, FileId file, MmId mm);

// What is left of a registration in the child, and where memory was moved to: none, unless the
// userfaultfd asked to be told (UFFD_FEATURE_EVENT_FORK, _EVENT_REMAP). `copy`: the VMA that is to
// be, or that has the moved memory now.
void uffd_fork(World& world, MmId child, Vma& copy);
void uffd_moved(Current& current, const Vma& copy);

// Its last descriptor was closed: nothing is registered with it any more. REQUIRES: current is its
// address space, and alive
void uffd_release(Current& current, UffdId uffd);
// The address space is gone.
void uffd_exit(World& world, MmId mm);

}  // namespace mmsim
