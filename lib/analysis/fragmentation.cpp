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
    map_limit_needed = std::max(map_limit_needed, other.map_limit_needed);
}

namespace {

void add_gap(Gaps& gaps, Vpn start, Vpn end) {
    if (start >= end) return;
    const Pages size = end - start;
    ++gaps.count;
    gaps.largest = std::max(gaps.largest, size);
    gaps.total += size;
}

VmaKey key_of(const World& world, std::int64_t pid, MmId id, const Vma& vma, Makers& makers) {
    VmaKey key;
    key.pid = pid;
    key.path = makers.path_of(world, world.mms[id.index], vma);
    if (const DriverEntry* entry = world.driver_of(vma.file)) {
        key.driver = makers.words()[entry->driver->name()];
    }
    const Maker maker = makers.of_vma(vma, key.path);
    key.made = maker.known();
    key.tid = maker.tid;
    key.op = maker.op;
    key.site = maker.site;
    key.stack = maker.stack;
    key.perms = vma.flags.only(kVmAccess | kVmMayShare).bits;
    return key;
}

void add_boundary(VmaKey& key, const Boundary& boundary) {
    key.touches = true;
    key.barriers = boundary.barriers.bits;
    key.boundary_made = boundary.made_by.known();
    key.boundary_op = boundary.made_by.op;
    key.boundary_path = boundary.made_by.path;
    key.boundary_site = boundary.made_by.site;
}

std::uint64_t whole_huge_blocks(const Vma& vma) {
    constexpr std::uint64_t kPages = 512;
    const std::uint64_t first = (vma.start.index + kPages - 1) / kPages;
    const std::uint64_t last = vma.end.index / kPages;
    return last > first ? (last - first) * kPages * kPageSize : 0;
}

}  // namespace

Fragmentation measure_fragmentation(const World& world, std::int64_t pid, MmId id, std::size_t cap,
                                    Makers& makers, VmaGroups& groups) {
    const Mm& mm = world.mms[id.index];
    Fragmentation result;
    Vpn free_from{pages_round_up(world.system.mmap_min_addr).count};
    Vma last;
    for (auto at = mm.vmas.first(); at; at.next()) {
        const Vma& vma = *at;
        ++result.vmas;
        result.mapped += vma.pages();
        if (vma.flags.any(kVmAccount)) result.accounted += vma.pages();
        VmaKey key = key_of(world, pid, id, vma, makers);
        if (result.vmas != 1 && vma.start == last.end) {
            Boundary boundary = judge_boundary(world, pid, last, vma);
            boundary.made_by = makers.of_boundary(world, mm, last, vma);
            add_boundary(key, boundary);
            result.boundaries.add(cap, boundary);
        }
        groups.add(key, {1, vma.pages()});
        result.huge_page_bytes += whole_huge_blocks(vma);
        add_gap(result.gaps, free_from, vma.start);
        free_from = std::max(free_from, vma.end);
        last = vma;
    }
    add_gap(result.gaps, free_from, mm.layout.task_size);
    result.headroom = static_cast<std::int64_t>(world.system.max_map_count) -
                      static_cast<std::int64_t>(mm.map_count);
    result.map_limit_needed = mm.map_limit_needed;
    return result;
}

}  // namespace mmsim
