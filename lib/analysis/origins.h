// SPDX-License-Identifier: GPL-2.0-or-later
// Which call made each edge of the live VMAs: "who made this boundary".
//
// The core marks the edges that a call makes with a number that it is given (Vma::start_by); here
// is who that was. Calls that no edge is marked with any more are forgotten now and then, so the
// size follows the live VMAs, whatever the number of events: some 10 bytes a VMA. A call that makes
// an edge costs a few stores.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mm/event.h"
#include "mm/world.h"
#include "replay/step.h"

namespace mmsim {

struct Origin {
    std::uint64_t event = 0, line = 0;
    std::int64_t tid = 0;
    std::uint32_t stack = 0;  // Origins::stack_text(); 0: the trace has none
    MmOp op{};
};

class Origins {
public:
    Origins();

    // REQUIRES: the world outlives it, and edges in it are marked with our stamps alone
    void watch(const World& world) { world_ = &world; }

    // What the edges that the step makes are to be marked with. Never 0.
    std::uint32_t stamp(const Step& step) {
        if (now_ == 0) offer(step);
        return now_;
    }
    // The step has made an edge, in `op`. The first counts.
    void on_edge(MmOp op) {
        if (made_edge_) return;
        made_edge_ = true;
        op_ = op;
    }
    // Notes who made the edges, if a stamp was asked for.
    void after_step(const Step& step) {
        if (made_edge_ && now_ != 0) note(step, op_);
        made_edge_ = false;
        now_ = 0;
        if (held_ >= sweep_at_) [[unlikely]]
            sweep();
    }

    // Nothing for 0: nobody in this run.
    std::optional<Origin> of(std::uint32_t stamp) const;
    // Frames of `strace -k`, innermost first, each ended by '\n'.
    std::string_view stack_text(std::uint32_t stack) const { return stacks_[stack]; }

    // Calls held, for tests.
    std::size_t size() const { return held_; }

private:
    // Calls that follow one another are kept together and differ little. A stamp is the number of
    // a block and the place of a call in it, both from 1.
    static constexpr unsigned kPlaceBits = 8;
    static constexpr std::uint32_t kPlaces = 1U << kPlaceBits;
    struct Who {
        std::int64_t tid = 0;
        std::uint32_t stack = 0;
        MmOp op{};

        bool operator==(const Who&) const = default;
    };
    struct Call {
        std::uint16_t event = 0, line = 0;  // less those of the block
        std::uint8_t place = 0;
        std::uint8_t who = 0;  // into Block::who
    };
    struct Block {
        std::uint64_t event = 0, line = 0;
        std::vector<Call> calls;  // by place; empty: the block is free
        std::vector<Who> who;
    };
    // Where in Block::who the last caller of an operation is, if that had no stack.
    struct Latest {
        std::int64_t tid = 0;
        std::uint32_t block = 0;
        std::uint8_t at = 0;
    };
    struct Stacks {
        std::vector<std::string> texts{""};
        std::unordered_map<std::string, std::uint32_t> known;

        std::uint32_t intern(std::string text);
        std::string_view operator[](std::uint32_t stack) const { return texts[stack]; }
    };

    void offer(const Step& step) {
        const std::uint64_t line = step.record != nullptr ? step.record->line : 0;
        const std::uint64_t event_off = step.number - open_event_;
        const std::uint64_t line_off = line - open_line_;
        if (open() == 0 || (event_off | line_off) > 0xffff) [[unlikely]]
            return offer_in_next_block(step, line);
        call_.event = static_cast<std::uint16_t>(event_off);
        call_.line = static_cast<std::uint16_t>(line_off);
        now_ = next_;
    }
    [[gnu::noinline]] void offer_in_next_block(const Step& step, std::uint64_t line);
    // The block that is being filled. 0: it is full, or there is none yet.
    std::uint32_t open() const { return next_ % kPlaces != 0 ? next_ >> kPlaceBits : 0; }
    std::uint32_t new_block();
    void note(const Step& step, MmOp op) {
        const TraceRecord* record = step.record;
        const bool named = record != nullptr && record->tid != 0 && record->tid != kInitialTid;
        const std::int64_t tid = named ? record->tid : step.pid;
        const bool has_stack = record != nullptr && !record->stack.empty();
        const std::uint32_t block = now_ >> kPlaceBits;
        Latest& latest = latest_[static_cast<std::size_t>(op)];
        if (latest.block != block || latest.tid != tid || has_stack) [[unlikely]]
            find_latest(latest, block, {tid, has_stack ? stack_of(*record) : 0, op});
        call_.place = static_cast<std::uint8_t>(now_ % kPlaces);
        call_.who = latest.at;
        blocks_[block].calls.push_back(call_);
        ++held_;
        ++next_;
    }
    // Not inlined, which would cost each event saved registers.
    [[gnu::noinline]] std::uint32_t stack_of(const TraceRecord& record);
    [[gnu::noinline]] void find_latest(Latest& latest, std::uint32_t block, const Who& who);
    [[gnu::noinline]] void sweep();
    static void prune(Block& block, Stacks& kept, const Stacks& stacks);

    const World* world_ = nullptr;
    std::vector<Block> blocks_{1};
    std::vector<std::uint32_t> free_;  // blocks
    std::uint64_t open_event_ = 0, open_line_ = 0;
    std::uint32_t next_ = 0;  // the next stamp
    std::uint32_t now_ = 0;   // that of the step at work; 0: nobody has asked yet
    bool made_edge_ = false;  // it has, in op_
    MmOp op_{};
    Call call_;  // the step at work
    std::array<Latest, kMmOps> latest_{};
    std::size_t held_ = 0, sweep_at_ = 0;
    Stacks stacks_;
};

}  // namespace mmsim
