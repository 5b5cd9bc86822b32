// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_judge.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <spdlog/fmt/fmt.h>

#include "analysis/diagnostics.h"
#include "replay/calls.h"
#include "replay/divergence.h"
#include "sweep/fault_cures.h"
#include "sweep/fault_errno.h"

namespace mmsim {

void FaultJudge::begin() {
    passes_ = {};
    first_ = nullptr;
    after_ = nullptr;
    end_ = FaultEnd::ok;
    unwound_.clear();
    leaked_.clear();
    diagnosed_.clear();
    hooks_.clear();
    removed_.clear();
    lost_.clear();
}

void FaultJudge::on_event(MmId, MmOp, const Event& event) {
    if (const auto* ran = std::get_if<HookRan>(&event)) {
        if (ran->vma) hooks_.push_back({ran->vma, ran->hook, ran->driver});
    } else if (const auto* removed = std::get_if<VmaRemoved>(&event)) {
        removed_.push_back(*removed);
    } else if (const auto* unwound = std::get_if<CallUnwound>(&event)) {
        unwound_.push_back(*unwound);
        lost_.insert(lost_.end(), unwound->lost.begin(), unwound->lost.end());
    } else if (const auto* leaked = std::get_if<Leaked>(&event)) {
        leaked_.push_back(*leaked);
    } else if (const auto* diagnosed = std::get_if<Diagnosed>(&event)) {
        diagnosed_.push_back(*diagnosed);
    }
}

void FaultJudge::on_clean(const FaultOracle& oracle) {
    after_ = &oracle.clean_world();
    judge_diagnostics(true);
    clean_diagnosed_ = diagnosed_;
    judge_books(oracle.clean(), nullptr);
    if (!oracle.clean().broken.empty()) {
        found_by_core(FaultKind::invariant, oracle.clean().broken);
    }
    judge_hooks(oracle.before());
    judge_unwinding();
}

void FaultJudge::on_nothing_left(FaultOracle& oracle, const World& world) {
    const bool same = oracle.facts(world, {}).digest == oracle.clean().digest;
    if (!same) found_by_core(FaultKind::retry, "the same call came to something else");
}

void FaultJudge::on_failed(FaultOracle& oracle, const World& world, const Outcome& outcome,
                           std::span<const FaultPass> passes) {
    passes_ = passes;
    first_ = &*std::ranges::find_if(passes, &FaultPass::failed);
    after_ = &world;
    if (cannot_be()) return;
    std::ranges::sort(lost_, {}, &VmRange::start);
    const StateFacts& facts = oracle.facts(world, lost_);
    const bool failed = simulated_failure(call_.record, outcome);
    judge_answer(oracle, outcome);
    judge_diagnostics(false);
    if (failed) {
        judge_failed_call(facts);
    } else {
        judge_going_on(facts);
    }
    judge_books(facts, &oracle.clean());
    if (!facts.broken.empty()) found_by_core(FaultKind::invariant, facts.broken);
    judge_hooks(oracle.before());
    listener_.on_run({passes_, end_, first_->point, oracle.known()});
}

// A `mapped` that does nothing that could fail was made to.
bool FaultJudge::cannot_be() const {
    const bool there = std::ranges::any_of(passes_, [](const FaultPass& pass) {
        return pass.failed() && pass.point == FailPoint::mapped;
    });
    if (!there) return false;
    const World& world = call_.probe.world();
    return std::ranges::any_of(hooks_, [&](const HookOfVma& ran) {
        return ran.hook == Hook::mapped &&
               !world.drivers[ran.driver.index].driver->mapped_can_fail();
    });
}

// Of several failures the one that ended the call.
FailPoint FaultJudge::failed_at() const {
    for (const CallUnwound& unwound : unwound_) {
        if (unwound.stage.empty()) return unwound.point;
    }
    return first_->point;
}

// The errno is that of what failed, or one that is documented to stand for it.
void FaultJudge::judge_answer(const FaultOracle& oracle, const Outcome& outcome) {
    // It fails by itself, and what was made to fail came while it unwound.
    if (oracle.clean_failed() && outcome == oracle.clean_outcome()) return;
    const MmOp op = op_of(call_.record.call);
    for (const FaultPass& pass : passes_) {
        if (!pass.failed()) continue;
        if (answer_is_documented(op, pass.point, pass.error, outcome.error)) return;
    }
    found_by_core(FaultKind::error,
                  fmt::format("failed with {}, and the call answered {}", errno_name(first_->error),
                              outcome.error == Errno::ok ? "success" : errno_name(outcome.error)));
}

// The call did without what failed: nothing shows that it did, but what was to go may have stayed.
void FaultJudge::judge_going_on(const StateFacts& facts) {
    if (facts.like_clean) return;
    const MmOp op = op_of(call_.record.call);
    for (const FaultPass& pass : passes_) {
        if (pass.failed() && may_leave_mapped(op, pass.point)) return;
    }
    found_by_core(FaultKind::mappings,
                  "the call went on and left other mappings than without the failure");
}

// All is as before, without what was told to be lost.
void FaultJudge::judge_failed_call(const StateFacts& facts) {
    const bool changed = told(UnwindStep::earlier_changes_kept) || told(UnwindStep::mapping_left);
    if (!changed && !facts.as_lost) {
        found_by_core(FaultKind::mappings,
                      "the mappings are not what they were, and no report says so");
    }
    if (!changed && facts.same && !facts.whole && !told(UnwindStep::edge_splits_left)) {
        found_by_core(FaultKind::silent, "a mapping stays cut, and no report says so");
    }
    if (!facts.same) end_ = std::max(end_, FaultEnd::hole);
    if (!changed && !facts.stuck && !facts.again) {
        found_by_core(FaultKind::retry,
                      "a second try comes to something else than the first would");
    }
}

// The compatibility layer loses a file that a hook stores, with no failure at all (rule 6.7). Those
// drivers of the kernel that store one are not below stacked files there.
bool FaultJudge::below_a_stacked_file(const Unreturned& what) const {
    if (what.kind != LeakKind::file || first_ != nullptr) return false;
    const World& world = call_.probe.world();
    return std::ranges::any_of(leaked_, [&](const Leaked& told) {
        return told.kind == LeakKind::file && told.cause == LeakCause::point && told.driver &&
               told.point == FailPoint::mmap && world.drivers[told.driver.index].driver->in_tree();
    });
}

// What is counted beyond the world before. A call that goes on may lose what it loses by itself,
// and where it loses something by itself its failures are no news.
void FaultJudge::judge_books(const StateFacts& facts, const StateFacts* clean) {
    const auto loses = [&](const Unreturned& what) {
        return clean != nullptr &&
               std::ranges::any_of(clean->unreturned, [&](const Unreturned& by) {
                   return by.kind == what.kind && by.driver == what.driver &&
                          by.reference == what.reference && (by.count > 0) == (what.count > 0);
               });
    };
    for (const Leaked& told : leaked_) {
        if (told.kind != LeakKind::memory) continue;
        const Unreturned what{told.kind, told.driver, {}, {}, told.count};
        end_ = std::max(end_, FaultEnd::leak);
        found(FaultKind::leak, unreturned_name(what), driver_name(told.driver), told.count,
              unreturned_text(what, *after_), unreturned_cure(what, std::nullopt));
    }
    for (const Unreturned& what : facts.unreturned) {
        if (loses(what) || below_a_stacked_file(what)) continue;
        const bool leaked = what.count > 0;
        const auto point = first_ == nullptr ? std::nullopt : std::optional(failed_at());
        end_ = std::max(end_, FaultEnd::leak);
        found(leaked ? FaultKind::leak : FaultKind::underflow, unreturned_name(what),
              is_kernels(what.kind) ? "kernel" : driver_name(what.driver), what.count,
              unreturned_text(what, *after_), unreturned_cure(what, point));
        const bool told_by_kind = what.kind != LeakKind::reference && first_ != nullptr;
        if (told_by_kind && told_leaked(what.kind) != what.count) {
            found_by_core(FaultKind::silent,
                          unreturned_text(what, *after_) + ", and the reports say something else");
        }
    }
}

// What 7.0 undoes too early or not at all, of a mapping that fails by itself (rules 3.3 F11, 6.7).
void FaultJudge::judge_unwinding() {
    const auto has = [](const std::vector<UnwindStep>& steps, UnwindStep step) {
        return std::ranges::find(steps, step) != steps.end();
    };
    for (const CallUnwound& unwound : unwound_) {
        if (unwound.op != MmOp::mmap) continue;
        if (has(unwound.not_undone, UnwindStep::mapping_left)) {
            found_in_kernel(UnwindStep::mapping_left,
                            "mmap answers an error and leaves its mapping");
        }
        if (unwound.point == FailPoint::mmap && has(unwound.undone, UnwindStep::unmap_new_vma)) {
            found_in_kernel(UnwindStep::unmap_new_vma, "unmaps a VMA that is not in the tree yet");
        }
    }
}

// A VMA that had close in its table is closed once when it goes, and left alone afterwards.
void FaultJudge::judge_hooks(const World& before) {
    for (std::size_t i = 0; i < hooks_.size(); ++i) {
        if (hooks_[i].hook != Hook::close) continue;
        for (std::size_t j = i + 1; j < hooks_.size(); ++j) {
            if (hooks_[j].vma != hooks_[i].vma) continue;
            found(FaultKind::hooks, std::string(hook_name(hooks_[j].hook)),
                  driver_name(hooks_[j].driver), 1,
                  fmt::format("{} ran after close on the same VMA", hook_name(hooks_[j].hook)),
                  "None in a driver: the order of hooks is the kernel's.");
        }
    }
    const VmaTree& vmas = before.mms[call_.mm.index].vmas;
    for (const VmaRemoved& removed : removed_) {
        const Vma* was = vmas.find_vma(removed.range.start());
        if (was == nullptr || was->id != removed.id) continue;
        if (!before.ops_have(was->ops, Hook::close)) continue;
        const bool closed = std::ranges::any_of(hooks_, [&](const HookOfVma& ran) {
            return ran.vma == removed.id && ran.hook == Hook::close;
        });
        if (!closed) found_by_core(FaultKind::hooks, "a VMA went without close");
    }
}

bool FaultJudge::driver_died() const {
    return std::ranges::any_of(
        diagnosed_, [](const Diagnosed& diagnosed) { return diagnosed.id == "driver-crashed"; });
}

void FaultJudge::judge_diagnostics(bool clean) {
    const World& world = call_.probe.world();
    for (const Diagnosed& diagnosed : diagnosed_) {
        const auto same = [&](const Diagnosed& other) {
            return other.id == diagnosed.id && other.driver == diagnosed.driver;
        };
        if (!clean && std::ranges::any_of(clean_diagnosed_, same)) continue;
        const Driver& driver = *world.drivers[diagnosed.driver.index].driver;
        if (!is_finding(diagnosed.id, driver)) continue;
        end_ = FaultEnd::assert_;
        // Some say more than which rule it is.
        std::string happened = diagnosed.detail;
        if (happened.empty()) happened.append("breaks the rule ").append(diagnosed.id);
        found(FaultKind::diagnostic, std::string(diagnosed.id), std::string(driver.name()), 1,
              std::move(happened), find_diagnostic(diagnosed.id)->cure);
    }
}

std::int64_t FaultJudge::told_leaked(LeakKind kind) const {
    std::int64_t sum = 0;
    for (const Leaked& leaked : leaked_) sum += leaked.kind == kind ? leaked.count : 0;
    return sum;
}

bool FaultJudge::told(UnwindStep step) const {
    return std::ranges::any_of(unwound_, [&](const CallUnwound& unwound) {
        return std::ranges::find(unwound.not_undone, step) != unwound.not_undone.end();
    });
}

std::string FaultJudge::driver_name(DriverId driver) const {
    return std::string(call_.probe.world().drivers[driver.index].driver->name());
}

bool FaultJudge::is_upstream(std::string_view owner) const {
    if (owner == "kernel") return true;
    const World& world = call_.probe.world();
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        const Driver& driver = *world.drivers[i].driver;
        if (driver.name() == owner) return driver.in_tree();
    }
    return false;
}

void FaultJudge::found_by_core(FaultKind kind, std::string happened) {
    end_ = FaultEnd::assert_;
    found(kind, std::string(fault_kind_name(kind)), "mmsim", 1, std::move(happened),
          "None in a driver: mmsim contradicts itself here, which is a bug of mmsim.");
}

void FaultJudge::found_in_kernel(UnwindStep step, std::string happened) {
    end_ = FaultEnd::assert_;
    found(FaultKind::mappings, std::string(unwind_step_name(step)), "kernel", 1,
          std::move(happened), "None in a driver: this kernel version does so.");
}

void FaultJudge::found(FaultKind kind, std::string what, std::string owner, std::int64_t count,
                       std::string happened, std::string_view cure) {
    FaultFinding finding;
    finding.kind = kind;
    finding.what = std::move(what);
    finding.owner = std::move(owner);
    finding.upstream = is_upstream(finding.owner);
    if (first_ != nullptr) finding.point = failed_at();
    finding.count = count;
    finding.happened = std::move(happened);
    for (const FaultPass& pass : passes_) {
        if (pass.failed()) finding.failed.push_back(pass);
    }
    for (const CallUnwound& unwound : unwound_) {
        finding.undone.insert(finding.undone.end(), unwound.undone.begin(), unwound.undone.end());
        finding.not_undone.insert(finding.not_undone.end(), unwound.not_undone.begin(),
                                  unwound.not_undone.end());
    }
    finding.cure = std::string(cure);
    listener_.on_finding(std::move(finding));
}

}  // namespace mmsim
