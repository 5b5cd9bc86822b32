// SPDX-License-Identifier: GPL-2.0-or-later
// From lines of strace text to whole calls: finds the thread of each line, joins what "unfinished"
// and "resumed" or foreign output have torn, and passes over what is no call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trace/strace_calls.h"
#include "trace/strace_input.h"
#include "trace/strace_line.h"
#include "trace/strace_threads.h"

namespace mmsim {

// What may make a record.
struct StraceItem {
    enum class What {
        end,    // of the input
        call,   // a whole call; its parts are in `call`
        gone,   // a thread without a word: killed, or its exit was not shown
        touch,  // the comment "# touch"
    };
    What what = What::end;
    std::int64_t tid = 0;
    std::uint64_t start_line = 0;
    StraceThread* thread = nullptr;        // call
    const StraceCallKind* kind = nullptr;  // call
    bool ends_group = false;               // gone: within exit_group
    TouchCall touch;
};

class StraceStream {
public:
    explicit StraceStream(std::unique_ptr<LineSource> source);

    // The next item, good until the next call.
    const StraceItem& next();

    // The parts of the item's call.
    StraceCall& call() { return call_; }
    // Mends the item's call where its parts can't be read. False: nothing helps.
    bool mend();

    StraceInput& input() { return input_; }
    const StraceInput& input() const { return input_; }
    StraceThreads& threads() { return threads_; }
    const StraceThreads& threads() const { return threads_; }

    const std::vector<MadviseCall>& ranges() const { return ranges_; }

private:
    // Where a call began.
    struct Beginning {
        std::uint64_t line = 0;
        std::int64_t child = 0;  // a clone: the pid that a notice gave away
    };
    // The first half of a line that something else was printed into.
    struct TornLine {
        bool open = false;
        std::string text;
        std::int64_t id = 0;  // of its thread; 0: not known
        Beginning begun;
        std::size_t joins = 0;
    };
    // The last line that broke off.
    struct BrokenLine {
        std::uint64_t line = 0;
        std::int64_t id = 0;  // of the thread whose pending call it is; 0: it makes no record
    };
    enum class Outcome { item, nothing, torn };

    bool read_line(std::string_view line);
    bool read_comment(std::string_view line);
    bool read_body(const StracePrefix& prefix);
    bool read_end(const StracePrefix& prefix);
    bool read_resumed(const StracePrefix& prefix, const ResumedCall& resumed);
    bool read_unknown(std::string_view line);
    bool read_continuation(std::string_view line, bool& is_item);
    bool read_unmarked(std::string_view line, bool& is_item);
    bool read_buried(std::string_view line);
    void read_notice(const StraceNotice& notice);

    bool read_call(std::int64_t pid, std::string_view text);
    Outcome read_text(StraceThread& thread, const StraceCallKind* kind, const Beginning& begun);
    Outcome read_parts(StraceThread& thread, const StraceCallKind& kind, std::uint64_t start_line);
    Outcome read_other(std::string_view text);
    void keep_torn(const StraceThread* thread, std::string_view text, std::uint64_t start_line);
    void drop_torn();
    void drop_pending(StraceThread& thread);
    const StraceCallKind* kind_of(const StraceThread& thread, std::string_view name) const;
    void count(StraceResult::State state);
    void tell();
    void finish();

    StraceInput input_;
    StraceThreads threads_;
    StraceItem item_;
    TornLine torn_;
    BrokenLine broken_;
    std::string text_;  // the call at hand
    std::string path_;
    std::vector<MadviseCall> ranges_;
    AioRings rings_;
    StraceCall call_;
    std::int64_t last_tid_ = kInitialTid;
    std::uint64_t successes_ = 0;
    std::uint64_t failures_ = 0;
    bool saw_exit_call_ = false;
    bool saw_exit_line_ = false;
    bool in_summary_ = false;  // of -c or -C
};

}  // namespace mmsim
