// SPDX-License-Identifier: GPL-2.0-or-later
// The fewest events of a trace that still show something.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "check/keep_condition.h"
#include "replay/convert.h"
#include "replay/engine.h"
#include "trace/trace_header.h"

namespace mmsim {

// A whole trace in memory, whose events can be taken away. strace text becomes JSON.
struct EventList {
    TraceHeader header;
    std::vector<std::string> events;  // JSON objects, a line each

    std::uint64_t size() const { return events.size(); }
};

// Throws InputError as convert_trace() does.
EventList read_event_list(TraceReader& reader, const NotCarried& not_carried);
// `format` is json or jsonl.
void write_event_list(std::ostream& out, const EventList& trace, TraceFormat format);

struct ReduceProgress {
    std::uint64_t events = 0;   // left
    std::uint64_t replays = 0;  // so far
};

struct ReduceOptions {
    ReplayOptions replay;
    // Is told after each stage what it was; may be empty.
    std::function<void(const std::string& stage, const ReduceProgress& now)> progress;
    const std::atomic<bool>* stop = nullptr;  // once set, what is left then is the result
};

struct ReduceResult {
    std::uint64_t replays = 0;
    bool stopped = false;  // more could still go
};

// Takes away from the trace what it does not need to meet the condition: no event, no line of the
// initial layout, no file and no driver of the result can go alone, unless it was stopped. Of the
// header, title and expectation go too. Throws InputError when the whole trace does not meet the
// condition.
ReduceResult reduce_trace(EventList& trace, const KeepCondition& condition,
                          const ReduceOptions& options);

}  // namespace mmsim
