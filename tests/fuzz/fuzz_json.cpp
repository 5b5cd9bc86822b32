// SPDX-License-Identifier: GPL-2.0-or-later
// JSON is read or refused with a place, however it arrives; and what was read survives being
// written as a document and as lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "base/input_error.h"
#include "trace/json_reader.h"
#include "trace/trace_writer.h"

namespace {

using namespace mmsim;  // NOLINT(google-build-using-namespace)

// A few bytes at a time, and no way back: a pipe.
class Drip : public ByteSource {
public:
    Drip(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
    std::size_t read(char* data, std::size_t size) override {
        const std::size_t got = bytes_.copy(data, std::min(size, step_));
        bytes_.remove_prefix(got);
        return got;
    }

private:
    std::string_view bytes_;
    std::size_t step_;
};

std::string written(TraceReader& reader, TraceFormat format) {
    std::ostringstream out;
    TraceWriter writer{out, format, reader.header()};
    std::uint64_t line = 0;
    while (const TraceRecord* record = reader.next()) {
        MMSIM_ASSERT(record->start_line >= 1 && record->line >= record->start_line);
        MMSIM_ASSERT(record->start_line >= line);
        MMSIM_ASSERT(json_obstacle(*record).empty());
        line = record->line;
        writer.write(*record);
    }
    MMSIM_ASSERT(reader.summary().lines >= line);
    writer.finish();
    return out.str();
}

std::string convert(std::unique_ptr<ByteSource> bytes, TraceFormat from, TraceFormat to) {
    auto source = std::make_unique<LineSource>(std::move(bytes), "fuzz", 1 << 16);
    const auto reader = from == TraceFormat::json ? make_json_reader(std::move(source))
                                                  : make_json_lines_reader(std::move(source));
    return written(*reader, to);
}

// What came out, or the complaint.
struct Outcome {
    std::string text;
    std::string error;
};

Outcome try_convert(std::unique_ptr<ByteSource> bytes, TraceFormat from) {
    Outcome outcome;
    try {
        outcome.text = convert(std::move(bytes), from, TraceFormat::json);
    } catch (const InputError& error) {
        outcome.error = error.what();
    }
    return outcome;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "fuzz:LINE:COLUMN: something"
void check_place(std::string_view error) {
    MMSIM_ASSERT(error.starts_with("fuzz:"));
    error.remove_prefix(5);
    for (int i = 0; i < 2; ++i) {
        const std::size_t digits =
            static_cast<std::size_t>(std::ranges::find_if_not(error, is_digit) - error.begin());
        MMSIM_ASSERT(digits > 0 && digits < error.size() && error[digits] == ':');
        error.remove_prefix(digits + 1);
    }
    MMSIM_ASSERT(error.size() > 1 && error.find('\n') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), size);
    // A document, unless the first line closes as many braces as it opens.
    const auto first = text.substr(0, line);
    const bool lines = std::ranges::count(first, '{') == std::ranges::count(first, '}');
    const auto format = lines ? TraceFormat::jsonl : TraceFormat::json;

    const Outcome whole = try_convert(memory_bytes(std::string(text)), format);
    if (size % 8 == 0) {  // a pipe is slow: it is kept on disk
        const Outcome dripped = try_convert(std::make_unique<Drip>(text, 1 + size % 7), format);
        MMSIM_ASSERT(whole.text == dripped.text);
        MMSIM_ASSERT(whole.error == dripped.error);
    }
    if (!whole.error.empty()) {
        check_place(whole.error);
        return 0;
    }
    const std::string as_lines =
        convert(memory_bytes(whole.text), TraceFormat::json, TraceFormat::jsonl);
    const std::string again =
        convert(memory_bytes(as_lines), TraceFormat::jsonl, TraceFormat::json);
    MMSIM_ASSERT(again == whole.text);
    return 0;
}
