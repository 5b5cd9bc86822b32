// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/origins.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace mmsim {

namespace {

constexpr std::size_t kSmallest = 1024;

}  // namespace

void Origins::on_space(MmId mm) {
    if (mm.index >= serials_.size()) serials_.resize(mm.index + std::size_t{1});
    serials_[mm.index] = next_serial_++;
}

void Origins::on_fork(MmId parent, MmId child) {
    if (world_ == nullptr || key_of(child, Vpn{1}) == 0) return;
    const VmaTree& vmas = world_->mms[child.index].vmas;
    for (auto vma = vmas.first(); vma; vma.next()) {
        const Entry* from = find(parent, vma->start);
        if (from == nullptr) continue;
        const Entry copy = *from;
        Entry* to = at(child, vma->start);
        to->start = copy.start;
        to->touch = copy.touch;
    }
}

void Origins::on_merged(const Step& step, MmOp op, const VmaMerged& event) {
    // Where VMAs were swallowed, what is left are edges that were there before.
    const bool fresh = event.kind == MergeKind::new_left || event.kind == MergeKind::new_right;
    if (!fresh && event.swallowed != 0) {
        if (event.kind == MergeKind::right) {
            // The survivor starts where the swallowed VMA did.
            if (Entry* entry = at(step.mm, event.after.start())) entry->start = now(step, op);
        }
        return;
    }
    if (event.kind == MergeKind::new_left) {
        if (Entry* entry = at(step.mm, event.after.end())) entry->touch = now(step, op);
    } else if (event.kind == MergeKind::left) {
        edge(step, op, event.after.end());
    } else {
        edge(step, op, event.after.start());
    }
}

const Origins::Entry* Origins::find(MmId mm, Vpn page) const {
    const std::uint64_t key = key_of(mm, page);
    if (key == 0 || entries_.empty()) return nullptr;
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t slot = slot_of(key); entries_[slot].key != 0; slot = (slot + 1) & mask) {
        if (entries_[slot].key == key) return &entries_[slot];
    }
    return nullptr;
}

Origins::Entry& Origins::put(std::uint64_t key) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t slot = slot_of(key);
    while (entries_[slot].key != key) {
        if (entries_[slot].key == 0) {
            entries_[slot].key = key;
            ++count_;
            break;
        }
        slot = (slot + 1) & mask;
    }
    return entries_[slot];
}

const Origin* Origins::of_vma(MmId mm, Vpn start) const {
    const Entry* entry = find(mm, start);
    return entry == nullptr || entry->start == 0 ? nullptr : &origins_[entry->start];
}

const Origin* Origins::of_boundary(MmId mm, Vpn at) const {
    const Entry* entry = find(mm, at);
    return entry == nullptr || entry->touch == 0 ? nullptr : &origins_[entry->touch];
}

std::uint32_t Origins::begin(const Step& step, MmOp op) {
    Origin origin;
    origin.event = step.number;
    origin.op = op;
    origin.tid = step.pid;
    if (step.record != nullptr) {
        origin.line = step.record->line;
        if (step.record->tid != 0 && step.record->tid != kInitialTid) {
            origin.tid = step.record->tid;
        }
        if (!step.record->stack.empty()) origin.stack = intern(step.record->stack);
    }
    now_ = static_cast<std::uint32_t>(origins_.size());
    origins_.push_back(origin);
    return now_;
}

std::uint32_t Origins::intern(const std::vector<std::string_view>& frames) {
    std::string text;
    for (const std::string_view frame : frames) text.append(frame).append(1, '\n');
    const auto next = static_cast<std::uint32_t>(stacks_.size());
    const auto [place, added] = known_stacks_.try_emplace(std::move(text), next);
    if (added) stacks_.push_back(place->first);
    return place->second;
}

void Origins::resize(std::size_t capacity) {
    capacity = std::max(capacity, kSmallest);
    const auto old = std::exchange(entries_, std::vector<Entry>(capacity));
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(capacity));
    count_ = 0;
    sweep_at_ = capacity / 2;
    for (const Entry& entry : old) {
        if (entry.key != 0) put(entry.key) = entry;
    }
}

// Keeps what concerns the VMAs that are there now, in tables that they fill by a quarter to a half.
void Origins::sweep(std::uint64_t live_vmas) {
    Origins kept;
    kept.world_ = world_;
    kept.serials_ = serials_;
    kept.next_serial_ = next_serial_;
    kept.resize(std::bit_ceil(static_cast<std::size_t>(live_vmas) * 2 + kSmallest));
    std::vector<std::uint32_t> moved(origins_.size());
    const auto keep = [&](std::uint32_t index) {
        if (index == 0 || moved[index] != 0) return moved[index];
        Origin origin = origins_[index];
        if (origin.stack != 0) {
            const auto next = static_cast<std::uint32_t>(kept.stacks_.size());
            const auto [place, added] = kept.known_stacks_.try_emplace(stacks_[origin.stack], next);
            if (added) kept.stacks_.push_back(place->first);
            origin.stack = place->second;
        }
        moved[index] = static_cast<std::uint32_t>(kept.origins_.size());
        kept.origins_.push_back(origin);
        return moved[index];
    };
    for (std::uint32_t i = 1; i < serials_.size(); ++i) {
        if (serials_[i] == 0 || !world_->mms[i].alive) continue;
        const VmaTree& vmas = world_->mms[i].vmas;
        for (auto vma = vmas.first(); vma; vma.next()) {
            const Entry* from = find({i}, vma->start);
            if (from == nullptr) continue;
            const Entry entry = *from;
            Entry* to = kept.at({i}, vma->start);
            to->start = keep(entry.start);
            to->touch = keep(entry.touch);
        }
    }
    kept.sweep_at_ = std::max(kept.sweep_at_, 2 * kept.count_);
    kept.origins_sweep_at_ = 2 * kept.origins_.size() + 4096;
    *this = std::move(kept);
}

}  // namespace mmsim
