// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/page.h"
#include "trace/strace_stream.h"

namespace mmsim {
namespace {

// What strace -k prints at most for one call.
constexpr std::size_t kMostFrames = 256;

using Role = StraceCallKind::Role;
using State = StraceResult::State;

Recorded recorded_of(const StraceResult& result) {
    switch (result.state) {
        case State::success:
            return {.known = true, .value = result.value};
        case State::failure:
            return {.known = true, .value = -1, .error = result.error};
        default:
            return {};
    }
}

// A result that was cut off inside its digits at the end of the input is no longer a page.
bool is_cut_address(const TraceCall& call, const Recorded& recorded) {
    const bool address = std::holds_alternative<MmapCall>(call) ||
                         std::holds_alternative<MremapCall>(call) ||
                         std::holds_alternative<ShmatCall>(call);
    const auto value = static_cast<std::uint64_t>(recorded.value);
    return address && recorded.known && recorded.error == Errno::ok &&
           (value == 0 || (value & kPageMask) != 0);
}

class StraceReader final : public TraceReader {
public:
    explicit StraceReader(std::unique_ptr<LineSource> source) : stream_(std::move(source)) {}

    const TraceHeader& header() const override { return header_; }
    const TraceRecord* next() override;
    std::vector<CloneInFlight> clones_in_flight() const override;
    const ReadSummary& summary() const override { return stream_.input().summary(); }
    TraceFormat format() const override { return TraceFormat::strace; }

private:
    void begin_record(const StraceItem& item);
    bool read_call(const StraceItem& item);
    void begin_ranges();
    bool next_range();
    void follow_thread(const StraceItem& item);
    void read_stack();

    StraceStream stream_;
    TraceHeader header_;
    TraceRecord record_;
    std::string frames_;               // of record_.stack
    std::vector<MadviseCall> ranges_;  // of one process_madvise, to be returned from ...
    std::size_t next_range_ = 0;       // ... this one on
    std::size_t ranges_done_ = 0;      // of them: the next one failed
};

const TraceRecord* StraceReader::next() {
    if (next_range()) return &record_;
    while (true) {
        const StraceItem& item = stream_.next();
        switch (item.what) {
            case StraceItem::What::end:
                return nullptr;
            case StraceItem::What::gone:
                begin_record(item);
                record_.call = ExitCall{item.ends_group};
                return &record_;
            case StraceItem::What::touch:
                begin_record(item);
                record_.call = item.touch;
                return &record_;
            case StraceItem::What::call:
                if (read_call(item)) return &record_;
        }
    }
}

void StraceReader::begin_record(const StraceItem& item) {
    record_.line = stream_.input().line_number();
    record_.start_line = item.start_line;
    record_.tid = item.tid;
    record_.recorded = {};
    record_.injected = false;
    record_.stack.clear();
}

bool StraceReader::read_call(const StraceItem& item) {
    begin_record(item);
    StraceCall& call = stream_.call();
    StraceInput& input = stream_.input();
    bool wanted = item.kind->build(call, record_.call);
    // What has been unescaped can't be read again.
    const bool as_printed = call.line.find('\\') == std::string::npos;
    if (call.unreadable && as_printed && stream_.mend()) {
        wanted = item.kind->build(call, record_.call);
    }
    if (!call.problem.empty() && (wanted || !call.ranges.empty())) {
        input.warn(call.problem, call.about);
    }
    if (!wanted) {
        input.summary().saw_other_calls = true;
        return false;
    }
    if (call.unreadable) return false;
    record_.recorded = recorded_of(call.result);
    record_.injected = call.result.injected;
    if (input.is_cut() && is_cut_address(record_.call, record_.recorded)) {
        input.warn("the line is cut off:", call.line);
        return false;
    }
    input.summary().saw_fd_paths |= call.saw_fd_path;
    follow_thread(item);
    if (!call.ranges.empty()) {
        begin_ranges();
        if (!next_range()) return false;
    }
    read_stack();
    return true;
}

// What the call means for the lines that follow.
void StraceReader::follow_thread(const StraceItem& item) {
    if (item.kind->role >= Role::exit) stream_.threads().exits(*item.thread);
    if (item.kind->role == Role::clone && record_.recorded.known &&
        record_.recorded.error == Errno::ok) {
        stream_.threads().created(stream_.call().result.pid.value_or(record_.recorded.value));
    }
}

// The kernel goes through the ranges of process_madvise in order and stops at the first that fails.
// It returns how many bytes are done, and an error only if that is the first: why it stopped at
// another is not known.
void StraceReader::begin_ranges() {
    ranges_ = stream_.ranges();
    next_range_ = 0;
    ranges_done_ = ranges_.size();
    if (!record_.recorded.known) return;
    if (record_.recorded.error != Errno::ok) {
        ranges_.resize(1);
        return;
    }
    auto left = static_cast<std::uint64_t>(record_.recorded.value);
    std::size_t done = 0;
    while (done < ranges_.size() && ranges_[done].length <= left) left -= ranges_[done++].length;
    ranges_done_ = done;
    ranges_.resize(std::min(done + 1, ranges_.size()));
}

bool StraceReader::next_range() {
    if (next_range_ == ranges_.size()) return false;
    if (next_range_ == ranges_done_) record_.recorded = {};
    const MadviseCall& range = ranges_[next_range_++];
    record_.call = range;
    if (record_.recorded.error == Errno::ok && record_.recorded.known) {
        record_.recorded.value = static_cast<std::int64_t>(range.length);
    }
    return true;
}

// The frames that follow the line. Reading on ends the life of the line, but not of what it said:
// the call was copied.
void StraceReader::read_stack() {
    StraceInput& input = stream_.input();
    if (!input.next_is_appendix()) return;
    std::vector<std::size_t> ends;
    frames_.clear();
    std::string_view line;
    while (input.next_is_appendix() && input.next(line)) {
        if (!is_stack_frame(line)) continue;
        input.summary().saw_stacks = true;
        if (ends.size() == kMostFrames) continue;
        frames_.append(line.substr(3));
        ends.push_back(frames_.size());
    }
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        record_.stack.push_back(std::string_view{frames_}.substr(begin, end - begin));
        begin = end;
    }
}

std::vector<CloneInFlight> StraceReader::clones_in_flight() const {
    std::vector<CloneInFlight> found;
    for (const StraceThread* thread : stream_.threads().cloning()) {
        std::string text = thread->pending.text + ")";
        std::string path;
        std::vector<MadviseCall> ranges;
        AioRings rings;
        StraceCall call{text, path, ranges, rings};
        TraceCall clone;
        if (!split_args(std::string_view{text}.substr(text.find('(') + 1), call.args)) continue;
        thread->pending.kind->build(call, clone);
        CloneInFlight& flight = found.emplace_back();
        flight.tid = thread->id;
        flight.call = std::get<CloneCall>(clone);
        if (thread->pending.child != 0) flight.call.child = thread->pending.child;
    }
    return found;
}

}  // namespace

std::unique_ptr<TraceReader> make_strace_reader(std::unique_ptr<LineSource> source) {
    return std::make_unique<StraceReader>(std::move(source));
}

}  // namespace mmsim
