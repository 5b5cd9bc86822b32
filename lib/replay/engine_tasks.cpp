// SPDX-License-Identifier: GPL-2.0-or-later
// The engine's view of processes: who made a call, what fork, exec and exit do.
#include <algorithm>

#include "base/linux_abi.h"
#include "mm/process_switch.h"
#include "mm/syscalls.h"
#include "replay/divergence.h"
#include "replay/engine_state.h"
#include "trace/maps_text.h"

namespace mmsim {
namespace {

MmLayout header_layout(const TraceLayout& layout, LayoutChoice choice, MmLayout from) {
    if (layout.task_size) from.task_size = vpn_of(*layout.task_size);
    if (layout.mmap_base) from.mmap_base = vpn_of(*layout.mmap_base);
    if (layout.top_down) from.top_down = *layout.top_down;
    if (layout.brk) from.start_brk = *layout.brk;
    return with_choice(from, choice);
}

// The layout that an execve of a JSON trace names.
std::vector<MapsEntry> maps_of(const ExecveCall& call, const std::string& place) {
    std::string text;
    for (const std::string_view line : call.maps) text.append(line).append(1, '\n');
    return parse_maps(text, place + ": maps");
}

}  // namespace

void Engine::State::set_up_layout() {
    const TraceHeader& header = reader.header();
    if (!options.initial_maps.empty()) {
        initial = read_maps_file(options.initial_maps);
    } else if (!options.initial_maps_text.empty()) {
        initial = parse_maps(options.initial_maps_text, "initial maps");
    } else if (!header.maps.empty()) {
        std::string text;
        for (const std::string& line : header.maps) text.append(line).append(1, '\n');
        initial = parse_maps(text, reader.place() + ": maps");
    }
    has_initial_maps = !initial.empty();
    shapes.learn(initial);
    const LayoutGuess guess = guess_layout(initial);
    first_layout = header_layout(header.layout, options.layout, apply_guess(guess, MmLayout{}));
    first_brk_known = guess.start_brk || header.layout.brk;
    first_brk_exact = !guess.brk;
}

SpaceInfo& Engine::State::info(MmId mm) {
    if (mm.index >= spaces.size()) spaces.resize(mm.index + std::size_t{1});
    return spaces[mm.index];
}

// The process lives in this address space from now on.
void Engine::State::settle(const Process& process, MmId mm) {
    if (process.number >= mm_of_process.size())
        mm_of_process.resize(process.number + std::size_t{1});
    mm_of_process[process.number] = mm;
    ++info(mm).users;
}

MmId Engine::State::new_mm(const std::vector<MapsEntry>& entries, MmLayout layout,
                           const ProcessLimits& limits, bool known) {
    const MmId mm = world.add_mm(layout, limits);
    SpaceInfo& space = info(mm);
    space = {};
    space.brk_known = known;
    if (entries.empty()) return mm;
    const LayoutGuess guess = guess_layout(entries);
    if (guess.brk) {
        world.mms.edit(mm.index).brk = *guess.brk;
        space.brk_exact = false;
    }
    FaultInjector none;
    Current current(world, mm, events, none);
    current.op = MmOp::exec;
    install_maps(current, files, entries, space.extra);
    events.entries().clear();  // how it was before is no news
    return mm;
}

void Engine::State::announce(const Process& process) {
    if (visible(process)) sink.on_process(process.pid, mm_of(process));
}

void Engine::State::on_first(Process& process) {
    settle(process, new_mm(initial, first_layout, settings.process, first_brk_known));
    announce(process);
}

void Engine::State::on_stranger(Process& process) {
    unknown_processes = true;
    MmLayout layout;
    layout.top_down = first_layout.top_down;
    settle(process, new_mm({}, layout, settings.process, false));
    announce(process);
}

// The parent's call has yet to return, but this shows that it succeeds.
void Engine::State::on_early_child(Process& parent, std::uint64_t flags, Process& child,
                                   std::int64_t id) {
    forked = {};
    if ((flags & kCloneVm) == 0) {
        offer_fork(parent, flags, id);
        Current current(world, mm_of(parent), events, faults);
        current.op = MmOp::fork;
        current.forced = true;
        const Result<MmId> copy = do_fork(current);
        if (copy) forked = *copy;
    }
    begin_child(parent, flags, child);
}

// The fork of a child that is there already. It stands at the line that shows the child.
void Engine::State::offer_fork(const Process& parent, std::uint64_t flags, std::int64_t child) {
    TraceRecord fork;
    fork.line = fork.start_line = step.record->line;
    fork.call = CloneCall{CloneKind::clone, flags, child};
    fork.recorded = {true, child, Errno::ok};
    const Step at_work = step;
    step.record = &fork;
    step.pid = parent.pid;
    step.mm = mm_of(parent);
    offer(step.mm, {});
    step = at_work;
}

// `forked`, where set, is the child's address space.
void Engine::State::begin_child(const Process& parent, std::uint64_t flags, Process& child) {
    if (&child == &parent) return;  // a thread
    const MmId parent_mm = mm_of(parent);
    if ((flags & kCloneVm) != 0) {
        settle(child, parent_mm);
    } else if (forked) {
        SpaceInfo space = info(parent_mm);
        space.users = 0;
        info(forked) = std::move(space);
        settle(child, forked);
    } else {
        // There is no such process: what the trace says of it is passed over.
        settle(child, {});
        tasks.exit_process(child);
        files.release();
        return;
    }
    announce(child);
}

void Engine::State::clone(Process& process, const CloneCall& call) {
    callers.cloned(task_id(*step.record));
    const bool copies = (call.flags & kCloneVm) == 0;
    const bool failed = step.record->recorded.error != Errno::ok;
    std::optional<std::int64_t> child = call.child;
    if (!child && step.record->recorded.known) child = step.record->recorded.value;
    if (failed || !child) {
        if (failed && copies) judge(process, {});
        return flush();
    }
    if (tasks.take_early(*child)) return;
    // Flags that are not shown may mean a copy after all.
    forked = {};
    const Callers::Cloned cloned = callers.clone(process, call, *child);
    if ((cloned.flags & kCloneVm) == 0) judge(process, {});
    begin_child(process, cloned.flags, cloned.child);
    flush();
}

void Engine::State::exec(Process& process, const ExecveCall& call) {
    if (step.record->recorded.error != Errno::ok) return;
    const bool stays =
        process.number == 0 && first_untouched && has_initial_maps && call.maps.empty();
    callers.forget();
    tasks.exec(process, task_id(*step.record));
    files.release();
    if (stays) return shapes.learn_name(call.program);

    const ProcessLimits limits = world.mms[mm_of(process).index].limits;
    Mm kept;
    keep_switches(kept, world.mms[mm_of(process).index]);
    MmLayout layout;
    layout.top_down = world.mms[mm_of(process).index].layout.top_down;
    leave_mm(process, MmOp::exec);
    const std::vector<MapsEntry> entries = maps_of(call, reader.place());
    const LayoutGuess guess = guess_layout(entries);
    if (!entries.empty()) layout = header_layout({}, options.layout, apply_guess(guess, layout));
    if (entries.empty() && !(process.number == 0 && first_untouched)) unknown_exec = true;
    settle(process, new_mm(entries, layout, limits, guess.start_brk.has_value()));
    step.mm = mm_of(process);
    if (entries.empty()) begin_unseen(call);
    keep_switches(world.mms.edit(step.mm.index), kept);
    if (visible(process)) sink.on_exec(process.pid, step.mm);
}

void Engine::State::exit(Process& process, const ExitCall& call) {
    callers.forget();
    // The end of one that may be a process of its own is not yet the end of the others.
    const bool alone = !call.group || tasks.doubted(task_id(*step.record));
    if (alone && process.threads.size() > 1) {
        tasks.exit_thread(task_id(*step.record));
        return;
    }
    if (visible(process)) sink.on_exit(process.pid, mm_of(process));
    leave_mm(process, MmOp::exit);
    tasks.exit_process(process);
    files.release();
}

void Engine::State::leave_mm(Process& process, MmOp op) {
    const MmId mm = mm_of(process);
    if (--info(mm).users != 0) return;
    Current current(world, mm, events, faults);
    current.op = op;
    exit_mmap(current);
    info(mm).extra.clear();
    flush();
}

}  // namespace mmsim
