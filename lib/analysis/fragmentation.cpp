// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/fragmentation.h"

#include <algorithm>

namespace mmsim {

double Gaps::index() const {
    if (total.count == 0) return 0.0;
    return 1.0 - static_cast<double>(largest.count) / static_cast<double>(total.count);
}

double Fragmentation::vmas_per_mib() const {
    if (mapped.count == 0) return 0.0;
    constexpr double kPagesPerMib = 256.0;
    return static_cast<double>(vmas) * kPagesPerMib / static_cast<double>(mapped.count);
}

void Fragmentation::add(std::size_t cap, const Fragmentation& other) {
    headroom = vmas == 0 && mapped.count == 0 ? other.headroom : std::min(headroom, other.headroom);
    vmas += other.vmas;
    peak += other.peak;
    mapped += other.mapped;
    accounted += other.accounted;
    boundaries.add(cap, other.boundaries);
    gaps.count += other.gaps.count;
    gaps.largest = std::max(gaps.largest, other.gaps.largest);
    gaps.total += other.gaps.total;
    huge_page_bytes += other.huge_page_bytes;
}

namespace {

void add_gap(Gaps& gaps, Vpn start, Vpn end) {
    if (start >= end) return;
    const Pages size = end - start;
    ++gaps.count;
    gaps.largest = std::max(gaps.largest, size);
    gaps.total += size;
}

std::uint64_t whole_huge_blocks(const Vma& vma) {
    constexpr std::uint64_t kPages = 512;
    const std::uint64_t first = (vma.start.index + kPages - 1) / kPages;
    const std::uint64_t last = vma.end.index / kPages;
    return last > first ? (last - first) * kPages * kPageSize : 0;
}

}  // namespace

Fragmentation measure_fragmentation(const World& world, std::int64_t pid, const Mm& mm,
                                    std::size_t cap) {
    Fragmentation result;
    Vpn free_from{pages_round_up(world.system.mmap_min_addr).count};
    Vma last;
    for (auto at = mm.vmas.first(); at; at.next()) {
        const Vma& vma = *at;
        ++result.vmas;
        result.mapped += vma.pages();
        if (vma.flags.any(kVmAccount)) result.accounted += vma.pages();
        if (result.vmas != 1 && vma.start == last.end) {
            result.boundaries.add(cap, judge_boundary(world, pid, last, vma));
        }
        result.huge_page_bytes += whole_huge_blocks(vma);
        add_gap(result.gaps, free_from, vma.start);
        free_from = std::max(free_from, vma.end);
        last = vma;
    }
    add_gap(result.gaps, free_from, mm.layout.task_size);
    result.headroom = static_cast<std::int64_t>(world.system.max_map_count) -
                      static_cast<std::int64_t>(mm.map_count);
    return result;
}

}  // namespace mmsim
