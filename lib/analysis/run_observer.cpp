// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/run_observer.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "analysis/names.h"
#include "mm/merge.h"

namespace mmsim {

namespace {

template <std::size_t I>
using EventAt = std::variant_alternative_t<I, Event>;

Place place_of(const Step& step) {
    return {step.number, step.record != nullptr ? step.record->line : 0, step.pid};
}

}  // namespace

void RunObserver::after_step(const Step& step) {
    ++events_.total;
    switch (step.status) {
        case StepStatus::ok:
            ++events_.ok;
            break;
        case StepStatus::failed: {
            ++events_.failed;
            const auto number = static_cast<std::size_t>(step.error);
            ++events_.errors[number < events_.errors.size() ? number : 0];
            break;
        }
        case StepStatus::skipped:
            ++events_.skipped;
            break;
    }
    if (step.record != nullptr && step.record->recorded.known &&
        step.status != StepStatus::skipped) {
        ++events_.with_result;
    }
    if (step.diverged) [[unlikely]]
        on_divergence(step);
    failed_action_.reset();
    if (legacy_driver_) [[unlikely]]
        look_for_prevented_merge(step);
    if (world_ != nullptr) sample(step);
    recount_ = false;
    origins_.after_step(step);
}

void RunObserver::sample(const Step& step) {
    const Space* space = nullptr;
    if (step.mm) {
        const Mm& mm = world_->mms[step.mm.index];
        if (recount_ && mm.alive) count_vmas(spaces_.of(step.pid, step.mm), mm);
        space = spaces_.find(step.mm);
        if (space != nullptr && limit_marks_.is_new(mm.map_limit_needed)) [[unlikely]]
            limit_marks_.add(mm.map_limit_needed, place_of(step));
    }
    Timeline::Sample now;
    now.vmas = vmas_;
    now.committed = world_->committed.count;
    now.failed = step.status == StepStatus::failed;
    if (timeline_.begins_bucket(step.number)) {
        now.largest = largest_space();
    } else if (space != nullptr) {
        now.largest = space->map_count;
    }
    timeline_.add(step.number, now);
}

std::uint64_t RunObserver::largest_space() const {
    std::uint64_t largest = 0;
    for (const Space& space : spaces_.all()) {
        if (!space.ended) largest = std::max(largest, space.map_count);
    }
    return largest;
}

void RunObserver::count_vmas(std::int64_t pid, MmId id) {
    if (!id || world_ == nullptr) return;
    const Mm& mm = world_->mms[id.index];
    if (mm.alive) count_vmas(spaces_.of(pid, id), mm);
}

void RunObserver::count_vmas(Space& space, const Mm& mm) {
    vmas_ += mm.map_count - space.map_count;
    space.map_count = mm.map_count;
    space.peak = std::max(space.peak, mm.map_count);
    vmas_peak_ = std::max(vmas_peak_, vmas_);
}

void RunObserver::on_process(std::int64_t pid, MmId mm) {
    spaces_.on_process(pid, mm);
    count_vmas(pid, mm);
}

void RunObserver::look_for_prevented_merge(const Step& step) {
    const DriverId driver = std::exchange(legacy_driver_, {});
    const auto range = std::exchange(made_by_hook_, std::nullopt);
    if (!range || world_ == nullptr || step.status != StepStatus::ok) return;
    const VmaTree& vmas = world_->mms[step.mm.index].vmas;
    const Vma* made = vmas.find_vma(range->start());
    if (made == nullptr || made->range() != *range) return;
    const auto proposal = MergeProposal::of(*world_, *made, *range);
    PreventedMerge finding{place_of(step), spaces_.index_of(step.pid, step.mm), driver, *range};
    if (const Vma* prev = vmas.find_below(range->start()); prev != nullptr) {
        finding.left = prev->end == range->start() && joins_left(*world_, *prev, proposal);
    }
    if (const Vma* next = vmas.find_vma(range->end()); next != nullptr) {
        finding.right = next->start == range->end() && joins_right(*world_, proposal, *next);
    }
    if (finding.left || finding.right) findings_.prevented.add(cap_, finding);
}

void RunObserver::on_exit(std::int64_t pid, MmId mm) {
    if (spaces_.is_last_user(mm)) vmas_ -= std::exchange(spaces_.of(pid, mm).map_count, 0);
    spaces_.on_exit(pid, mm);
}

void RunObserver::on_rare_event(const Step& step, const Event& event) {
    static_assert(std::is_same_v<EventAt<kCreated>, VmaCreated>);
    static_assert(std::is_same_v<EventAt<kSplit>, VmaSplit>);
    static_assert(std::is_same_v<EventAt<kMerged>, VmaMerged>);
    static_assert(std::is_same_v<EventAt<kChanged>, VmaChanged>);
    static_assert(std::is_same_v<EventAt<kRemoved>, VmaRemoved>);
    static_assert(std::is_same_v<EventAt<kHook>, HookRan>);

    if (const auto* action = std::get_if<ActionRan>(&event)) {
        if (action->error != Errno::ok) failed_action_ = action->type;
    } else if (const auto* unwound = std::get_if<CallUnwound>(&event)) {
        findings_.failures.add_with(cap_, [&] {
            const bool recorded = step.record != nullptr && step.record->recorded.known &&
                                  step.record->recorded.error == unwound->error;
            return FailureFinding{place_of(step), *unwound, failed_action_, recorded};
        });
    } else if (const auto* leaked = std::get_if<Leaked>(&event)) {
        findings_.leaks.add_with(cap_, [&] {
            LeakFinding finding{place_of(step), *leaked, {}};
            if (leaked->file && world_ != nullptr && leaked->file.index < world_->files.bound()) {
                finding.path = world_->files[leaked->file.index].path;
            }
            return finding;
        });
    } else if (const auto* diagnosed = std::get_if<Diagnosed>(&event)) {
        findings_.diagnostics.add_with(cap_, [&] {
            return DiagnosticFinding{place_of(step), *diagnosed};
        });
    }
}

void RunObserver::on_divergence(const Step& step) {
    ++events_.diverged;
    auto& list = findings_.divergences;
    if (list.use_count() > 1) list = std::make_shared<Divergences>(*list);
    if (list->empty()) list->items.reserve(std::min(cap_, kListCap));
    list->add_with(cap_, [&] {
        DivergenceFinding finding;
        finding.place = place_of(step);
        finding.kind = step.divergence;
        finding.simulated = step.simulated.value;
        finding.simulated_error = step.simulated.error;
        if (step.record != nullptr) {
            const Recorded& recorded = step.record->recorded;
            finding.known = recorded.known;
            finding.recorded = recorded.value;
            finding.recorded_error = recorded.error;
            finding.call = call_name(step.record->call).data();
            finding.address = returns_address(step.record->call);
        }
        return finding;
    });
}

}  // namespace mmsim
