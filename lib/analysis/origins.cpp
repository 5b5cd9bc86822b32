// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/origins.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mmsim {

namespace {

// So many calls may be held that no edge is marked with, besides half as many as are live.
constexpr std::size_t kSlack = 2048;

}  // namespace

Origins::Origins() : sweep_at_(kSlack) {}

std::uint32_t Origins::Stacks::intern(std::string text) {
    const auto next = static_cast<std::uint32_t>(texts.size());
    const auto [place, added] = known.try_emplace(std::move(text), next);
    if (added) texts.push_back(place->first);
    return place->second;
}

std::uint32_t Origins::new_block() {
    if (!free_.empty()) {
        const std::uint32_t id = free_.back();
        free_.pop_back();
        return id;
    }
    MMSIM_ASSERT(blocks_.size() < std::size_t{1} << (32 - kPlaceBits));
    blocks_.emplace_back();
    return static_cast<std::uint32_t>(blocks_.size() - 1);
}

void Origins::offer_in_next_block(const Step& step, std::uint64_t line) {
    std::uint32_t id = open();
    if (id == 0 || !blocks_[id].calls.empty()) {
        blocks_[id].calls.shrink_to_fit();
        id = new_block();
        blocks_[id].calls.reserve(kPlaces - 1);
        next_ = (id << kPlaceBits) + 1;
    }
    blocks_[id].event = open_event_ = step.number;
    blocks_[id].line = open_line_ = line;
    offer(step);
}

std::uint32_t Origins::stack_of(const TraceRecord& record) {
    std::string text;
    for (const std::string_view frame : record.stack) text.append(frame).append(1, '\n');
    return stacks_.intern(std::move(text));
}

void Origins::find_latest(Latest& latest, std::uint32_t block, const Who& who) {
    // Threads may take turns: look for one that was here before.
    auto& all = blocks_[block].who;
    const auto known = std::ranges::find(all, who);
    latest = {who.tid, who.stack == 0 ? block : 0, static_cast<std::uint8_t>(known - all.begin())};
    if (known == all.end()) all.push_back(who);
}

std::optional<Origin> Origins::of(std::uint32_t stamp) const {
    const std::size_t id = stamp >> kPlaceBits;
    if (id == 0 || id >= blocks_.size()) return std::nullopt;
    const Block& block = blocks_[id];
    const auto place = static_cast<std::uint8_t>(stamp % kPlaces);
    const auto call = std::ranges::lower_bound(block.calls, place, {}, &Call::place);
    if (call == block.calls.end() || call->place != place) return std::nullopt;
    const Who& who = block.who[call->who];
    return Origin{block.event + call->event, block.line + call->line, who.tid, who.stack, who.op};
}

// Leaves out of a block's callers those that have no call left, and takes the stacks of the others
// over.
void Origins::prune(Block& block, Stacks& kept, const Stacks& stacks) {
    std::array<std::optional<std::uint8_t>, kPlaces> moved{};
    std::vector<Who> who;
    for (Call& call : block.calls) {
        auto& to = moved[call.who];
        if (!to) {
            to = static_cast<std::uint8_t>(who.size());
            who.push_back(block.who[call.who]);
            std::uint32_t& stack = who.back().stack;
            if (stack != 0) stack = kept.intern(std::string(stacks[stack]));
        }
        call.who = *to;
    }
    block.who = std::move(who);
}

// Keeps the calls that edges of the VMAs that are there now are marked with.
void Origins::sweep() {
    std::vector<bool> used(blocks_.size() << kPlaceBits);  // by stamp
    for (std::uint32_t i = 1; i < world_->mms.bound(); ++i) {
        if (!world_->mms[i].alive) continue;
        for (auto vma = world_->mms[i].vmas.first(); vma; vma.next()) {
            used[vma->start_by] = true;
            if (vma->touch_by != vma->start_by) used[vma->touch_by] = true;
        }
    }
    Stacks kept;
    latest_ = {};
    held_ = 0;
    free_.clear();
    for (std::uint32_t id = 1; id < blocks_.size(); ++id) {
        Block& block = blocks_[id];
        const auto gone = std::erase_if(
            block.calls, [&](const Call& call) { return !used[(id << kPlaceBits) + call.place]; });
        // Most blocks are old and keep what they have.
        if (gone != 0 || stacks_.texts.size() > 1) prune(block, kept, stacks_);
        held_ += block.calls.size();
        if (id == open()) continue;
        block.calls.shrink_to_fit();
        if (block.calls.empty()) free_.push_back(id);
    }
    stacks_ = std::move(kept);
    sweep_at_ = held_ + held_ / 2 + kSlack;
}

}  // namespace mmsim
