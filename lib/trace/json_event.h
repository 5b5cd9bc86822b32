// SPDX-License-Identifier: GPL-2.0-or-later
// One event of a JSON trace.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "trace/json_ops.h"
#include "trace/json_tokens.h"
#include "trace/trace_header.h"
#include "trace/trace_record.h"

namespace mmsim {

class JsonEventParser {
public:
    // `header` stays as it is from now on: records point into it.
    JsonEventParser(JsonTokens& json, const TraceHeader& header);

    // Takes one object. The record's text is good until the next call.
    void read(TraceRecord& record);

private:
    void read_value(JsonEventKey key);
    void read_file(JsonEventKey key);
    void read_op();
    void read_flags();
    void read_name();
    void read_result();
    void read_fail();
    void check_keys(JsonPlace event) const;

    JsonTokens& json_;
    std::unordered_map<std::string_view, const TraceFile*> files_;
    JsonEventValues values_;
    Recorded recorded_;
    std::optional<RecordFail> fail_;
    std::string fail_point_;
};

}  // namespace mmsim
