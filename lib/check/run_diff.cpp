// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/run_diff.h"

#include <algorithm>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "analysis/call_text.h"
#include "analysis/names.h"
#include "base/input_error.h"
#include "check/world_layouts.h"
#include "replay/divergence.h"
#include "report/touched.h"

namespace mmsim {

namespace {

Place place_of(const Step& step) {
    return {step.number, step.record == nullptr ? 0 : step.record->line, step.pid};
}

std::string answer_text(const Step& step, bool failed) {
    const bool address = returns_address(step.record->call);
    // brk says no by keeping the break.
    if (failed && step.simulated.error == Errno::ok) return "refused";
    return result_text(step.simulated.value, step.simulated.error, address && !failed);
}

// What holds is what was recorded, not what the simulated kernel answered.
bool overruled(const Step& step) {
    return step.diverged && (step.divergence == DivergenceKind::forced ||
                             step.divergence == DivergenceKind::not_applied ||
                             step.divergence == DivergenceKind::external);
}

bool has_picture(const DiffAgainst& found, LayoutPicture::When when) {
    return std::ranges::find(found.layouts, when, &LayoutPicture::when) != found.layouts.end();
}

}  // namespace

struct RunDiff::Space {
    std::int64_t pid = 0;
    MmId mm;
};

// Remembers what the step at work did.
class RunDiff::Watcher : public StepSink {
public:
    void on_event(const Step&, MmOp op, const Event& event) override {
        touched.on_event(op, event);
    }
    void after_step(const Step& done) override { step = done; }
    void on_process(std::int64_t pid, MmId mm) override { fresh.push_back({pid, mm}); }
    void on_exec(std::int64_t pid, MmId mm) override { fresh.push_back({pid, mm}); }

    void clear() {
        touched.clear();
        fresh.clear();
        step = {};
    }

    Touched touched;
    std::vector<Space> fresh;  // address spaces that are new
    Step step;
};

struct RunDiff::Side {
    Side(const std::string& trace, TraceReader& reader, const DiffSetting& setting,
         const DiffWants& wants)
        : name(setting.name),
          run(trace, reader, setting.options,
              {.film = wants.film, .cap = wants.cap, .listener = &watcher}) {}

    const World& world() const { return run.engine().world(); }
    MmInWorld space(MmId mm) const { return {world(), world().mms[mm.index]}; }

    Watcher watcher;
    std::string name;
    Run run;
    Report report;  // at the end
};

RunDiff::RunDiff(const std::string& trace, TraceReader& reader,
                 const std::vector<DiffSetting>& settings, DiffWants wants)
    : wants_(wants), shared_(reader, settings.size()) {
    for (std::size_t i = 0; i < settings.size(); ++i) {
        try {
            sides_.push_back(std::make_unique<Side>(trace, shared_.of(i), settings[i], wants));
        } catch (const InputError& error) {
            throw InputError(fmt::format("{} '{}': {}", i == 0 ? "--old" : "--new",
                                         settings[i].name, error.what()));
        }
    }
    diff_.news.resize(settings.size() - 1);
}

RunDiff::~RunDiff() = default;

std::uint64_t RunDiff::events() const { return sides_[0]->run.events(); }

bool RunDiff::step() {
    bool more = true;
    for (const auto& side : sides_) {
        side->watcher.clear();
        more &= side->run.step();
    }
    // At the end a process may still show up that no event has named.
    for (std::size_t i = 1; i < sides_.size(); ++i) {
        if (more) compare_calls(*sides_[0], *sides_[i], diff_.news[i - 1]);
        compare_layouts(*sides_[0], *sides_[i], diff_.news[i - 1]);
    }
    return more;
}

void RunDiff::compare_calls(const Side& old, const Side& now, DiffAgainst& found) const {
    const Step& a = old.watcher.step;
    const Step& b = now.watcher.step;
    if (a.status == StepStatus::skipped || b.status == StepStatus::skipped) return;
    if (a.simulated == b.simulated) return;
    const bool failed_a = simulated_failure(*a.record, a.simulated);
    const bool failed_b = simulated_failure(*b.record, b.simulated);
    if (!failed_a && !failed_b) {
        ++found.other_results;
        return;
    }
    if (failed_a && failed_b && a.simulated.error == b.simulated.error) return;
    const CallChange change = !failed_a   ? CallChange::now_fails
                              : !failed_b ? CallChange::now_succeeds
                                          : CallChange::other_errno;
    found.calls[static_cast<std::size_t>(change)].add_with(wants_.cap, [&]() -> ChangedCall {
        return {place_of(b), brief_call_text(b.record->call), answer_text(a, failed_a),
                answer_text(b, failed_b), overruled(a) || overruled(b)};
    });
}

void RunDiff::compare_layouts(Side& old, Side& now, DiffAgainst& found) const {
    if (has_picture(found, LayoutPicture::When::first)) return;
    const Step& step = now.watcher.step;
    const auto compare = [&](Space a, Space b, const Touched& touched) {
        if (!a.mm || !b.mm || has_picture(found, LayoutPicture::When::first)) return;
        const MmInWorld was = old.space(a.mm);
        const MmInWorld is = now.space(b.mm);
        if (!was.mm.alive || !is.mm.alive) return;
        const auto likeness = compare_spaces(was, is, touched.places(was.mm.vmas, is.mm.vmas));
        if (likeness == Likeness::same) return;
        const auto when = likeness == Likeness::other_layout ? LayoutPicture::When::first
                                                             : LayoutPicture::When::first_flags;
        if (has_picture(found, when)) return;
        LayoutPicture picture = draw_difference(was, is);
        picture.when = when;
        picture.pid = b.pid;
        picture.place = place_of(step);
        if (step.record != nullptr) picture.call = brief_call_text(step.record->call);
        found.layouts.push_back(std::move(picture));
        if (!wants_.film || step.record == nullptr) return;
        old.run.keep_picture(step);
        now.run.keep_picture(step);
    };
    const auto& fresh = old.watcher.fresh;
    if (fresh.size() == now.watcher.fresh.size()) {
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            compare(fresh[i], now.watcher.fresh[i], Touched::everything());
        }
    }
    const Step& before = old.watcher.step;
    Touched touched = old.watcher.touched;
    touched.add(now.watcher.touched);
    if (!touched.empty()) compare({before.pid, before.mm}, {step.pid, step.mm}, touched);
}

namespace {

DiffSide side_of(std::string name, const Report& report) {
    return {std::move(name),    report.trace,     report.kernel,        report.hook,
            report.page_faults, report.addresses, report.max_map_count, Numbers(report)};
}

}  // namespace

Diff RunDiff::finish() {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        sides_[i]->report = sides_[i]->run.report();
        if (wants_.film) sides_[i]->run.film();
        const Report& report = sides_[i]->report;
        DiffSide& side = i == 0 ? diff_.old : diff_.news[i - 1].side;
        side = side_of(sides_[i]->name, report);
        diff_.trace = report.trace;
        diff_.title = report.title;
    }
    add_call_changes(diff_);
    return std::move(diff_);
}

const Report& RunDiff::report(std::size_t setting) const { return sides_[setting]->report; }
const Film& RunDiff::film(std::size_t setting) const { return sides_[setting]->run.film(); }

std::vector<std::string> RunDiff::broken() const {
    std::vector<std::string> all;
    for (const auto& side : sides_) {
        for (const std::string& what : side->run.engine().broken()) {
            all.push_back(fmt::format("'{}': {}", side->name, what));
        }
    }
    return all;
}

}  // namespace mmsim
