// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "base/input_error.h"
#include "trace/json_event.h"
#include "trace/json_header.h"
#include "trace/json_text.h"
#include "trace/json_tokens.h"

namespace mmsim {
namespace {

class JsonReader : public TraceReader {
public:
    explicit JsonReader(std::unique_ptr<LineSource> source);

    const TraceHeader& header() const override { return header_; }
    const TraceRecord* next() override;
    const ReadSummary& summary() const override { return summary_; }
    TraceFormat format() const override { return TraceFormat::json; }

private:
    void read_header();
    void check_events();

    std::unique_ptr<LineSource> source_;
    JsonTokens json_;
    TraceHeader header_;
    std::optional<JsonTokens::Mark> events_;  // where the array begins
    std::uint64_t lines_ = 0;                 // of the whole document
    std::optional<JsonEventParser> parser_;
    bool begun_ = false, done_ = false;
    TraceRecord record_;
    ReadSummary summary_;
};

std::unique_ptr<LineSource> rewindable(std::unique_ptr<LineSource> source) {
    source->make_rewindable();
    return source;
}

JsonReader::JsonReader(std::unique_ptr<LineSource> source)
    : source_(rewindable(std::move(source))), json_(*source_) {
    try {
        read_header();
    } catch (const InputError&) {
        // Events were passed over by their brackets. If one of them is malformed, this complaint
        // is but an echo of it.
        check_events();
        throw;
    }
    parser_.emplace(json_, header_);
}

void JsonReader::read_header() {
    JsonHeaderParser parser{json_};
    if (json_.at_end()) json_.fail("there is nothing in it");
    json_.begin_object();
    const JsonPlace document = json_.place();
    for (std::string_view key_view; json_.next_key(key_view);) {
        const std::string key(key_view);
        parser.note(key);
        if (key != "events") {
            parser.read_value(key);
            continue;
        }
        if (json_.peek() != JsonKind::array) {
            json_.fail("'events' must be an array, not " +
                       std::string(json_kind_name(json_.peek())));
        }
        events_ = json_.mark();
        json_.skip_array();
    }
    json_.finish();
    parser.finish(document, true);
    lines_ = json_.line();
    header_ = std::move(parser.header());
}

// Throws at the first event that is not even JSON, if there is one.
void JsonReader::check_events() {
    if (!events_) return;
    json_.seek(*events_);
    json_.begin_array();
    std::string ignored;
    while (json_.next_element()) {
        ignored.clear();
        json_.copy_value(ignored);
    }
}

const TraceRecord* JsonReader::next() {
    if (done_) return nullptr;
    if (!std::exchange(begun_, true)) {
        json_.seek(*events_);
        json_.begin_array();
    }
    if (json_.next_element()) {
        parser_->read(record_);
        summary_.lines = record_.line;
        return &record_;
    }
    done_ = true;
    summary_.lines = lines_;
    return nullptr;
}

class JsonLinesReader : public TraceReader {
public:
    explicit JsonLinesReader(std::unique_ptr<LineSource> source)
        : source_(std::move(source)), json_(source_->name()) {
        read_header();
        parser_.emplace(json_, header_);
    }

    const TraceHeader& header() const override { return header_; }
    const TraceRecord* next() override {
        if (!next_line()) return nullptr;
        parser_->read(record_);
        json_.finish();
        return &record_;
    }
    const ReadSummary& summary() const override { return summary_; }
    TraceFormat format() const override { return TraceFormat::jsonl; }

private:
    bool next_line();
    void read_header();

    std::unique_ptr<LineSource> source_;
    JsonTokens json_;
    TraceHeader header_;
    std::optional<JsonEventParser> parser_;
    TraceRecord record_;
    ReadSummary summary_;
};

// The next line that is not blank.
bool JsonLinesReader::next_line() {
    for (std::string_view line; source_->next(line);) {
        summary_.lines = source_->line_number();
        json_.set_line(line, source_->line_number());
        if (source_->too_long()) {
            json_.fail("a line of more than " + std::to_string(line.size()) + " bytes");
        }
        if (!json_.at_end()) return true;
    }
    return false;
}

void JsonLinesReader::read_header() {
    if (!next_line()) {
        json_.set_line({}, 1);
        json_.fail("there is nothing in it");
    }
    JsonHeaderParser parser{json_};
    json_.begin_object();
    const JsonPlace header = json_.place();
    for (std::string_view key_view; json_.next_key(key_view);) {
        const std::string key(key_view);
        if (key == "events") {
            json_.fail("JSON Lines have their events behind the header, one a line");
        }
        parser.note(key);
        parser.read_value(key);
    }
    json_.finish();
    parser.finish(header, false);
    header_ = std::move(parser.header());
}

}  // namespace

std::unique_ptr<TraceReader> make_json_reader(std::unique_ptr<LineSource> source) {
    return std::make_unique<JsonReader>(std::move(source));
}

std::unique_ptr<TraceReader> make_json_lines_reader(std::unique_ptr<LineSource> source) {
    return std::make_unique<JsonLinesReader>(std::move(source));
}

}  // namespace mmsim
