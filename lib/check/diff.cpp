// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/diff.h"

#include <algorithm>

namespace mmsim {

std::string_view call_change_key(CallChange change) {
    switch (change) {
        case CallChange::now_fails:
            return "now_fails";
        case CallChange::now_succeeds:
            return "now_succeeds";
        case CallChange::other_errno:
            return "other_errno";
    }
    return {};
}

std::string_view when_key(LayoutPicture::When when) {
    switch (when) {
        case LayoutPicture::When::first:
            return "first";
        case LayoutPicture::When::first_flags:
            return "first_flags";
        case LayoutPicture::When::end:
            return "end";
    }
    return {};
}

bool Diff::same_layouts() const {
    return std::ranges::all_of(news, [](const DiffAgainst& now) { return now.layouts.empty(); });
}

std::uint64_t Diff::changed_calls() const {
    std::uint64_t changed = 0;
    for (const DiffAgainst& now : news) {
        changed += now.other_results;
        for (const auto& calls : now.calls) changed += calls.total();
    }
    return changed;
}

void add_call_changes(Diff& diff) {
    for (std::size_t i = 0; i < kCallChanges; ++i) {
        const std::string key(call_change_key(static_cast<CallChange>(i)));
        diff.old.numbers.add(key, 0);
        for (DiffAgainst& now : diff.news) {
            now.side.numbers.add(key, static_cast<double>(now.calls[i].total()));
        }
    }
}

}  // namespace mmsim
