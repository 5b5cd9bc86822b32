// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/known_faults.h"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

namespace mmsim {

namespace {

using enum KernelVersion;
using K = FaultKind;
using P = FailPoint;

// Of a move whose source cannot be unmapped: those of the unmapping, and what led to one.
constexpr FailPoint kMovePoints[] = {
    P::gather_sealed,    P::gather_limit, P::split_may_split, P::split_alloc,
    P::split_prealloc,   P::mremap_copy,  P::munmap_prealloc, P::mremap_charge,
    P::mremap_move_ptes, P::mremap_unmap,
};

// The first row that fits counts.
constexpr KnownFault kKnown[] = {
    {K::leak, "commit", "kernel", v6_12, std::nullopt, "5.3", kMovePoints},
    {K::leak, "commit", "kernel", v6_12, std::nullopt, "3.3"},
    {K::leak, "file", "kernel", v6_16, std::nullopt, "3.3"},
    {K::underflow, "file", "kernel", v7_0, std::nullopt, "3.3"},
    {K::leak, "locked", "kernel", v6_12, v7_3, "5.3"},
    {K::mappings, "mapping_left", "kernel", v7_0, v7_1, "3.3"},
    {K::mappings, "unmap_new_vma", "kernel", v7_0, v7_1, "6.7"},
    {K::leak, "open_mmaps", "afs", v6_18, v7_1, "7"},
    {K::diagnostic, "ref-in-prepare", "afs", v6_18, v7_1, "7"},
    {K::underflow, "pm_runtime", "stm", v7_1, std::nullopt, "7"},
    {K::diagnostic, "close-without-mapped", "stm", v7_1, std::nullopt, "7"},
    {K::diagnostic, "close-without-mapped", "vme_user", v7_1, std::nullopt, "7"},
    {K::diagnostic, "late-hook-error", "vme_user", v7_1, std::nullopt, "7"},
};

bool is_under(const KnownFault& known, const std::string& kernel) {
    const auto version = kernel_version_from_name(kernel);
    return version && known.since <= *version && (!known.fixed || *version < *known.fixed);
}

}  // namespace

std::span<const KnownFault> known_faults() { return kKnown; }

const KnownFault* known_fault(const FaultCase& found) {
    const FaultFinding& finding = found.finding;
    if (!finding.upstream) return nullptr;
    const auto* const known = std::ranges::find_if(kKnown, [&](const KnownFault& row) {
        const auto at = std::ranges::find(row.points, finding.point);
        return row.kind == finding.kind && row.what == finding.what && row.owner == finding.owner &&
               (row.points.empty() || at != row.points.end());
    });
    if (known == std::end(kKnown)) return nullptr;
    const bool all = std::ranges::all_of(
        found.kernels, [&](const std::string& kernel) { return is_under(*known, kernel); });
    return all ? known : nullptr;
}

std::string known_fault_text(const KnownFault& known) {
    const std::string fixed =
        known.fixed ? fmt::format("fixed in {}", profile_of(*known.fixed).name) : "not fixed yet";
    return fmt::format("upstream, {} (rule {})", fixed, known.rule);
}

}  // namespace mmsim
