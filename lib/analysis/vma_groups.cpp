// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/vma_groups.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "mm/maps_line.h"

namespace mmsim {

namespace {

std::string_view file_of(std::string_view frame) {
    const std::string_view object = frame.substr(0, frame.find_first_of("( "));
    return object.substr(object.find_last_of('/') + 1);
}

// Those only pass a call on.
bool is_libc(std::string_view object) {
    constexpr std::array<std::string_view, 4> kNames = {"libc.so", "libc-", "ld-", "libpthread"};
    return std::ranges::any_of(kNames, [&](std::string_view n) { return object.starts_with(n); });
}

// "prog(main+0x10)"; "prog [0x123]" where no symbol is known.
std::string_view short_frame(std::string_view frame) {
    const auto bracket = frame.find(" [");
    const std::string_view place = frame.substr(0, bracket);
    const bool symbol = place.find('(') != std::string_view::npos && !place.ends_with("()");
    const auto object = file_of(frame);
    const auto skipped = static_cast<std::size_t>(object.data() - frame.data());
    return symbol ? place.substr(skipped) : frame.substr(skipped);
}

}  // namespace

std::string_view call_site(std::string_view stack) {
    std::string_view site;
    while (!stack.empty()) {
        const auto end = std::min(stack.find('\n'), stack.size());
        const std::string_view frame = stack.substr(0, end);
        if (site.empty()) site = short_frame(frame);
        if (!is_libc(file_of(frame))) return short_frame(frame);
        stack.remove_prefix(std::min(end + 1, stack.size()));
    }
    return site;
}

WordId Makers::path_of(const World& world, const Mm& mm, const Vma& vma) {
    if (!vma.file) {
        const std::string name = vma_name(world, mm, vma);
        return name.empty() ? 0 : words_[name];
    }
    const std::uint64_t key = (std::uint64_t{vma.file.index} << 32) | vma.attr().index;
    const auto [place, added] = paths_.try_emplace(key);
    if (added) place->second = words_[vma_name(world, mm, vma)];
    return place->second;
}

Maker Makers::maker(std::uint32_t stamp, WordId path) {
    const std::optional<Origin> origin = origins_.of(stamp);
    if (!origin) return {};
    Maker maker{origin->event, origin->line, origin->tid, origin->op, path, 0, 0};
    if (origin->stack != 0) {
        const auto [place, added] = stacks_.try_emplace(origin->stack);
        if (added) {
            const std::string_view frames = origins_.stack_text(origin->stack);
            place->second = {words_[call_site(frames)], words_[frames]};
        }
        maker.site = place->second.first;
        maker.stack = place->second.second;
    }
    return maker;
}

Maker Makers::of_boundary(const World& world, const Mm& mm, const Vma& left, const Vma& right) {
    // The side that the call made: the upper one, unless it was there before.
    const bool upper = right.touch_by == right.start_by;
    return maker(right.touch_by, path_of(world, mm, upper ? right : left));
}

}  // namespace mmsim
