// SPDX-License-Identifier: GPL-2.0-or-later
// Which process made a call: threads that show up before anybody is seen to create them.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/task.h"
#include "trace/trace_reader.h"

namespace mmsim {

class Callers {
public:
    Callers(TraceReader& reader, TaskTable& tasks) : reader_(reader), tasks_(tasks) {}

    enum class Kind : std::uint8_t {
        known,
        first,     // the process that the trace begins with
        child,     // its creator's call has not returned yet; `parent` and `flags` tell the rest
        thread,    // taken for one of the first process
        stranger,  // a process of which nothing is known
        nobody,    // there is nothing behind it
    };
    struct Found {
        Kind kind = Kind::nobody;
        Process* process = nullptr;
        Process* parent = nullptr;
        std::uint64_t flags = 0;  // CLONE_*
    };
    // Makes the process, if need be. `record` is the one that the reader returned last.
    Found find(const TraceRecord& record);

    // A clone returned to this thread.
    void cloned(std::int64_t thread);
    // The threads or processes have changed in a way that find() may remember otherwise.
    void forget() { last_ = nullptr; }

private:
    Found appear(std::int64_t id, const TraceRecord& record);
    Found adopt(std::int64_t id);

    TraceReader& reader_;
    TaskTable& tasks_;
    Process* last_ = nullptr;  // the caller found last, and its id
    std::int64_t last_id_ = 0;
    bool clone_seen_ = false;
    std::vector<std::int64_t> adopted_from_;  // threads inside a clone whose child has appeared
};

}  // namespace mmsim
