// SPDX-License-Identifier: GPL-2.0-or-later
// The address spaces of a run in order of appearance, and what is counted for each as it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analysis/merges.h"
#include "mm/vma.h"

namespace mmsim {

// One address space, named by the process that had it first. A process that executes a new
// program keeps its entry; one that only borrows (vfork, CLONE_VM) has none of its own.
struct Space {
    std::int64_t pid = 0;
    MmId mm;
    std::uint32_t users = 1;  // processes that live in it
    bool ended = false;       // the last of them exited
    std::uint64_t map_count = 0;
    std::uint64_t peak = 0;  // of map_count, after any event
    MergeTally merges;
};

class Spaces {
public:
    // What StepSink hears about processes.
    void on_process(std::int64_t pid, MmId mm);
    void on_exec(std::int64_t pid, MmId mm);
    // After whatever has to look at the whole layout has done so.
    void on_exit(std::int64_t pid, MmId mm);

    // Whether the exit of this process would end the address space.
    bool is_last_user(MmId mm) const;

    // The entry of an address space; makes one for a process that nobody announced.
    Space& of(std::int64_t pid, MmId mm) {
        if (mm != recent_mm_) [[unlikely]]
            look_up(pid, mm);
        return all_[recent_];
    }
    std::size_t index_of(std::int64_t pid, MmId mm) {
        return static_cast<std::size_t>(&of(pid, mm) - all_.data());
    }
    // Null for an address space that is not known.
    const Space* find(MmId mm) const { return mm == recent_mm_ ? &all_[recent_] : search(mm); }

    const std::vector<Space>& all() const { return all_; }
    std::vector<Space>& all() { return all_; }

private:
    static constexpr std::uint32_t kNone = 0xffffffff;
    [[gnu::noinline]] const Space* search(MmId mm) const;
    [[gnu::noinline]] void look_up(std::int64_t pid, MmId mm);
    void bind(MmId mm, std::uint32_t index);
    void add(std::int64_t pid, MmId mm);

    std::vector<Space> all_;
    // What of() found last.
    MmId recent_mm_{kNone};
    std::uint32_t recent_ = 0;
    std::vector<std::uint32_t> by_mm_;              // MmId::index -> index into all_
    std::unordered_map<std::int64_t, MmId> mm_of_;  // where each live process is
};

}  // namespace mmsim
