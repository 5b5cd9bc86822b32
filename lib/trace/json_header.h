// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of a JSON trace that are not events.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "trace/json_tokens.h"
#include "trace/trace_header.h"

namespace mmsim {

// Reads the header keys of a document or of the first line of JSON Lines, in any order.
class JsonHeaderParser {
public:
    explicit JsonHeaderParser(JsonTokens& json) : json_(json) {}

    // Notes a key of the top level. Throws if it is unknown or stands there twice.
    void note(std::string_view key);
    // The value of a noted key other than "events".
    void read_value(std::string_view key);
    // Throws unless what must be there was. `where` is the place of the object.
    void finish(JsonPlace where, bool with_events);

    TraceHeader& header() { return header_; }

private:
    void read_version();
    void read_layout();
    void read_files();
    void read_file(TraceFile& file);
    void read_drivers();
    void read_driver(TraceDriver& driver);

    JsonTokens& json_;
    TraceHeader header_;
    std::uint32_t seen_ = 0;
    std::set<std::string, std::less<>> file_ids_, driver_names_;
};

// The object that "limits" and `--limits` have in common.
TraceLimits read_limits(JsonTokens& json);

}  // namespace mmsim
