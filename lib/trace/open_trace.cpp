// SPDX-License-Identifier: GPL-2.0-or-later
// Tells the formats of traces apart and opens the reader.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/input_error.h"
#include "trace/json_reader.h"
#include "trace/opened_trace.h"
#include "trace/strace_reader.h"
#include "trace/trace_reader.h"

namespace mmsim {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kLongestHeader = std::size_t{64} << 20;

// Looks at the first line of something that begins with '{': is it all of an object, and one that
// cannot be a document because nothing in it is called "events"?
class FirstLine {
public:
    enum class Verdict : std::uint8_t { undecided, document, lines };

    // Goes on where the last call ended; `text` is the input from its '{' and only grows.
    Verdict scan(std::string_view text) {
        for (; at_ < text.size(); ++at_) {
            const char c = text[at_];
            if (c == '\n') return Verdict::document;
            if (in_string_) {
                scan_string(text);
            } else if (c == '"') {
                in_string_ = true;
                string_begin_ = at_ + 1;
            } else if (c == '{' || c == '[') {
                ++depth_;
            } else if ((c == '}' || c == ']') && --depth_ == 0) {
                return Verdict::lines;
            } else if (c == ':' && depth_ == 1 && last_string_is_events_) {
                return Verdict::document;
            }
        }
        return Verdict::undecided;
    }

private:
    void scan_string(std::string_view text) {
        const char c = text[at_];
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            in_string_ = false;
            last_string_is_events_ = text.substr(string_begin_, at_ - string_begin_) == kEvents;
        }
    }

    static constexpr std::string_view kEvents = "events";

    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t string_begin_ = 0;
    bool in_string_ = false, escaped_ = false;
    bool last_string_is_events_ = false;
};

TraceFormat json_or_lines(LineSource& source, std::size_t begin) {
    FirstLine first;
    for (std::size_t size = begin + 4096; size < kLongestHeader; size *= 2) {
        const std::string_view text = source.peek(size);
        const auto verdict = first.scan(text.substr(begin));
        if (verdict == FirstLine::Verdict::lines) return TraceFormat::jsonl;
        if (verdict == FirstLine::Verdict::document || text.size() < size) break;
    }
    return TraceFormat::json;
}

// The offset of the first byte that is not blank, or npos.
std::size_t first_byte(LineSource& source) {
    std::size_t begin = source.peek(kByteOrderMark.size()) == kByteOrderMark ? 3 : 0;
    for (std::size_t size = 4096; size < kLongestHeader; size *= 2) {
        const std::string_view text = source.peek(size);
        begin = text.find_first_not_of(kBlanks, begin);
        if (begin != std::string_view::npos || text.size() < size) return begin;
        begin = text.size();
    }
    return std::string_view::npos;
}

TraceFormat format_of(LineSource& source) {
    const std::size_t begin = first_byte(source);
    if (begin == std::string_view::npos) {
        const bool broken = !source.broken().empty();
        throw InputError(source.name() + ":1:1: " +
                         (broken ? source.broken() : std::string("there is nothing in it")));
    }
    // strace text may begin with '[' too: "[pid 7]", "[00007f...]".
    const std::string_view text = source.peek(begin + 256).substr(begin);
    if (text[0] == '{') return json_or_lines(source, begin);
    const std::size_t second = text.find_first_not_of(kBlanks, 1);
    if (text[0] == '[' && second != std::string_view::npos &&
        std::string_view{"{[]\""}.find(text[second]) != std::string_view::npos) {
        throw InputError(source.name() + ":1:1: an array of JSON; a trace is an object: " +
                         R"({"mmsim_trace": 1, "events": [...]})");
    }
    return TraceFormat::strace;
}

std::unique_ptr<TraceReader> make_reader(std::unique_ptr<LineSource> source, TraceFormat format) {
    switch (format) {
        case TraceFormat::json:
            return make_json_reader(std::move(source));
        case TraceFormat::jsonl:
            return make_json_lines_reader(std::move(source));
        case TraceFormat::strace:
            break;
    }
    return make_strace_reader(std::move(source));
}

}  // namespace

std::unique_ptr<TraceReader> open_trace(std::unique_ptr<LineSource> source,
                                        std::optional<TraceFormat> format) {
    LineSource& input = *source;
    return with_input(make_reader(std::move(source), format ? *format : format_of(input)), input);
}

std::unique_ptr<TraceReader> open_trace(const std::string& path,
                                        std::optional<TraceFormat> format) {
    return open_trace(std::make_unique<LineSource>(open_bytes(path), input_name(path)), format);
}

}  // namespace mmsim
