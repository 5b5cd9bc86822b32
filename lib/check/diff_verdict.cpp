// SPDX-License-Identifier: GPL-2.0-or-later
#include <string_view>

#include <spdlog/fmt/fmt.h>

#include "check/diff_numbers.h"
#include "check/diff_report.h"
#include "check/diff_rows.h"

namespace mmsim {

namespace {

std::string calls_text(const DiffAgainst& now) {
    std::string text;
    const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many) {
        if (count == 0) return;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == 1 ? one : many);
    };
    add(now.calls[0].total(), "call now fails", "calls now fail");
    add(now.calls[1].total(), "call now succeeds", "calls now succeed");
    add(now.calls[2].total(), "call fails with another errno", "calls fail with another errno");
    add(now.other_results, "call returns another address", "calls return another address");
    return text;
}

std::string vmas_text(const DiffSide& old, const DiffSide& now) {
    const double before = old.numbers.find("fragmentation.vmas").value_or(0);
    const double after = now.numbers.find("fragmentation.vmas").value_or(0);
    const std::string vmas = fmt::format("{} {} at the end", number_text(after, NumberUnit::count),
                                         after == 1 ? "VMA" : "VMAs");
    const double peak_before = old.numbers.find("fragmentation.peak").value_or(0);
    const double peak_after = now.numbers.find("fragmentation.peak").value_or(0);
    if (before == after && peak_before != peak_after) {
        return fmt::format("{} VMAs at most instead of {}",
                           number_text(peak_after, NumberUnit::count),
                           number_text(peak_before, NumberUnit::count));
    }
    if (before == after) return vmas + " on both sides";
    return fmt::format("{} instead of {}", vmas, number_text(before, NumberUnit::count));
}

}  // namespace

std::string side_name(const Diff& diff, std::size_t new_side) {
    if (new_side == kOldSide) return "old";
    return diff.news.size() == 1 ? "new" : fmt::format("new {}", new_side + 1);
}

std::vector<std::string> diff_verdict(const Diff& diff) {
    if (number_rows(diff, false).empty() && diff.changed_calls() == 0 && diff.same_layouts()) {
        return {"SAME: no call, no number and no layout differs"};
    }
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < diff.news.size(); ++i) {
        const DiffAgainst& now = diff.news[i];
        const std::string name = diff.news.size() == 1 ? "" : " " + side_name(diff, i) + ":";
        std::string what = calls_text(now);
        if (what.empty() && now.calls_compared) what = "every call ends as before";
        lines.push_back(fmt::format("{}{} {}{}{}",
                                    now.calls[0].total() != 0 ? "LOOK:" : "DIFFERS:", name, what,
                                    what.empty() ? "" : "; ", vmas_text(diff.old, now.side)));
    }
    return lines;
}

}  // namespace mmsim
