// SPDX-License-Identifier: GPL-2.0-or-later
// The simulated side: a World that starts as the target is, and does what the target does.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "live/host.h"
#include "live/layout.h"
#include "live/op.h"
#include "mm/current.h"
#include "mm/syscalls.h"
#include "mm/world.h"

namespace mmsim::live {

// The target as it is before the first call, as far as maps don't say.
struct StartState {
    std::vector<LayoutLine> smaps;
    std::uint64_t brk = 0;
    std::uint64_t mmap_base = 0;
    std::uint64_t legacy_base = 0;  // of bottom-up searches
    bool top_down = true;
    ProcessLimits limits;
    std::uint64_t mmap_min_addr = 0;
};

class Simulation {
public:
    Simulation(const Host& host, const StartState& start);

    // `reply` is what the kernel did: a touch ends where its signal came.
    Outcome run(const Op& op, const TargetReply& reply);

    bool alive(int slot) const { return mm_id(slot).index != 0; }
    const Mm& mm(int slot) const { return world_.mms[mm_id(slot).index]; }
    const World& world() const { return world_; }
    // Ranges that were there at the start: the target itself, not to be disturbed.
    const std::vector<VmRange>& own_ranges() const { return own_; }
    bool disturbs(std::uint64_t addr, std::uint64_t length) const;
    // From here on everything is there to make the VMAs many: not to be disturbed nor looked at.
    void crowd_from(std::uint64_t addr);
    Vpn crowd() const { return crowd_; }

    Layout layout(int slot) const;
    // An invariant that does not hold, or nothing.
    std::string broken_invariant(int slot) const;

private:
    MmId mm_id(int slot) const { return processes_[static_cast<std::size_t>(slot)]; }
    Current current(int slot) { return {world_, mm_id(slot), quiet_, faults_}; }
    void open_files(const Host& host);
    void install(Current& current, const LayoutLine& line);
    FileId file_of(std::uint64_t fd) const;

    Outcome map(Current& current, const Op& op);
    Outcome remap(Current& current, const Op& op);
    Outcome attach(Current& current, const Op& op);
    Outcome fork(Current& current, const Op& op);
    Outcome limit(int slot, const Op& op);
    Outcome run_plain(Current& current, const Op& op);
    void touch_pages(Current& current, const Op& op, const TargetReply& reply);

    // simulation_uffd.cpp
    Outcome run_uffd(const Op& op);
    Outcome open_uffd(const Op& op);
    Outcome ask_uffd(FileId descriptor, const UffdArgs& args);
    void inherit_uffds(int parent, int child);
    void drop_uffd(FileId& descriptor);
    void drop_uffds(int slot);

    World world_;
    DeafSink quiet_;
    FaultInjector faults_;
    std::array<MmId, kSlots> processes_;
    std::vector<FileId> files_;  // as Host has them
    std::vector<FileId> segments_;
    std::array<std::array<FileId, kUffds>, kSlots> uffds_;
    std::map<FileId, int> uffd_descriptors_;  // that are open, of each
    std::map<std::string, FileId> programs_;
    std::vector<VmRange> own_;
    Vpn crowd_ = kTaskSize;
    DriverId regular_, memfd_, zero_, sysv_;
};

}  // namespace mmsim::live
