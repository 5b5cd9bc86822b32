// SPDX-License-Identifier: GPL-2.0-or-later
// Which call made each edge of the live VMAs: "who made this boundary".
//
// A table by address that learns from the core's events and forgets, now and then, what is no edge
// any more: its size follows the live VMAs, whatever the number of events. An event costs a probe
// or two and no allocation.
#pragma once

#include <cstdint>
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
    // REQUIRES: the world outlives it
    void watch(const World& world) { world_ = &world; }

    // A new address space; whatever had this number before is forgotten.
    void on_space(MmId mm);
    // The child's edges were made by whoever made the parent's. REQUIRES: on_space(child)
    void on_fork(MmId parent, MmId child);

    void on_created(const Step& step, MmOp op, const VmaCreated& event) {
        if (op == MmOp::fork) return;
        Entry* entry = at(step.mm, event.vma.start);
        if (entry == nullptr) return;
        entry->start = entry->touch = now(step, op);
        at(step.mm, event.vma.end)->touch = now(step, op);
    }
    void on_split(const Step& step, MmOp op, const VmaSplit& event) { edge(step, op, event.at); }
    void on_merged(const Step& step, MmOp op, const VmaMerged& event);
    // Only a page fault moves an edge without a merge or split: the stack grows.
    void on_changed(const Step& step, MmOp op, const VmaChanged& event) {
        if (op == MmOp::fault) edge(step, op, event.range.start());
    }
    void after_step(std::uint64_t live_vmas) {
        now_ = 0;
        if (count_ > sweep_at_ || origins_.size() > origins_sweep_at_) [[unlikely]]
            sweep(live_vmas);
    }

    // Who put the start of the VMA that starts there where it is. Null: nobody in this run.
    const Origin* of_vma(MmId mm, Vpn start) const;
    // Who made two VMAs touch there.
    const Origin* of_boundary(MmId mm, Vpn at) const;
    // Frames of `strace -k`, innermost first, each ended by '\n'.
    std::string_view stack_text(std::uint32_t stack) const { return stacks_[stack]; }

    // Entries held, for tests.
    std::size_t size() const { return count_; }

private:
    struct Entry {
        std::uint64_t key = 0;               // 0: free
        std::uint32_t start = 0, touch = 0;  // into origins_; 0: nobody in this run
    };

    std::uint64_t key_of(MmId mm, Vpn page) const {
        const std::uint32_t serial = mm.index < serials_.size() ? serials_[mm.index] : 0;
        return serial == 0 ? 0 : (std::uint64_t{serial} << 36) | page.index;
    }
    std::size_t slot_of(std::uint64_t key) const {
        return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> shift_);
    }
    const Entry* find(MmId mm, Vpn page) const;
    // The entry for writing, made where there is none. Null in an address space that nobody
    // announced.
    Entry* at(MmId mm, Vpn page) {
        const std::uint64_t key = key_of(mm, page);
        if (key == 0) [[unlikely]]
            return nullptr;
        if (4 * (count_ + 1) > 3 * entries_.size()) [[unlikely]]
            resize(entries_.size() * 2);
        return &put(key);
    }
    Entry& put(std::uint64_t key);
    void edge(const Step& step, MmOp op, Vpn page) {
        if (Entry* entry = at(step.mm, page)) entry->start = entry->touch = now(step, op);
    }
    std::uint32_t now(const Step& step, MmOp op) { return now_ != 0 ? now_ : begin(step, op); }
    std::uint32_t begin(const Step& step, MmOp op);
    std::uint32_t intern(const std::vector<std::string_view>& frames);
    void resize(std::size_t capacity);
    void sweep(std::uint64_t live_vmas);

    const World* world_ = nullptr;
    std::vector<std::uint32_t> serials_;  // by MmId::index; 0: not known
    std::uint32_t next_serial_ = 1;
    std::vector<Entry> entries_;  // a power of two of them
    unsigned shift_ = 64;
    std::size_t count_ = 0, sweep_at_ = 0;
    std::vector<Origin> origins_{Origin{}};
    std::size_t origins_sweep_at_ = 4096;
    std::vector<std::string> stacks_{""};
    std::unordered_map<std::string, std::uint32_t> known_stacks_;
    std::uint32_t now_ = 0;  // the step at work; 0: it has made no edge yet
};

}  // namespace mmsim
