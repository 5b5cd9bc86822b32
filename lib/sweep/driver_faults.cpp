// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/driver_faults.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "sweep/books.h"
#include "sweep/call_sweep.h"
#include "sweep/fault_contexts.h"
#include "sweep/fault_stage.h"
#include "sweep/hook_forms.h"

namespace mmsim {

namespace {

// "vma_alloc@1,mapped@2", or "as_it_is".
std::string failed_words(std::span<const FaultPass> failed) {
    if (failed.empty()) return "as_it_is";
    std::string text;
    for (const FaultPass& pass : failed) {
        text +=
            fmt::format("{}{}@{}", text.empty() ? "" : ",", fail_point_name(pass.point), pass.nth);
    }
    return text;
}

// What --only asks for.
struct Wanted {
    std::string context;  // empty: all
    std::string failed;   // empty: all

    explicit Wanted(const std::string& only)
        : context(only.substr(0, only.find(':'))),
          failed(only.find(':') == std::string::npos ? "" : only.substr(only.find(':') + 1)) {}
};

class Sweep {
public:
    explicit Sweep(const DriverFaultOptions& options) : options_(options), wanted_(options.only) {
        report_.subject = options.driver;
        report_.is_driver = true;
        report_.fixed_accounting = options.replay.fixed_accounting;
    }

    FaultReport run() {
        if (options_.kernels.empty()) {
            for (const Profile& profile : all_profiles()) sweep_if_it_fits(profile);
        } else {
            for (const KernelVersion kernel : options_.kernels) sweep_kernel(profile_of(kernel));
        }
        if (report_.calls == 0) {
            throw InputError(wanted_.context.empty()
                                 ? "--sweep " + options_.driver + ": no kernel that it fits" + why_
                                 : "--only " + wanted_.context + ": there is no such context of " +
                                       options_.driver);
        }
        return std::move(report_);
    }

private:
    class Listener;
    using Stages = std::array<std::unique_ptr<FaultStage>, kAccesses>;

    Stages stages_of(const Profile& profile, HookChoice hook) const {
        ReplayOptions replay = options_.replay;
        replay.kernel = profile.version;
        replay.hook = hook;
        replay.probes = true;  // calls are made in copies of its world
        Stages stages;
        for (std::size_t a = 0; a < kAccesses; ++a) {
            stages[a] = std::make_unique<FaultStage>(
                context_header(options_.driver, profile.name, static_cast<Access>(a)), replay,
                options_.instead);
        }
        return stages;
    }

    // A driver may use what some versions do not have.
    void sweep_if_it_fits(const Profile& profile) {
        try {
            sweep_kernel(profile);
        } catch (const InputError& error) {
            why_ = fmt::format(" ({})", error.what());
            report_.unfit.push_back(fmt::format("{}: {}", profile.name, error.what()));
        }
    }

    void sweep_kernel(const Profile& profile) {
        const Stages stages = stages_of(profile, options_.replay.hook);
        report_.kernels.emplace_back(profile.name);
        report_.matrices.push_back({std::string(profile.name), {}});
        std::set<std::uint64_t> seen;
        const auto contexts = contexts_of(stages);
        for (const FaultContext& context : contexts) {
            if (!wanted_.context.empty() && context.name() != wanted_.context) continue;
            sweep_context(*stages[static_cast<std::size_t>(context.access)], context, seen);
        }
        compare_forms(profile, contexts);
        for (const FaultContext& context : contexts) compare_bounds(stages, context);
    }

    // The shape of each access that the driver takes first.
    static std::vector<FaultContext> contexts_of(const Stages& stages) {
        RequestShape main[kAccesses];
        for (std::size_t a = 0; a < kAccesses; ++a) {
            main[a] = request_shapes().front();
            for (const RequestShape& shape : request_shapes()) {
                World world = stages[a]->world();
                const FaultContext context{.access = static_cast<Access>(a), .shape = shape};
                if (!stages[a]->make(world, script_of(context).call)) continue;
                main[a] = shape;
                break;
            }
        }
        return all_contexts(main);
    }

    void sweep_context(const FaultStage& stage, const FaultContext& context,
                       std::set<std::uint64_t>& seen);
    void compare_forms(const Profile& profile, const std::vector<FaultContext>& contexts);
    void compare_bounds(const Stages& stages, const FaultContext& context);

    const DriverFaultOptions& options_;
    Wanted wanted_;
    FaultReport report_;
    std::string why_;
};

// Hears of the sweep of one context.
class Sweep::Listener final : public FaultListener {
public:
    Listener(Sweep& owner, const FaultStage& stage, const FaultContext& context)
        : owner_(owner),
          stage_(stage),
          context_(context),
          name_(context.name()),
          column_(matrix().column(name_)) {}

    void on_passes(std::span<const FaultPass> passes) override {
        if (!owner_.options_.list) return;
        owner_.report_.passes.push_back(
            {stage_.header().kernel, name_ + ":", {passes.begin(), passes.end()}});
    }
    void on_run(const FaultRun& run) override { owner_.report_.count(run, matrix(), column_); }
    void on_finding(FaultFinding finding) override {
        if (is_helper_driver(finding.owner, owner_.options_.driver)) return;
        const std::string failed = failed_words(finding.failed);
        if (!owner_.wanted_.failed.empty() && owner_.wanted_.failed != failed) return;
        FaultCase* added = owner_.report_.add(std::move(finding), stage_.header().kernel);
        if (added == nullptr) return;
        added->where = name_;
        added->command = fmt::format("{} --kernel {} --only {}:{}", owner_.options_.command,
                                     stage_.header().kernel, name_, failed);
        if (owner_.options_.traces) added->trace = trace_of(added->finding);
    }

private:
    FaultMatrix& matrix() { return owner_.report_.matrices.back().matrix; }

    std::string trace_of(const FaultFinding& finding) const {
        TraceHeader header = stage_.header();
        header.title = fmt::format("{} {} of {}: {}", fault_kind_name(finding.kind), finding.what,
                                   finding.owner, finding.happened);
        std::optional<RecordFail> fail;
        if (!finding.failed.empty()) {
            const FaultPass& first = finding.failed.front();
            fail = RecordFail{fail_point_name(first.point), first.nth, Errno::ok};
        }
        return context_trace(context_, header, fail);
    }

    Sweep& owner_;
    const FaultStage& stage_;
    const FaultContext& context_;
    std::string name_;
    std::size_t column_;
};

void Sweep::sweep_context(const FaultStage& stage, const FaultContext& context,
                          std::set<std::uint64_t>& seen) {
    const ContextScript script = script_of(context);
    const std::optional<World> world = stage.set(script);
    if (!world) return;
    // What the call is, besides the state that it finds.
    const std::uint64_t call = (static_cast<std::uint64_t>(context.op) << 8 |
                                static_cast<std::uint64_t>(context.route) << 4 |
                                static_cast<std::uint64_t>(context.access)) +
                               (context.shape.pages << 32) + (context.shape.offset << 16);
    const std::uint64_t state = state_digest(*world, stage.world(), stage.mm());
    if (!seen.insert(state * 31 + call).second) {
        ++report_.equal_contexts;
        return;
    }
    ++report_.calls;
    if (options_.progress) options_.progress(report_.calls);
    const ContextCall probe(stage, *world, script.call);
    Listener listener(*this, stage, context);
    sweep_call({probe, script.call, stage.mm()}, options_.modes, listener);
}

// The old form and the new one of the same driver, where the version can have both.
void Sweep::compare_forms(const Profile& profile, const std::vector<FaultContext>& contexts) {
    if (!profile.mmap_prepare || options_.replay.hook != HookChoice::declared) return;
    const Stages legacy = stages_of(profile, HookChoice::legacy);
    const Stages prepare = stages_of(profile, HookChoice::prepare);
    if (!has_two_forms(*legacy[0], *prepare[0])) return;
    for (const FaultContext& context : contexts) {
        if (!wanted_.context.empty() && context.name() != wanted_.context) continue;
        const auto a = static_cast<std::size_t>(context.access);
        auto difference = compare_hook_forms(*legacy[a], *prepare[a], script_of(context));
        if (!difference) continue;
        Listener listener(*this, *prepare[a], context);
        FaultFinding finding;
        finding.kind = FaultKind::forms;
        finding.what = "forms";
        finding.owner = options_.driver;
        finding.happened = std::move(*difference);
        finding.cure = "Let mmap_prepare set and refuse what mmap did.";
        listener.on_finding(std::move(finding));
    }
}

// Who refuses what lies behind the device refuses what lies further behind, too.
void Sweep::compare_bounds(const Stages& stages, const FaultContext& context) {
    if (context.route != Route::wraps) return;
    if (!wanted_.context.empty() && context.name() != wanted_.context) return;
    const FaultStage& stage = *stages[static_cast<std::size_t>(context.access)];
    const auto takes = [&](Route route) {
        World world = stage.world();
        return stage.make(world, script_of(offset_context(route, context.access)).call);
    };
    if (takes(Route::behind) || !takes(Route::wraps)) return;
    Listener listener(*this, stage, context);
    FaultFinding finding;
    finding.kind = FaultKind::bounds;
    finding.what = "offset";
    finding.owner = options_.driver;
    finding.happened =
        "refuses an offset behind its end, and takes one where offset + length wraps";
    finding.cure = "Compare the length with what is left behind the offset: a sum may wrap.";
    listener.on_finding(std::move(finding));
}

}  // namespace

FaultReport sweep_driver(const DriverFaultOptions& options) { return Sweep(options).run(); }

}  // namespace mmsim
