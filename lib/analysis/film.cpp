// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/film.h"

#include <algorithm>

#include "mm/maps_line.h"

namespace mmsim {
namespace {

constexpr std::size_t kLooks = 4096;  // names beyond are not told apart

}  // namespace

void Film::take(const Step& step, const World& world, const Spaces& spaces) {
    if (frames_.size() - kept_ >= kFrames) {
        width_ *= 2;
        std::erase_if(frames_, [this](const Frame& frame) {
            return frame.event % width_ != 0 && !frame.kept;
        });
        if (step.number % width_ != 0) return;
    }
    frames_.push_back(shoot(world, spaces));
    frames_.back().event = step.number;
    frames_.back().line = step.record != nullptr ? step.record->line : 0;
}

void Film::start(const World& world, const Spaces& spaces) {
    frames_.push_back(shoot(world, spaces));
    frames_.back().kept = true;
    ++kept_;
}

void Film::keep(const Step& step, const World& world, const Spaces& spaces) {
    if (frames_.empty() || frames_.back().event != step.number) {
        frames_.push_back(shoot(world, spaces));
        frames_.back().event = step.number;
        frames_.back().line = step.record != nullptr ? step.record->line : 0;
    }
    if (frames_.back().kept) return;
    frames_.back().kept = true;
    ++kept_;
}

void Film::on_end(const World& world, const Spaces& spaces, std::size_t space) {
    if (ended_.size() == kSpaces) return;
    ended_.push_back(shoot(world, spaces, space, kRows / 4));
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
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < spaces.all().size(); ++i) {
        if (!spaces.all()[i].ended && shown.size() < kSpaces) shown.push_back(i);
    }
    for (const std::size_t space : shown) {
        frame.pictures.push_back(shoot(world, spaces, space, kRows / shown.size()));
    }
    return frame;
}

Film::Picture Film::shoot(const World& world, const Spaces& spaces, std::size_t space,
                          std::size_t rows) {
    const Mm& mm = world.mms[spaces.all()[space].mm.index];
    Picture picture{spaces.all()[space].pid, space, mm.vmas.size(), {}, false};
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
