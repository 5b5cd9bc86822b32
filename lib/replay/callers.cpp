// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/callers.h"

#include <algorithm>

namespace mmsim {

Process* Callers::find(const TraceRecord& record) {
    const std::int64_t id = task_id(record);
    const bool executes = std::holds_alternative<ExecveCall>(record.call);
    if (executes && record.recorded.error == Errno::ok && tasks_.doubted(id)) {
        // A thread that executes a program gets the id of its process first.
        Process& parent = *tasks_.find(id);
        last_ = nullptr;
        sink_.on_early_child(parent, kCloneVm | kCloneVfork, tasks_.separate(id), id);
    }
    if (last_ != nullptr && id == last_id_) return note(*last_, record);
    Process* process = tasks_.find(id);
    if (process == nullptr) {
        // What is said about the end of a thread that made no calls.
        if (std::holds_alternative<ExitCall>(record.call) && !tasks_.processes().empty()) {
            return nullptr;
        }
        process = appear(id, executes);
    }
    last_ = process;
    last_id_ = id;
    return note(*process, record);
}

// What a record says about the children to come.
Process* Callers::note(Process& process, const TraceRecord& record) {
    if (const auto* mmap = std::get_if<MmapCall>(&record.call)) {
        process.stacked |= (mmap->flags & (kMapStack | kMapGrowsDown)) != 0;
    } else if (std::holds_alternative<ExecveCall>(record.call) &&
               record.recorded.error == Errno::ok) {
        process.begun = true;
        process.stacked = false;
    }
    return &process;
}

Callers::Cloned Callers::clone(Process& parent, const CloneCall& call, std::int64_t child,
                               bool early) {
    const bool copy = call.hidden && parent.begun && !parent.stacked;
    const std::uint64_t flags = copy ? 0 : call.flags;
    Process& process = tasks_.clone(parent, flags, child, early);
    if (&process != &parent) {
        process.begun = parent.begun;
        process.stacked = parent.stacked;
    }
    if (call.hidden && !copy) tasks_.doubt(child);
    return {process, flags};
}

void Callers::cloned(std::int64_t thread) {
    clone_seen_ = true;
    last_ = nullptr;
    std::erase(adopted_from_, thread);
}

// `executes`: its first call is an execve.
Process* Callers::appear(std::int64_t id, bool executes) {
    if (Process* child = adopt(id); child != nullptr) return child;
    if (tasks_.processes().empty()) {
        Process& process = tasks_.add_process(id);
        sink_.on_first(process);
        return &process;
    }
    if (reader_.format() == TraceFormat::strace && !clone_seen_ && !executes) {
        // Several threads in a trace without clones: most likely they are of one process.
        Process* first = tasks_.find(tasks_.processes().front().pid);
        if (first != nullptr && !first->ended) {
            tasks_.add_thread(*first, id);
            tasks_.doubt(id);
            sink_.on_guessed_thread(*first);
            return first;
        }
    }
    Process& process = tasks_.add_process(id);
    sink_.on_stranger(process);
    return &process;
}

// strace prints the child's first calls before the line on which its parent's clone returns.
Process* Callers::adopt(std::int64_t id) {
    const std::vector<CloneInFlight> clones = reader_.clones_in_flight();
    const CloneInFlight* from = nullptr;
    for (const CloneInFlight& clone : clones) {
        if (clone.tid == id) return nullptr;  // a caller inside a clone makes no other calls
        const bool taken = std::ranges::find(adopted_from_, clone.tid) != adopted_from_.end() ||
                           (clone.call.child && clone.call.child != id);
        if (clone.call.child == id || (from == nullptr && !taken)) from = &clone;
        if (clone.call.child == id) break;
    }
    if (from == nullptr) return nullptr;
    adopted_from_.push_back(from->tid);
    Process* parent = tasks_.find(from->tid);
    if (parent == nullptr) parent = appear(from->tid, false);
    if (parent->ended) return nullptr;
    clone_seen_ = true;
    const Cloned cloned = clone(*parent, from->call, id, true);
    sink_.on_early_child(*parent, cloned.flags, cloned.child, id);
    return &cloned.child;
}

}  // namespace mmsim
