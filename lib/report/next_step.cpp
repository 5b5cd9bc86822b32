// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/next_step.h"

#include <algorithm>
#include <string_view>

#include <spdlog/fmt/fmt.h>

#include "base/shell_words.h"

namespace mmsim {

const FragmentationCause* main_cause(const Report& report) {
    constexpr std::uint64_t kMany = 10;
    if (report.causes.empty() || report.causes.front().count < kMany) return nullptr;
    const FragmentationCause& first = report.causes.front();
    return first.count * 2 >= report.fragmentation.boundaries.total() ? &first : nullptr;
}

namespace {

// The event that is most worth a look: 0 for none.
std::uint64_t event_in_question(const Report& report) {
    const auto first = [](const auto& list) {
        return list.empty() ? std::uint64_t{0} : list.items.front().place.event;
    };
    if (report.events.diverged != 0) return first(*report.divergences);
    for (const FailureReport& failure : report.failures.items) {
        if (!failure.not_undone.empty()) return failure.place.event;
    }
    if (!report.leaks.empty()) return first(report.leaks);
    if (!report.failures.empty()) return first(report.failures);
    return first(report.diagnostics);
}

// A boundary of the main cause; null where it would take more than an address to name it.
const Boundary* boundary_in_question(const Report& report) {
    const FragmentationCause* const cause = main_cause(report);
    if (cause == nullptr || report.processes.total() != 1) return nullptr;
    const auto& items = report.fragmentation.boundaries.list.items;
    const auto at = std::ranges::find_if(
        items, [&](const Boundary& b) { return b.barriers.bits == cause->barriers.bits; });
    return at == items.end() ? nullptr : &*at;
}

}  // namespace

std::string next_step(const Report& report, const std::string& options) {
    const auto suggest = [&](std::string_view command, const std::string& what,
                             std::string_view why) {
        return fmt::format("mmsim {} {}{} {}  # {}", command, shell_word(report.trace), options,
                           what, why);
    };
    if (!report.broken.empty()) return {};
    // What the recording lacks explains a divergence, unless a driver or a failure point does.
    const std::uint64_t event = event_in_question(report);
    const bool known = std::ranges::any_of(
        report.failures.items, [&](const auto& failure) { return failure.place.event == event; });
    if (!report.divergences->empty() && !report.missing.empty() && !known) {
        return fmt::format("record again with {}", report.missing.front().advice);
    }
    if (event != 0) {
        return suggest("explain", fmt::format("--at {}", event), "this event step by step");
    }
    if (const Boundary* const boundary = boundary_in_question(report)) {
        return suggest("explain", fmt::format("--addr {:#x}", boundary->at.bytes()),
                       "one of them: its history, and why it is not merged");
    }
    return suggest("replay", "-o delta", "what each event changed");
}

}  // namespace mmsim
