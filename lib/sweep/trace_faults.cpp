// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/trace_faults.h"

#include <utility>

#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"

namespace mmsim {

namespace {

ReplayOptions with_probes(ReplayOptions options) {
    options.probes = true;
    return options;
}

FaultReport report_on(std::string trace) {
    FaultReport report;
    report.subject = std::move(trace);
    return report;
}

}  // namespace

std::string fail_options(std::span<const FaultPass> failed) {
    std::string text;
    for (const FaultPass& pass : failed) {
        text += fmt::format(" --fail {}@{}", fail_point_name(pass.point), pass.nth);
    }
    return text;
}

// Hears of the sweep of one call.
class TraceFaults::Listener final : public FaultListener {
public:
    Listener(TraceFaults& owner, const Step& step)
        : owner_(owner),
          step_(step),
          call_(call_name(step.record->call)),
          column_(matrix().column(std::string(call_))) {}

    void on_passes(std::span<const FaultPass> passes) override {
        if (!owner_.options_.list) return;
        FaultReport& report = owner_.report_;
        report.passes.push_back({report.kernels.back(), where(), {passes.begin(), passes.end()}});
    }
    void on_run(const FaultRun& run) override { owner_.report_.count(run, matrix(), column_); }
    void on_finding(FaultFinding finding) override {
        FaultReport& report = owner_.report_;
        FaultCase* added = report.add(std::move(finding), report.kernels.back());
        if (added == nullptr) return;
        added->where = where();
        added->event = step_.number;
        added->line = step_.record->line;
        added->command = owner_.options_.command + fail_options(added->finding.failed);
    }

private:
    FaultMatrix& matrix() { return owner_.report_.matrices.back().matrix; }
    std::string where() const {
        return fmt::format("event {} (line {}): {}", step_.number, step_.record->line, call_);
    }

    TraceFaults& owner_;
    const Step& step_;
    std::string_view call_;
    std::size_t column_;
};

TraceFaults::TraceFaults(std::string trace, TraceReader& reader, ReplayOptions replay,
                         TraceFaultOptions options)
    : TraceFaults(report_on(std::move(trace)), reader, std::move(replay), std::move(options)) {}

TraceFaults::TraceFaults(FaultReport before, TraceReader& reader, ReplayOptions replay,
                         TraceFaultOptions options)
    : options_(std::move(options)),
      report_(std::move(before)),
      engine_(reader, with_probes(std::move(replay)), static_cast<StepSink&>(*this)) {
    report_.kernels.emplace_back(engine_.profile().name);
    report_.matrices.push_back({report_.kernels.back(), {}});
    report_.fixed_accounting = engine_.world().fixed_accounting;
}

void TraceFaults::before_call(const Step& step, const CallProbe& probe) {
    ++report_.calls;
    Listener listener(*this, step);
    sweep_call({probe, *step.record, step.mm}, options_.modes, listener);
}

}  // namespace mmsim
