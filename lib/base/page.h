// SPDX-License-Identifier: GPL-2.0-or-later
// Pages, and points counted in pages. Inside the core there are no byte addresses.
#pragma once

#include <compare>
#include <cstdint>

#include "base/assert.h"

namespace mmsim {

inline constexpr unsigned kPageShift = 12;
inline constexpr std::uint64_t kPageSize = std::uint64_t{1} << kPageShift;
inline constexpr std::uint64_t kPageMask = kPageSize - 1;

// How many pages. Not how many bytes, and not which page.
struct Pages {
    std::uint64_t count = 0;

    constexpr std::uint64_t bytes() const { return count << kPageShift; }
    constexpr explicit operator bool() const { return count != 0; }
    friend constexpr auto operator<=>(Pages, Pages) = default;
    friend constexpr Pages operator+(Pages a, Pages b) { return {a.count + b.count}; }
    friend constexpr Pages operator-(Pages a, Pages b) { return {a.count - b.count}; }
    constexpr Pages& operator+=(Pages b) { return count += b.count, *this; }
    constexpr Pages& operator-=(Pages b) { return count -= b.count, *this; }
};

// Which page, counted from an origin that Tag names. Pages may be added to a point and two points
// of one kind subtracted; everything else (Vpn + Vpn, Vpn - Pgoff, Pfn == Vpn) does not compile.
template <typename Tag>
struct PagePoint {
    std::uint64_t index = 0;

    constexpr std::uint64_t bytes() const { return index << kPageShift; }
    friend constexpr auto operator<=>(PagePoint, PagePoint) = default;
    friend constexpr PagePoint operator+(PagePoint p, Pages n) { return {p.index + n.count}; }
    friend constexpr PagePoint operator-(PagePoint p, Pages n) { return {p.index - n.count}; }
    friend constexpr Pages operator-(PagePoint a, PagePoint b) { return {a.index - b.index}; }
};

using Vpn = PagePoint<struct VpnTag>;      // virtual page number: address >> PAGE_SHIFT
using Pgoff = PagePoint<struct PgoffTag>;  // page offset into a file: the kernel's pgoff_t
using Pfn = PagePoint<struct PfnTag>;      // page frame number

// PAGE_ALIGN() in pages. Wraps to 0 for the last page of the 64-bit space, as in the kernel.
constexpr Pages pages_round_up(std::uint64_t bytes) {
    return {((bytes + kPageMask) & ~kPageMask) >> kPageShift};
}
constexpr bool page_aligned(std::uint64_t bytes) { return (bytes & kPageMask) == 0; }
constexpr Vpn vpn_of(std::uint64_t addr) { return {addr >> kPageShift}; }

// A non-empty run of virtual pages [start, end).
//
// Empty and inverted ranges cannot be built, so a function that takes a VmRange has nothing left
// to check. Ends are exclusive and counted in pages: unlike addresses they cannot wrap.
class VmRange {
public:
    constexpr VmRange(Vpn start, Vpn end) : start_(start), end_(end) { MMSIM_ASSERT(start < end); }
    constexpr VmRange(Vpn start, Pages pages) : VmRange(start, start + pages) {}

    constexpr Vpn start() const { return start_; }
    constexpr Vpn end() const { return end_; }
    constexpr Pages pages() const { return end_ - start_; }

    constexpr bool contains(Vpn page) const { return start_ <= page && page < end_; }
    constexpr bool contains(VmRange other) const {
        return start_ <= other.start_ && other.end_ <= end_;
    }
    constexpr bool overlaps(VmRange other) const {
        return start_ < other.end_ && other.start_ < end_;
    }
    friend constexpr bool operator==(VmRange, VmRange) = default;

private:
    Vpn start_;
    Vpn end_;
};

}  // namespace mmsim
