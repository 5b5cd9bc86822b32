// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/barrier_text.h"

#include <string_view>

#include <spdlog/fmt/fmt.h>

namespace mmsim {
namespace {

struct BarrierText {
    std::string_view reason, rule, cure;
};

// In the order of MergeBarrier.
constexpr BarrierText kTexts[kMergeBarriers] = {
    {"a special mapping (IO, DONTEXPAND, PFNMAP, MIXEDMAP) never merges", "4.1",
     "none: map it in one call"},
    {"the NUMA policies differ", "4.1 test 1", "mbind both sides alike, or neither"},
    {"flags differ", "4.1 test 2", "give both sides the same flags"},
    {"another open file, or none on one side", "4.1 test 3",
     "map through one descriptor: two opens of a file never merge"},
    {"the userfaultfd contexts differ", "4.1 test 4", "register both sides, or neither"},
    {"the anonymous names differ", "4.1 test 5",
     "name both sides alike (PR_SET_VMA_ANON_NAME), or neither"},
    {"the anon_vmas differ, or one was inherited over fork", "4.1.1",
     "write to the memory after it is one VMA, not before"},
    {"the page offsets do not go on", "4.1 test 7",
     "map the next pages of the file; moved memory keeps the offset of its old home"},
    {"the anonymous offsets do not go on", "4.1 test 7b",
     "move the memory before it is written, or not at all"},
    {"the upper one has a close hook, and no merge deletes such a VMA", "4.5",
     "map upwards, so that the lower one is extended"},
};

}  // namespace

std::string barriers_text(MergeBarriers barriers, VmFlags differing, const std::string& indent,
                          bool cures) {
    std::string text;
    for (std::size_t i = 0; i < kMergeBarriers; ++i) {
        const auto barrier = static_cast<MergeBarrier>(i);
        if (!barriers.has(barrier)) continue;
        const BarrierText& entry = kTexts[i];
        std::string reason(entry.reason);
        if (barrier == MergeBarrier::flags && !differing.empty()) {
            reason += ": " + vm_flags_codes(differing);
            reason.pop_back();
        }
        text += fmt::format("{}{}: {}  (rule {})\n", indent, merge_barrier_name(barrier), reason,
                            entry.rule);
        // Nothing else that is changed lets a special mapping merge.
        if (cures && (barrier == MergeBarrier::special || !barriers.has(MergeBarrier::special)))
            text += fmt::format("{}  cure: {}\n", indent, entry.cure);
    }
    return text;
}

std::string cures_text(MergeBarriers barriers) {
    if (barriers.none()) return "mprotect the upper one to something else and back";
    constexpr auto kSpecial = static_cast<std::size_t>(MergeBarrier::special);
    if (barriers.has(MergeBarrier::special)) return std::string(kTexts[kSpecial].cure);
    std::string text;
    for (std::size_t i = 0; i < kMergeBarriers; ++i) {
        if (!barriers.has(static_cast<MergeBarrier>(i))) continue;
        text += (text.empty() ? "" : "; ") + std::string(kTexts[i].cure);
    }
    return text;
}

}  // namespace mmsim
