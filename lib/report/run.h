// SPDX-License-Identifier: GPL-2.0-or-later
// One replay together with all that listens to it: what `mmsim replay` and `mmsim check` are made
// of. Step it to the end, then ask for reports.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/film.h"
#include "analysis/run_observer.h"
#include "replay/engine.h"
#include "report/delta_writer.h"
#include "report/layout_text.h"
#include "report/report.h"

namespace mmsim {

// What will be asked for. Whatever is not wanted costs nothing while the run goes.
struct RunWants {
    bool vmas = false;           // processes[].vmas of the report
    bool layouts = false;        // print_layouts()
    bool delta = false;          // print_delta()
    bool film = false;           // film()
    std::size_t cap = kListCap;  // entries that a list of the report keeps
    // Hears all that the run hears, after the run has. Outlives it.
    StepSink* listener = nullptr;
};

class Run final : private StepSink {
public:
    // `name` is what reports call the trace. Throws InputError as Engine does.
    // REQUIRES: reader outlives it
    Run(std::string name, TraceReader& reader, const ReplayOptions& options, RunWants wants = {});
    ~Run() override;

    // Replays one event. False when the trace is over.
    bool step() { return engine_->step(); }
    void finish() {
        while (step()) {
        }
    }

    const Engine& engine() const { return *engine_; }
    const RunObserver& observer() const { return observer_; }
    std::uint64_t events() const { return observer_.events().total; }

    Report report() const;
    // The final layouts in order of appearance; of a process that ended before, as it was then.
    // Several are headed by "# pid N". REQUIRES: wants.layouts
    void print_layouts(LayoutForm form, const TextSink& sink) const;
    // REQUIRES: wants.delta
    void print_delta(const TextSink& sink);
    // After this step, the one just made, the film has a picture for good. REQUIRES: wants.film
    void keep_picture(const Step& step);
    // With the layout at the end as its last picture. REQUIRES: wants.film
    const Film& film();

private:
    std::uint32_t stamp(const Step& step) override { return observer_.stamp(step); }
    void on_event(const Step& step, MmOp op, const Event& event) override {
        observer_.on_event(step, op, event);
        if (delta_) delta_->on_event(op, event);
        if (wants_.listener != nullptr) wants_.listener->on_event(step, op, event);
    }
    void after_step(const Step& step) override {
        observer_.after_step(step);
        if (delta_) delta_->after_step(step);
        if (film_) film_->after_step(step, engine_->world(), observer_.spaces());
        if (wants_.listener != nullptr) wants_.listener->after_step(step);
    }
    void on_process(std::int64_t pid, MmId mm) override;
    void on_exec(std::int64_t pid, MmId mm) override;
    void on_exit(std::int64_t pid, MmId mm) override;

    // An address space that ended before the trace did, as it was then.
    struct Ended {
        std::optional<ProcessState> state;
        std::string layout;  // smaps form
    };
    std::size_t space_of(MmId mm) const;
    ProcessState capture(const Space& space, Words& words, VmaGroups& groups) const;
    void print_space(MmId mm, LayoutForm form, const TextSink& sink) const;

    std::string name_;
    TraceReader& reader_;
    ReplayOptions options_;
    RunWants wants_;
    RunObserver observer_;
    std::map<std::size_t, Ended> ended_;  // by index into the observer's spaces
    Words words_;                         // of ended_ and ended_groups_
    VmaGroups ended_groups_;              // of address spaces that ended
    std::unique_ptr<Engine> engine_;
    std::optional<DeltaWriter> delta_;
    std::optional<Film> film_;
};

}  // namespace mmsim
