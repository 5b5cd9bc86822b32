// SPDX-License-Identifier: GPL-2.0-or-later
// Which process made a call: also for threads that show up before anybody is seen to create them.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/task.h"
#include "trace/trace_reader.h"

namespace mmsim {

// Hears of processes that Callers had to make up; TaskTable knows them already.
class CallerSink {
public:
    virtual ~CallerSink() = default;
    // The process that the trace begins with.
    virtual void on_first(Process& process) = 0;
    // A child, or with CLONE_THREAD a thread, shows up before its parent's call returns. Or what
    // passed for a thread is a child that shared no more than the memory.
    virtual void on_early_child(Process& parent, std::uint64_t flags, Process& child,
                                std::int64_t id) = 0;
    // A thread nobody created, taken for one of the first process.
    virtual void on_guessed_thread(Process& process) = 0;
    // A process of which nothing is known.
    virtual void on_stranger(Process& process) = 0;
};

class Callers {
public:
    Callers(TraceReader& reader, TaskTable& tasks, CallerSink& sink)
        : reader_(reader), tasks_(tasks), sink_(sink) {}

    // Null when there is nobody behind it. `record` is the one that the reader returned last.
    Process* find(const TraceRecord& record);

    // A clone returned to this thread.
    void cloned(std::int64_t thread);
    // Carries it out in the table of tasks. Returns the child's process, and what its flags are
    // where the trace does not show them: a child without memory for its stack is a copy, any
    // other one a thread until it does what no thread does.
    struct Cloned {
        Process& child;
        std::uint64_t flags;
    };
    Cloned clone(Process& parent, const CloneCall& call, std::int64_t child, bool early = false);
    // Threads or processes have come or gone.
    void forget() { last_ = nullptr; }

private:
    Process* appear(std::int64_t id, bool executes);
    Process* adopt(std::int64_t id);
    static Process* note(Process& process, const TraceRecord& record);

    TraceReader& reader_;
    TaskTable& tasks_;
    CallerSink& sink_;
    Process* last_ = nullptr;  // the caller found last, and its id
    std::int64_t last_id_ = 0;
    bool clone_seen_ = false;
    std::vector<std::int64_t> adopted_from_;  // threads inside a clone whose child has appeared
};

}  // namespace mmsim
