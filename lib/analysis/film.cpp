// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/film.h"

#include <algorithm>

#include "mm/maps_line.h"

namespace mmsim {
namespace {

constexpr std::size_t kLooks = 4096;  // names beyond are not told apart

}  // namespace

void Film::take(const Step& step, const World& world, const Spaces& spaces) {
    if (frames_.size() == kFrames) {
        // Event 2w, 4w, ... stay.
        std::size_t kept = 0;
        for (std::size_t i = 1; i < frames_.size(); i += 2) {
            frames_[kept++] = std::move(frames_[i]);
        }
        frames_.resize(kept);
        width_ *= 2;
        if (step.number % width_ != 0) return;
    }
    frames_.push_back(shoot(world, spaces));
    frames_.back().event = step.number;
    frames_.back().line = step.record != nullptr ? step.record->line : 0;
}

void Film::on_end(const World& world, const Space& space) {
    if (ended_.size() == kSpaces) return;
    ended_.push_back(shoot(world, space, kRows / 4));
    ended_.back().ended = true;
}

void Film::finish(std::uint64_t event, const World& world, const Spaces& spaces) {
    if (frames_.empty() || frames_.back().event != event) {
        frames_.push_back(shoot(world, spaces));
        frames_.back().event = event;
    }
    std::vector<Picture>& last = frames_.back().pictures;
    last.insert(last.begin(), ended_.begin(), ended_.end());
    ended_.clear();
}

Film::Frame Film::shoot(const World& world, const Spaces& spaces) {
    Frame frame;
    std::vector<const Space*> shown;
    for (const Space& space : spaces.all()) {
        if (!space.ended && shown.size() < kSpaces) shown.push_back(&space);
    }
    for (const Space* space : shown) {
        frame.pictures.push_back(shoot(world, *space, kRows / shown.size()));
    }
    return frame;
}

Film::Picture Film::shoot(const World& world, const Space& space, std::size_t rows) {
    const Mm& mm = world.mms[space.mm.index];
    Picture picture{space.pid, mm.vmas.size(), {}, false};
    const std::size_t each = std::max<std::size_t>(1, (mm.vmas.size() + rows - 1) / rows);
    std::size_t room = 0;  // VMAs that the last row can still take
    for (auto at = mm.vmas.first(); at; at.next()) {
        if (room == 0) {
            picture.rows.push_back({at->start, at->end, {}, 0, look_of(world, mm, *at)});
            room = each;
        }
        Row& row = picture.rows.back();
        row.end = at->end;
        row.mapped += at->pages();
        ++row.vmas;
        --room;
    }
    return picture;
}

std::uint32_t Film::look_of(const World& world, const Mm& mm, const Vma& vma) {
    const DriverEntry* const entry = world.driver_of(vma.file);
    Look look{vma_access(vma.flags), std::string(entry != nullptr ? entry->driver->name() : ""),
              looks_.size() < kLooks ? vma_name(world, mm, vma) : std::string()};
    const auto [place, added] =
        by_key_.try_emplace(look.access + "\n" + look.driver + "\n" + look.name,
                            static_cast<std::uint32_t>(looks_.size()));
    if (added) looks_.push_back(std::move(look));
    return place->second;
}

}  // namespace mmsim
