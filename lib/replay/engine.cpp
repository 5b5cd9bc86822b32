// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/engine.h"

#include <utility>
#include <variant>

#include "base/input_error.h"
#include "drivers/registry.h"
#include "mm/syscalls.h"
#include "replay/divergence.h"
#include "replay/engine_state.h"

namespace mmsim {
namespace {

constexpr std::size_t kBrokenKept = 10;

PageFaults choose_page_faults(TraceReader& reader, const ReplayOptions& options) {
    if (options.page_faults) return *options.page_faults;
    return reader.has_touch() ? PageFaults::trace : PageFaults::eager;
}

// Looking for a program along PATH leaves no mark.
bool is_failed_exec(const TraceRecord& record) {
    return std::holds_alternative<ExecveCall>(record.call) && record.recorded.error != Errno::ok;
}

World make_world(const Settings& settings, const ReplayOptions& options) {
    World world(*settings.profile, settings.system);
    world.hook_choice = options.hook;
    world.fixed_accounting = options.fixed_accounting;
    return world;
}

}  // namespace

Engine::State::State(TraceReader& reader_in, const ReplayOptions& options_in, StepSink& sink_in)
    : reader(reader_in),
      options(options_in),
      sink(sink_in),
      settings(choose_settings(reader.header(), reader.format(), options)),
      world(make_world(settings, options)),
      callers(reader, tasks, *this),
      drivers(world, reader.header().drivers, reader.place(), options),
      files(reader, world, tasks, drivers),
      addresses(options.addresses.value_or(Addresses::recorded)),
      page_faults(choose_page_faults(reader, options)) {
    for (const FaultSpec& spec : options.faults) faults.arm(spec);
    for (const TraceFile& file : reader.header().files) files.declare(file);
    check_named_files(world, reader.header().files, reader.place());
    set_up_layout();
}

bool Engine::State::visible(const Process& process) const {
    return !options.pid || *options.pid == process.pid;
}

// Its last call never came back: what the trace has it do afterwards does not happen.
bool Engine::State::stuck(const Process& process) const {
    const MmId mm = mm_of(process);
    return mm && world.mms[mm.index].stuck;
}

// Tells of an event that changes nothing.
void Engine::State::skip(std::int64_t id, const Process* process) {
    step.pid = process != nullptr ? process->pid : id;
    step.mm = process != nullptr ? mm_of(*process) : MmId{};
    step.status = StepStatus::skipped;
    sink.before_step(step);
    run_pending_touch();
    sink.after_step(step);
}

void Engine::State::run(const TraceRecord& record) {
    step = {};
    step.number = ++count;
    step.record = &record;
    Process* process = callers.find(record);
    if (process == nullptr || process->ended || record.injected || stuck(*process)) {
        skip(task_id(record), process);
        return;
    }
    step.pid = process->pid;
    step.mm = mm_of(*process);
    sink.before_step(step);
    run_pending_touch();
    dispatch(*process);
    close_uffds();
    if (process->number == 0 && !is_failed_exec(record)) first_untouched = false;
    if (options.verify) verify(step.mm);
    if (!told()) {
        step.status = StepStatus::skipped;
        step.diverged = false;
    }
    sink.after_step(step);
}

void Engine::State::dispatch(Process& process) {
    const TraceRecord& record = *step.record;
    if (is_memory_call(record.call)) return call(process);
    // The rest is bookkeeping.
    take_recorded();

    if (const auto* c = std::get_if<CloneCall>(&record.call)) return clone(process, *c);
    if (const auto* c = std::get_if<ExecveCall>(&record.call)) return exec(process, *c);
    if (const auto* c = std::get_if<ExitCall>(&record.call)) return exit(process, *c);
    if (const auto* c = std::get_if<OpenCall>(&record.call)) {
        open_uffd(files.opened(process, *c, record.recorded), step.mm);
    } else if (const auto* d = std::get_if<CloseCall>(&record.call)) {
        files.closed(process, *d);
    } else if (const auto* e = std::get_if<DupCall>(&record.call)) {
        files.duplicated(process, *e, record.recorded);
    } else if (const auto* u = std::get_if<UnlinkCall>(&record.call)) {
        files.unlinked(process, *u);
    } else if (const auto* h = std::get_if<ChdirCall>(&record.call)) {
        files.changed_directory(process, *h);
    } else if (const auto* f = std::get_if<ShmgetCall>(&record.call)) {
        files.shmget(*f, record.recorded);
    } else if (const auto* g = std::get_if<SetrlimitCall>(&record.call)) {
        if (step.status == StepStatus::ok) set_limit(step.mm, *g);
    }
}

// What was recorded is what happened.
void Engine::State::take_recorded() {
    const Recorded& recorded = step.record->recorded;
    step.simulated = {recorded.known ? recorded.value : 0, recorded.error};
    if (recorded.error != Errno::ok) fail(recorded.error);
}

void Engine::State::fail(Errno error) {
    step.status = StepStatus::failed;
    step.error = error;
}

// Whether the sink hears what the step does.
bool Engine::State::told() const { return !options.pid || *options.pid == step.pid; }

// What the edges are marked with that the step makes: those that nobody hears of, with nothing.
std::uint32_t Engine::State::stamp() const { return told() ? sink.stamp(step) : 0; }

// Who makes the calls of the step at work.
Current Engine::State::caller(MmId mm, FaultInjector& injector) {
    Current current(world, mm, events, injector);
    current.stamp = stamp();
    return current;
}

// Hands on what happened since the last time.
void Engine::State::flush() {
    auto& entries = events.entries();
    if (entries.empty()) return;
    if (told()) {
        for (const EventBuffer::Entry& entry : entries) {
            sink.on_event(step, entry.op, entry.event);
        }
    }
    entries.clear();
}

void Engine::State::run_pending_touch() {
    if (!pending_touch) return;
    const PendingTouch pending = *std::exchange(pending_touch, std::nullopt);
    if (!world.mms[pending.mm.index].alive) return;
    FaultInjector none;
    Current current = caller(pending.mm, none);
    current.op = MmOp::fault;
    touch(current, pending.addr, pending.length, true);
    flush();
}

void Engine::State::verify(MmId mm) {
    if (broken.size() >= kBrokenKept) return;
    std::string what;
    if (mm && world.mms[mm.index].alive) what = validate_mm(world, mm);
    if (what.empty()) what = validate_world(world);
    if (what.empty()) return;
    broken.push_back("event " + std::to_string(step.number) + " (line " +
                     std::to_string(step.record->line) + "): " + what);
}

void Engine::State::finish() {
    // A layout without events is still a layout to show.
    if (tasks.processes().empty()) on_first(tasks.add_process(kInitialTid));
    if (!options.pid) return;
    std::string known;
    for (const Process& process : tasks.processes()) {
        if (process.pid == *options.pid) return;
        if (known.size() < 60) known += (known.empty() ? "" : ", ") + std::to_string(process.pid);
    }
    throw InputError("--pid " + std::to_string(*options.pid) +
                     ": the trace has no such process; it has " + known);
}

Engine::Engine(TraceReader& reader, const ReplayOptions& options, StepSink& sink)
    : state_(std::make_unique<State>(reader, options, sink)) {}

Engine::~Engine() = default;

bool Engine::step() {
    const TraceRecord* record = state_->reader.next();
    if (record == nullptr) {
        state_->finish();
        return false;
    }
    state_->run(*record);
    return true;
}

const World& Engine::world() const { return state_->world; }
const Profile& Engine::profile() const { return *state_->settings.profile; }
PageFaults Engine::page_faults() const { return state_->page_faults; }
Addresses Engine::addresses() const { return state_->addresses; }
std::uint64_t Engine::events() const { return state_->count; }
const std::vector<std::string>& Engine::broken() const { return state_->broken; }

std::vector<ProcessInfo> Engine::processes() const {
    std::vector<ProcessInfo> found;
    for (const Process& process : state_->tasks.processes()) {
        if (!state_->visible(process)) continue;
        found.push_back({process.pid, state_->mm_of(process), process.ended});
    }
    return found;
}

std::vector<std::pair<std::string, FileId>> Engine::declared_files() const {
    return state_->world.declared_files;
}

const std::vector<ExtraLine>& Engine::extra_lines(MmId mm) const { return state_->info(mm).extra; }

}  // namespace mmsim
