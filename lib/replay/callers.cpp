// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/callers.h"

#include <algorithm>

namespace mmsim {

Callers::Found Callers::find(const TraceRecord& record) {
    const std::int64_t id = task_id(record);
    if (last_ != nullptr && id == last_id_) return {.kind = Kind::known, .process = last_};
    Found found{.kind = Kind::known, .process = tasks_.find(id)};
    if (found.process == nullptr) found = appear(id, record);
    last_ = found.process;
    last_id_ = id;
    return found;
}

void Callers::cloned(std::int64_t thread) {
    clone_seen_ = true;
    last_ = nullptr;
    std::erase(adopted_from_, thread);
}

Callers::Found Callers::appear(std::int64_t id, const TraceRecord& record) {
    if (tasks_.processes().empty()) {
        return {.kind = Kind::first, .process = &tasks_.add_process(id)};
    }
    if (const Found child = adopt(id); child.process != nullptr) return child;
    // What is said about the end of a thread that made no calls.
    if (std::holds_alternative<ExitCall>(record.call)) return {};

    const bool strace = reader_.format() == TraceFormat::strace;
    if (strace && !clone_seen_ && !std::holds_alternative<ExecveCall>(record.call)) {
        // Several threads in a trace without clones: most likely they are of one process.
        Process* first = tasks_.find(tasks_.processes().front().pid);
        if (first != nullptr && !first->ended) {
            tasks_.add_thread(*first, id);
            return {.kind = Kind::thread, .process = first};
        }
    }
    return {.kind = Kind::stranger, .process = &tasks_.add_process(id)};
}

// strace prints the child's first calls before the line on which its parent's clone returns.
Callers::Found Callers::adopt(std::int64_t id) {
    const std::vector<CloneInFlight> clones = reader_.clones_in_flight();
    const CloneInFlight* from = nullptr;
    for (const CloneInFlight& clone : clones) {
        const bool taken = std::ranges::find(adopted_from_, clone.tid) != adopted_from_.end() ||
                           (clone.call.child && clone.call.child != id);
        if (clone.call.child == id || (from == nullptr && !taken)) from = &clone;
        if (clone.call.child == id) break;
    }
    Process* parent = from != nullptr ? tasks_.find(from->tid) : nullptr;
    if (parent == nullptr || parent->ended) return {};
    clone_seen_ = true;
    adopted_from_.push_back(from->tid);
    Process& child = tasks_.clone(*parent, from->call.flags, id, true);
    return {Kind::child, &child, parent, from->call.flags};
}

}  // namespace mmsim
