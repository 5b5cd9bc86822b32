// SPDX-License-Identifier: GPL-2.0-or-later
// Compares what a failed call says about itself with what holds.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/call_sweep.h"
#include "sweep/fault_oracle.h"

namespace mmsim {

class FaultJudge final : public EventSink {
public:
    FaultJudge(const SweptCall& call, FaultListener& listener) : call_(call), listener_(listener) {}

    // A run begins.
    void begin();
    // Nothing was made to fail.
    void on_clean(const FaultOracle& oracle);
    // Something was.
    void on_failed(FaultOracle& oracle, const World& world, const Outcome& outcome,
                   std::span<const FaultPass> passes);
    // Nothing was left to fail: all must be as without failures.
    void on_nothing_left(FaultOracle& oracle, const World& world);
    // Whether a hook of the run never came back: its driver crashed, or had to be ended.
    bool driver_died() const;

private:
    struct HookOfVma {
        VmaId vma;
        Hook hook{};
        DriverId driver;
    };

    void on_event(MmId mm, MmOp op, const Event& event) override;

    bool cannot_be() const;
    FailPoint failed_at() const;
    void judge_answer(const FaultOracle& oracle, const Outcome& outcome);
    void judge_going_on(const StateFacts& facts);
    void judge_failed_call(const StateFacts& facts);
    void judge_books(const StateFacts& facts, const StateFacts* clean);
    bool below_a_stacked_file(const Unreturned& what) const;
    void judge_unwinding();
    void judge_hooks(const World& before);
    void judge_diagnostics(bool clean);
    std::int64_t told_leaked(LeakKind kind) const;
    bool told(UnwindStep step) const;

    void found(FaultKind kind, std::string what, std::string owner, std::int64_t count,
               std::string happened, std::string_view cure);
    void found_in_kernel(UnwindStep step, std::string happened);
    void found_by_core(FaultKind kind, std::string happened);
    std::string driver_name(DriverId driver) const;
    bool is_upstream(std::string_view owner) const;

    const SweptCall& call_;
    FaultListener& listener_;
    std::vector<Diagnosed> clean_diagnosed_;

    // Of the run at work.
    std::span<const FaultPass> passes_;
    const FaultPass* first_ = nullptr;  // that failed
    const World* after_ = nullptr;
    FaultEnd end_{};
    std::vector<CallUnwound> unwound_;
    std::vector<Leaked> leaked_;
    std::vector<Diagnosed> diagnosed_;
    std::vector<HookOfVma> hooks_;
    std::vector<VmaRemoved> removed_;
    std::vector<VmRange> lost_;
};

}  // namespace mmsim
