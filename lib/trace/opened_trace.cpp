// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/opened_trace.h"

#include <string>
#include <string_view>
#include <utility>

namespace mmsim {
namespace {

void drop_space(std::string_view& text) {
    text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r\n") + 1));
}

// A title may be "touch" too. Inside of a string the quotes around "op" would be escaped.
bool is_op(std::string_view before) {
    drop_space(before);
    if (!before.ends_with(':')) return false;
    before.remove_suffix(1);
    drop_space(before);
    return before.ends_with("\"op\"");
}

bool begins_line(std::string_view before) { return before.empty() || before.back() == '\n'; }

class OpenedTrace final : public TraceReader {
public:
    OpenedTrace(std::unique_ptr<TraceReader> reader, LineSource& source)
        : reader_(std::move(reader)), source_(source) {}

    const TraceHeader& header() const override { return reader_->header(); }
    const TraceRecord* next() override { return record_ = reader_->next(); }
    std::vector<CloneInFlight> clones_in_flight() const override {
        return reader_->clones_in_flight();
    }
    const ReadSummary& summary() const override { return reader_->summary(); }
    TraceFormat format() const override { return reader_->format(); }

    bool has_touch() override {
        if (format() == TraceFormat::strace) return source_.mentions("# touch ", begins_line);
        return source_.mentions("\"touch\"", is_op);
    }

    std::string place() const override {
        if (record_ == nullptr) return source_.name();
        return source_.name() + ':' + std::to_string(record_->line);
    }

private:
    std::unique_ptr<TraceReader> reader_;
    LineSource& source_;
    const TraceRecord* record_ = nullptr;
};

}  // namespace

std::unique_ptr<TraceReader> with_input(std::unique_ptr<TraceReader> reader, LineSource& source) {
    return std::make_unique<OpenedTrace>(std::move(reader), source);
}

}  // namespace mmsim
