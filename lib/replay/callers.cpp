// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/callers.h"

#include <algorithm>

namespace mmsim {

Process* Callers::find(const TraceRecord& record) {
    const std::int64_t id = task_id(record);
    if (last_ != nullptr && id == last_id_) return last_;
    Process* process = tasks_.find(id);
    if (process == nullptr) {
        // What is said about the end of a thread that made no calls.
        if (std::holds_alternative<ExitCall>(record.call) && !tasks_.processes().empty()) {
            return nullptr;
        }
        process = appear(id, std::holds_alternative<ExecveCall>(record.call));
    }
    last_ = process;
    last_id_ = id;
    return process;
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
    Process& child = tasks_.clone(*parent, from->call.flags, id, true);
    sink_.on_early_child(*parent, from->call.flags, child, id);
    return &child;
}

}  // namespace mmsim
