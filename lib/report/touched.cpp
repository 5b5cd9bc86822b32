// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/touched.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace mmsim {

namespace {

// Moves the edges outwards until no VMA of either layout reaches over one of them.
VmRange widen(VmRange range, const VmaTree& one, const VmaTree& other) {
    for (;;) {
        Vpn start = range.start();
        Vpn end = range.end();
        for (const VmaTree* tree : {&one, &other}) {
            if (const Vma* vma = tree->find_vma(range.start())) start = std::min(start, vma->start);
            if (const Vma* vma = tree->find_below(range.end())) end = std::max(end, vma->end);
        }
        const VmRange wider(start, end);
        if (wider == range) return range;
        range = wider;
    }
}

}  // namespace

Touched Touched::everything() {
    Touched touched;
    touched.add(Vpn{0}, Vpn{~std::uint64_t{0} >> kPageShift});
    return touched;
}

void Touched::on_event(MmOp op, const Event& event) {
    // Those make or end whole address spaces, which is told apart from events.
    if (op == MmOp::fork || op == MmOp::exec || op == MmOp::exit) return;
    std::visit(
        [this](const auto& e) {
            using E = std::remove_cvref_t<decltype(e)>;
            if constexpr (std::is_same_v<E, VmaCreated>) {
                add(e.vma.start, e.vma.end);
            } else if constexpr (std::is_same_v<E, VmaSplit>) {
                add(e.at - Pages{1}, e.at + Pages{1});
            } else if constexpr (std::is_same_v<E, VmaMerged>) {
                add(e.after.start(), e.after.end());
                add(e.proposal.start(), e.proposal.end());
            } else if constexpr (std::is_same_v<E, VmaChanged> || std::is_same_v<E, VmaRemoved>) {
                add(e.range.start(), e.range.end());
            }
        },
        event);
}

std::vector<VmRange> Touched::places(const VmaTree& one, const VmaTree& other) const {
    std::vector<VmRange> ranges = ranges_;
    for (VmRange& range : ranges) range = widen(range, one, other);
    std::ranges::sort(ranges, {}, [](const VmRange& range) { return range.start(); });
    std::vector<VmRange> joined;
    for (const VmRange& range : ranges) {
        if (!joined.empty() && range.start() <= joined.back().end()) {
            const Vpn end = std::max(joined.back().end(), range.end());
            joined.back() = VmRange(joined.back().start(), end);
        } else {
            joined.push_back(range);
        }
    }
    return joined;
}

}  // namespace mmsim
