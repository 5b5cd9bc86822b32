// SPDX-License-Identifier: GPL-2.0-or-later
// Forward-only streams of trace records, whatever the format. One record in memory at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trace/line_source.h"
#include "trace/trace_header.h"
#include "trace/trace_record.h"

namespace mmsim {

enum class TraceFormat { json, jsonl, strace };

// Something in the input that is passed over, and counted.
struct ReadWarning {
    std::uint64_t line = 0;
    std::string message;
};

// What a reader noticed besides the records. Memory does not grow with the input.
struct ReadSummary {
    std::uint64_t lines = 0;
    std::uint64_t warnings = 0;               // malformed lines; --strict makes them errors
    std::vector<ReadWarning> first_warnings;  // the first five
    bool saw_pids = false;                    // strace -f
    bool saw_fd_paths = false;                // strace -y
    bool saw_clone = false;                   // a child appeared ...
    bool saw_other_calls = false;  // calls that do not concern memory: the trace is not filtered
    bool only_failures = false, only_successes = false;  // looks like strace -Z, -z
    bool saw_stacks = false;                             // strace -k
    // strace: the pid behind kInitialTid, once a line names it (where all lines have a pid, the
    // first); kInitialTid until then.
    std::int64_t initial_tid = kInitialTid;
};

// A clone, fork or vfork that has begun and not yet returned. strace prints the child's first lines
// before the line on which its parent's call finishes.
struct CloneInFlight {
    std::int64_t tid = 0;  // the parent's thread
    CloneCall call;
};

class TraceReader {
public:
    virtual ~TraceReader() = default;

    // What the trace says before its first event. strace text has an empty header.
    virtual const TraceHeader& header() const = 0;

    // The next record, or null after the last. The record lives until the next call.
    // Throws InputError (file:line:column) on JSON that is malformed or breaks the format.
    virtual const TraceRecord* next() = 0;

    // strace: the clones between "<unfinished ...>" and "resumed" at the record last returned, in
    // the order they began. Asked for seldom: when a thread shows up that nobody has created.
    virtual std::vector<CloneInFlight> clones_in_flight() const { return {}; }

    // Whether the input has a `touch` event anywhere. Looks through all that is to come (a pipe is
    // copied to a temporary file on the way), so it is asked only when it matters, and before the
    // first next().
    virtual bool has_touch() { return false; }

    // "trace.json:17", the line of the record last returned; for messages about it.
    virtual std::string place() const { return {}; }

    virtual const ReadSummary& summary() const = 0;
    virtual TraceFormat format() const = 0;
};

// Opens a path, or standard input for "-"; gzip and zstd are unpacked on the way. The format is
// told from the content unless given. Throws InputError if there is no such file, it is a
// directory, or unpacking fails.
std::unique_ptr<TraceReader> open_trace(const std::string& path,
                                        std::optional<TraceFormat> format = {});

// The same on bytes that are already open; `name` stands in messages.
std::unique_ptr<TraceReader> open_trace(std::unique_ptr<LineSource> source,
                                        std::optional<TraceFormat> format = {});

}  // namespace mmsim
