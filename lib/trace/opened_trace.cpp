// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/opened_trace.h"

#include <string>
#include <string_view>
#include <utility>

namespace mmsim {
namespace {

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
        constexpr std::string_view kComment[] = {"# touch "};
        constexpr std::string_view kOp[] = {"\"touch\""};
        if (format() == TraceFormat::strace) return source_.mentions(kComment);
        return source_.mentions(kOp);
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
