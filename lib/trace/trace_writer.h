// SPDX-License-Identifier: GPL-2.0-or-later
// Traces as JSON documents and JSON Lines, one event a line, in constant memory.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "trace/trace_header.h"
#include "trace/trace_reader.h"
#include "trace/trace_record.h"

namespace mmsim {

// The format that a file's name asks for: JSON Lines for ".jsonl" and ".ndjson", else a document.
TraceFormat trace_format_of(std::string_view path);

// What JSON lacks to carry a record, as a reason for people ("the descriptor is of no known file");
// empty: nothing. Records of JSON traces always pass. Frames of `strace -k` are not asked about.
std::string_view json_obstacle(const TraceRecord& record);

// Appends the record as a JSON object on one line: addresses in hex, sizes in decimal, flags by
// name. Reading it gives the same record. REQUIRES: json_obstacle(record).empty()
void append_json_event(std::string& out, const TraceRecord& record);

class TraceWriter {
public:
    // Writes the header at once. `format` is json or jsonl.
    TraceWriter(std::ostream& out, TraceFormat format, const TraceHeader& header);

    // REQUIRES: json_obstacle(record).empty()
    void write(const TraceRecord& record);
    // An event that append_json_event() made before.
    void write_event(std::string_view event);

    // After the last record: what was written is not a whole trace without it.
    void finish();

private:
    void begin_event();
    void end_event();
    void flush();

    std::ostream& out_;
    TraceFormat format_;
    std::string expect_;  // of the header; a document has it at its end
    std::string buffer_;
    bool first_ = true;
};

}  // namespace mmsim
