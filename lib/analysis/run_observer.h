// SPDX-License-Identifier: GPL-2.0-or-later
// Listens to a run and counts: all that a report says about it, except the final layouts.
//
// On the hot path it costs a few increments for each event, without allocation or text. Not a
// StepSink itself: who owns it (report/run.h) hands the calls on, in a fixed order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/file_merges.h"
#include "analysis/findings.h"
#include "analysis/limit_marks.h"
#include "analysis/origins.h"
#include "analysis/spaces.h"
#include "analysis/timeline.h"
#include "mm/world.h"
#include "replay/step.h"

namespace mmsim {

struct EventCounts {
    std::uint64_t total = 0, ok = 0, failed = 0, skipped = 0, diverged = 0;
    std::uint64_t with_result = 0;  // events whose result the trace recorded
    // By number; those that Linux does not have are counted under 0.
    std::array<std::uint64_t, 256> errors{};
};

class RunObserver {
public:
    // `cap`: how many entries each list keeps.
    explicit RunObserver(std::size_t cap = kListCap) : cap_(cap) {}

    // REQUIRES: before the first step; the world outlives the run
    void watch(const World& world) {
        world_ = &world;
        origins_.watch(world);
    }
    // Takes the VMA count of an address space from the world. For what was there before watch().
    void count_vmas(std::int64_t pid, MmId mm);

    // See StepSink::stamp().
    std::uint32_t stamp(const Step& step) { return origins_.stamp(step); }
    void on_event(const Step& step, MmOp op, const Event& event) {
        if (event.index() <= kChanged) origins_.on_edge(op);
        // Forks build the child's VMAs one by one; no merge or split is in that.
        switch (event.index()) {
            case kMerged:
                on_merged(step, op, *std::get_if<VmaMerged>(&event));
                break;
            case kSplit:
                spaces_.of(step.pid, step.mm).merges.add(op, *std::get_if<VmaSplit>(&event));
                recount_ = true;
                break;
            case kCreated:
                recount_ = true;
                if (legacy_driver_) [[unlikely]] {
                    made_by_hook_ = std::get_if<VmaCreated>(&event)->vma.range();
                }
                break;
            case kRemoved:
                recount_ = true;
                break;
            case kHook:
                if (const auto* ran = std::get_if<HookRan>(&event); ran->hook == Hook::mmap) {
                    legacy_driver_ = ran->driver;
                }
                break;
            case kChanged:
                break;
            default:
                on_rare_event(step, event);
        }
    }
    void after_step(const Step& step);
    void on_process(std::int64_t pid, MmId mm);
    void on_exec(std::int64_t pid, MmId mm) { spaces_.on_exec(pid, mm); }
    void on_exit(std::int64_t pid, MmId mm);

    const EventCounts& events() const { return events_; }
    const Spaces& spaces() const { return spaces_; }
    const Findings& findings() const { return findings_; }
    const Origins& origins() const { return origins_; }
    const Timeline& timeline() const { return timeline_; }
    const FileMerges& file_merges() const { return file_merges_; }
    const std::vector<LimitMark>& limit_marks() const { return limit_marks_.all(); }
    std::uint64_t vmas_peak() const { return vmas_peak_; }  // over all address spaces at once
    std::size_t cap() const { return cap_; }

private:
    static constexpr std::size_t kCreated = 0, kSplit = 1, kMerged = 2, kChanged = 3, kRemoved = 4,
                                 kHook = 5;
    void on_merged(const Step& step, MmOp op, const VmaMerged& merged) {
        spaces_.of(step.pid, step.mm).merges.add(op, merged);
        if (world_ != nullptr) file_merges_.add(*world_, merged.file);
        recount_ |= merged.swallowed != 0;
    }
    void count_vmas(Space& space, const Mm& mm);
    void sample(const Step& step);
    std::uint64_t largest_space() const;
    [[gnu::noinline]] void on_rare_event(const Step& step, const Event& event);
    [[gnu::noinline]] void on_divergence(const Step& step);
    [[gnu::noinline]] void look_for_prevented_merge(const Step& step);

    std::size_t cap_;
    const World* world_ = nullptr;
    EventCounts events_;
    Spaces spaces_;
    Findings findings_;
    Origins origins_;
    Timeline timeline_;
    FileMerges file_merges_;
    LimitMarks limit_marks_;
    std::uint64_t vmas_ = 0, vmas_peak_ = 0;
    // Of the step at work.
    bool recount_ = true;  // an event changed the number of VMAs
    std::optional<ActionType> failed_action_;
    DriverId legacy_driver_;               // whose old hook ran
    std::optional<VmRange> made_by_hook_;  // the VMA that came of it
};

}  // namespace mmsim
