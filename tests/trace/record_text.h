// SPDX-License-Identifier: GPL-2.0-or-later
// Records as text, one line each, for tests to compare.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trace/trace_reader.h"

namespace mmsim::test {

// "mmap(0x0, 4096, PROT_READ, MAP_PRIVATE, 3</a>, 0x0) = 0x7f0000000000".
std::string record_text(const TraceRecord& record);

// The same with the thread in front and, where that is news, the lines behind:
// "1: munmap(0x1000, 4096) = 0x0 @ 2-5".
std::string record_text_with_place(const TraceRecord& record);

// Whatever format it is in; errors name it t.json.
std::unique_ptr<TraceReader> open_text(const std::string& text);

// What a reader of strace text says of `text`.
struct StraceRun {
    std::vector<std::string> records;
    ReadSummary summary;
};
StraceRun run_strace(std::string text, std::string (*print)(const TraceRecord&) = record_text);

// Its warnings, "LINE: MESSAGE\n" each.
std::string strace_warnings(std::string text);

// The records alone, joined by newlines.
std::string strace_records(std::string text);

}  // namespace mmsim::test
