// SPDX-License-Identifier: GPL-2.0-or-later
// One virtual memory area: the record the tree stores, 80 bytes. Linux: struct vm_area_struct.
#pragma once

#include <compare>
#include <cstdint>

#include "base/page.h"
#include "mm/vm_flags.h"

namespace mmsim {

// Handles into the tables of a World. Small numbers, 0 is "none"; a slot is used again once
// nothing refers to it.
template <typename Tag>
struct Handle {
    std::uint32_t index = 0;

    constexpr explicit operator bool() const { return index != 0; }
    friend constexpr auto operator<=>(Handle, Handle) = default;
};
using FileId = Handle<struct FileTag>;        // an open file description
using AnonVmaId = Handle<struct AnonVmaTag>;  // an anon_vma
using ChainId = Handle<struct ChainTag>;      // an anon_vma chain of more than one link
using AttrId = Handle<struct AttrTag>;        // policy, name, uffd context: see attrs.h
using UffdId = Handle<struct UffdTag>;        // a userfaultfd: see userfaultfd.h
using VmaId = Handle<struct VmaIdTag>;        // identity of a VMA over its life, for observers
using MmId = Handle<struct MmTag>;            // an address space
using DriverId = Handle<struct DriverTag>;    // an entry of the driver table

// Which vm_ops table a VMA has.
struct VmOps {
    std::uint32_t value = 0;

    friend constexpr bool operator==(VmOps, VmOps) = default;
    // The table of hooks that `driver` supplies.
    static constexpr VmOps of(DriverId driver) { return {driver.index + 1}; }
    constexpr DriverId driver() const { return {value < 2 ? 0 : value - 1}; }
};
inline constexpr VmOps kVmOpsAnonymous{0};  // NULL: the VMA is anonymous
inline constexpr VmOps kVmOpsDummy{1};      // the empty table: no hook will ever run

enum class PageProt : std::uint8_t { normal, noncached, writecombine, decrypted };

struct Vma {
    Vpn start;
    Vpn end;
    VmFlags flags;
    Pgoff pgoff;
    Pgoff anon_pgoff;  // DELTA 4.1: where its private pages are indexed
    std::uint64_t private_data = 0;
    FileId file;
    VmOps ops;
    AnonVmaId anon_vma;
    ChainId chain;  // none: the chain is anon_vma alone
    std::uint32_t attr_index : 28 = 0;
    std::uint32_t prot : 4 = 0;
    VmaId id;
    // Who put the start where it is, and who made it touch the VMA below or parted the two: numbers
    // of whoever watches (Current::stamp), which the core only carries. 0: nobody.
    std::uint32_t start_by = 0;
    std::uint32_t touch_by = 0;

    VmRange range() const { return {start, end}; }
    Pages pages() const { return end - start; }
    bool anonymous() const { return ops == kVmOpsAnonymous; }
    AttrId attr() const { return {attr_index}; }
    PageProt page_prot() const { return static_cast<PageProt>(prot); }
    void set_attr(AttrId attr) { attr_index = attr.index & 0xfffffff; }
    void set_page_prot(PageProt p) { prot = static_cast<std::uint32_t>(p) & 0xf; }

    // The start was made, or moved, by this call.
    void start_made(std::uint32_t by) { start_by = touch_by = by; }

    // Moves the start and both page offsets with it, as a split, shrink or downward growth does.
    void move_start(Vpn to) {
        pgoff.index += to.index - start.index;
        anon_pgoff.index += to.index - start.index;
        start = to;
    }
};
static_assert(sizeof(Vma) == 80);

}  // namespace mmsim
