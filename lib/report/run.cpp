// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/run.h"

#include <utility>

#include "report/build_report.h"

namespace mmsim {

Run::Run(std::string name, TraceReader& reader, const ReplayOptions& options, RunWants wants)
    : name_(std::move(name)),
      reader_(reader),
      options_(options),
      wants_(wants),
      observer_(wants.cap),
      engine_(std::make_unique<Engine>(reader, options_, static_cast<StepSink&>(*this))) {
    observer_.watch(engine_->world());
    for (const ProcessInfo& process : engine_->processes()) {
        observer_.on_process(process.pid, process.mm);
    }
    if (wants.film) film_.emplace().start(engine_->world(), observer_.spaces());
    if (!wants.delta) return;
    delta_.emplace(*engine_, observer_.spaces());
    delta_->start();
}

Run::~Run() = default;

std::size_t Run::space_of(MmId mm) const {
    return static_cast<std::size_t>(observer_.spaces().find(mm) - observer_.spaces().all().data());
}

void Run::on_process(std::int64_t pid, MmId mm) {
    observer_.on_process(pid, mm);
    if (delta_) delta_->on_process(space_of(mm));
    if (wants_.listener != nullptr) wants_.listener->on_process(pid, mm);
}

void Run::on_exec(std::int64_t pid, MmId mm) {
    observer_.on_exec(pid, mm);
    if (delta_) delta_->on_exec(space_of(mm));
    if (wants_.listener != nullptr) wants_.listener->on_exec(pid, mm);
}

void Run::on_exit(std::int64_t pid, MmId mm) {
    const bool known = engine_ != nullptr && observer_.spaces().find(mm) != nullptr;
    if (!known || !observer_.spaces().is_last_user(mm)) return observer_.on_exit(pid, mm);
    const std::size_t index = space_of(mm);
    const Space& space = observer_.spaces().all()[index];
    Ended& ended = ended_[index];
    if (index < wants_.cap) {
        ended.state = capture(space, words_, ended_groups_);
        ended.state->exited = true;
    }
    if (wants_.layouts) {
        print_space(mm, LayoutForm::smaps, [&](std::string_view line) { ended.layout += line; });
    }
    if (film_) film_->on_end(engine_->world(), observer_.spaces(), index);
    observer_.on_exit(pid, mm);
    if (delta_) delta_->on_end(index);
}

void Run::print_space(MmId mm, LayoutForm form, const TextSink& sink) const {
    const World& world = engine_->world();
    print_layout(world, world.mms[mm.index], engine_->extra_lines(mm), form, sink);
}

ProcessState Run::capture(const Space& space, Words& words, VmaGroups& groups) const {
    Makers makers(observer_.origins(), words);
    return capture_process(engine_->world(), engine_->declared_files(), space,
                           {.vmas = wants_.vmas, .cap = wants_.cap}, makers, groups);
}

Report Run::report() const {
    CappedList<ProcessState> states;
    Words words = words_;
    VmaGroups groups = ended_groups_;
    const auto& spaces = observer_.spaces().all();
    for (std::size_t i = 0; i < spaces.size(); ++i) {
        states.add_with(wants_.cap, [&] {
            const auto ended = ended_.find(i);
            return ended != ended_.end() ? *ended->second.state : capture(spaces[i], words, groups);
        });
    }
    return build_report({name_, reader_, *engine_, options_, observer_, std::move(states),
                         std::move(words), std::move(groups)});
}

namespace {

// What was kept are maps lines and VmFlags lines in turn.
void print_ended(std::string_view text, LayoutForm form, const TextSink& sink) {
    if (form == LayoutForm::smaps) return sink(text);
    for (bool maps_line = true; !text.empty(); maps_line = !maps_line) {
        const auto end = text.find('\n') + 1;
        if (maps_line) sink(text.substr(0, end));
        text.remove_prefix(end);
    }
}

}  // namespace

void Run::print_layouts(LayoutForm form, const TextSink& sink) const {
    const auto& spaces = observer_.spaces().all();
    for (std::size_t i = 0; i < spaces.size(); ++i) {
        if (spaces.size() > 1) sink("# pid " + std::to_string(spaces[i].pid) + "\n");
        if (const auto ended = ended_.find(i); ended != ended_.end()) {
            print_ended(ended->second.layout, form, sink);
        } else {
            print_space(spaces[i].mm, form, sink);
        }
    }
}

void Run::print_delta(const TextSink& sink) { delta_->write(sink); }

void Run::keep_picture(const Step& step) {
    film_->keep(step, engine_->world(), observer_.spaces());
}

const Film& Run::film() {
    film_->finish(events(), engine_->world(), observer_.spaces());
    return *film_;
}

}  // namespace mmsim
