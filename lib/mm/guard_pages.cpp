// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/guard_pages.h"

#include <algorithm>
#include <iterator>

namespace mmsim {

GuardPages::Ranges& GuardPages::edit() {
    if (ranges_ == nullptr) {
        ranges_ = std::make_shared<Ranges>();
    } else if (ranges_.use_count() != 1) {
        ranges_ = std::make_shared<Ranges>(*ranges_);
    }
    return *ranges_;
}

std::vector<VmRange> GuardPages::parts_in(VmRange range) const {
    std::vector<VmRange> parts;
    if (empty()) return parts;
    auto at = ranges_->upper_bound(range.start());
    if (at != ranges_->begin() && std::prev(at)->second > range.start()) --at;
    for (; at != ranges_->end() && at->first < range.end(); ++at) {
        parts.emplace_back(std::max(at->first, range.start()), std::min(at->second, range.end()));
    }
    return parts;
}

std::optional<Vpn> GuardPages::first_in(VmRange range) const {
    if (empty()) return std::nullopt;
    const auto above = ranges_->upper_bound(range.start());
    if (above != ranges_->begin() && std::prev(above)->second > range.start()) {
        return range.start();
    }
    if (above == ranges_->end() || above->first >= range.end()) return std::nullopt;
    return above->first;
}

void GuardPages::add(VmRange range) {
    Ranges& ranges = edit();
    Vpn start = range.start();
    Vpn end = range.end();
    auto at = ranges.upper_bound(start);
    if (at != ranges.begin() && std::prev(at)->second >= start) --at;
    while (at != ranges.end() && at->first <= end) {
        start = std::min(start, at->first);
        end = std::max(end, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace_hint(at, start, end);
}

void GuardPages::remove(VmRange range) {
    if (!first_in(range)) return;
    Ranges& ranges = edit();
    auto at = ranges.upper_bound(range.start());
    if (at != ranges.begin() && std::prev(at)->second > range.start()) --at;
    while (at != ranges.end() && at->first < range.end()) {
        const auto [start, end] = *at;
        at = ranges.erase(at);
        if (start < range.start()) ranges.emplace_hint(at, start, range.start());
        if (end > range.end()) at = ranges.emplace_hint(at, range.end(), end);
        if (end >= range.end()) break;
    }
}

void GuardPages::move(VmRange from, Vpn to) {
    const std::vector<VmRange> parts = parts_in(from);
    if (parts.empty()) return;
    remove(from);
    for (const VmRange part : parts) {
        add(VmRange{to + (part.start() - from.start()), part.pages()});
    }
}

void GuardPages::copy(const GuardPages& other, VmRange range) {
    for (const VmRange part : other.parts_in(range)) add(part);
}

}  // namespace mmsim
