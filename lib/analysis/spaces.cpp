// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/spaces.h"

#include <utility>

namespace mmsim {

void Spaces::bind(MmId mm, std::uint32_t index) {
    if (mm.index >= by_mm_.size()) by_mm_.resize(mm.index + 1, kNone);
    by_mm_[mm.index] = index;
    recent_mm_ = {kNone};
}

const Space* Spaces::search(MmId mm) const {
    if (mm.index >= by_mm_.size() || by_mm_[mm.index] == kNone) return nullptr;
    return &all_[by_mm_[mm.index]];
}

void Spaces::look_up(std::int64_t pid, MmId mm) {
    if (find(mm) == nullptr) on_process(pid, mm);
    recent_ = by_mm_[mm.index];
    recent_mm_ = mm;
}

bool Spaces::is_last_user(MmId mm) const {
    const Space* space = find(mm);
    return space == nullptr || space->users <= 1;
}

void Spaces::add(std::int64_t pid, MmId mm) {
    Space space;
    space.pid = pid;
    space.mm = mm;
    bind(mm, static_cast<std::uint32_t>(all_.size()));
    all_.push_back(std::move(space));
}

void Spaces::on_process(std::int64_t pid, MmId mm) {
    const auto [place, added] = mm_of_.try_emplace(pid, mm);
    if (!added && place->second == mm && find(mm) != nullptr) return;  // announced before
    place->second = mm;
    if (find(mm) != nullptr) {
        ++all_[by_mm_[mm.index]].users;
    } else {
        add(pid, mm);
    }
}

void Spaces::on_exec(std::int64_t pid, MmId mm) {
    const auto place = mm_of_.find(pid);
    if (place == mm_of_.end()) return on_process(pid, mm);
    const MmId old = std::exchange(place->second, mm);
    if (old == mm) return;  // emptied and filled again in place
    if (find(old) == nullptr) return add(pid, mm);
    const std::uint32_t index = by_mm_[old.index];
    if (all_[index].users > 1) {  // it had only borrowed the space
        --all_[index].users;
        return add(pid, mm);
    }
    bind(old, kNone);
    all_[index].mm = mm;
    bind(mm, index);
}

void Spaces::on_exit(std::int64_t pid, MmId mm) {
    Space& space = of(pid, mm);
    mm_of_.erase(pid);
    if (--space.users != 0) return;
    space.ended = true;
    bind(mm, kNone);
}

}  // namespace mmsim
