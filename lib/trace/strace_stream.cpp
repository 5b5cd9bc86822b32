// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_stream.h"

#include <utility>

#include "base/text.h"
#include "trace/strace_mend.h"

namespace mmsim {
namespace {

// Into how many pieces a line may be torn. Bounds the work on hostile input.
constexpr std::size_t kMostJoins = 8;

using Role = StraceCallKind::Role;
using State = StraceResult::State;
using Line = StraceThreads::Line;

// Whether the text is one call, from its name to its result.
bool is_whole(std::string_view text) {
    StraceArgs args;
    text.remove_prefix(text.find('(') + 1);
    return split_args(text, args) && parse_result(text.substr(args.end)).state != State::missing;
}

// How a call that no record comes from ended; missing if it is not whole.
State other_state(std::string_view text) {
    for (std::size_t at = text.rfind('='); at != npos && at > 0; at = text.rfind('=', at - 1)) {
        if (text.substr(at - 1, 3) != " = " || at + 2 == text.size()) continue;
        const char c = text[at + 2];
        return c == '-' ? State::failure : c == '?' ? State::unknown : State::success;
    }
    return State::missing;
}

}  // namespace

StraceStream::StraceStream(std::unique_ptr<LineSource> source)
    : input_(std::move(source)), call_(text_, path_, ranges_, rings_) {}

const StraceItem& StraceStream::next() {
    std::string_view line;
    while (input_.next(line)) {
        if (line.empty() || !read_line(line)) continue;
        tell();
        return item_;
    }
    finish();
    item_.what = StraceItem::What::end;
    return item_;
}

void StraceStream::tell() {
    ReadSummary& summary = input_.summary();
    summary.saw_pids = threads_.saw_pids();
    summary.saw_clone = threads_.saw_several();
    summary.initial_tid = threads_.initial_tid();
}

void StraceStream::finish() {
    drop_torn();
    tell();
    ReadSummary& summary = input_.summary();
    summary.only_failures = failures_ > 0 && successes_ == 0;
    // Without -z, a trace of all calls has the exit of what it says has exited.
    summary.only_successes = failures_ == 0 && successes_ > 0 && summary.saw_other_calls &&
                             saw_exit_line_ && !saw_exit_call_;
}

bool StraceStream::read_line(std::string_view line) {
    if (line[0] == '#') return read_comment(line);
    if (line[0] == ' ' && is_stack_frame(line)) {
        input_.summary().saw_stacks = true;
        return false;
    }
    if (line[0] == ' ' && is_dump_row(line)) return false;
    const StracePrefix prefix = cut_prefix(line);
    const std::string_view body = prefix.rest;
    if (!body.empty() && (is_letter(body[0]) || body[0] == '?')) {
        if (call_name(body).empty() && !body.starts_with("????")) return read_unknown(line);
        drop_torn();
        in_summary_ = false;
        return read_call(prefix.pid, body);
    }
    if (const auto resumed = resumed_call(body)) return read_resumed(prefix, *resumed);
    if (is_end_note(body)) return read_end(prefix);
    if (body.starts_with("--- ") && body.ends_with(" ---")) {
        drop_torn();
        threads_.of_line(prefix.pid, Line::call);
        return false;
    }
    return read_unknown(line);
}

// "# touch" belongs to the thread of the call before it; all other comments are the user's.
bool StraceStream::read_comment(std::string_view line) {
    bool wrong = false;
    const auto touch = parse_touch(line, wrong);
    if (wrong) input_.warn("touch wants ADDR LEN r|w [fault-at ADDR]:", line);
    if (!touch) return false;
    item_.what = StraceItem::What::touch;
    item_.tid = last_tid_;
    item_.start_line = input_.line_number();
    item_.touch = *touch;
    return true;
}

bool StraceStream::read_end(const StracePrefix& prefix) {
    constexpr std::string_view kSuperseded = "+++ superseded by execve in pid ";
    drop_torn();
    StraceThread& thread = threads_.of_line(prefix.pid, Line::end);
    item_.what = StraceItem::What::gone;
    item_.start_line = input_.line_number();
    item_.ends_group = false;
    if (prefix.rest.starts_with(kSuperseded)) {
        std::string_view pid = prefix.rest.substr(kSuperseded.size());
        pid = pid.substr(0, pid.find_first_of(" <"));
        item_.tid = threads_.superseded(
            thread, static_cast<std::int64_t>(parse_number(pid).value_or(0) & 0x7fffffff));
        return item_.tid != 0;
    }
    saw_exit_line_ = true;
    const StracePending& pending = thread.pending;
    if (pending.kind != nullptr && pending.kind->role == Role::exit_group) {
        item_.start_line = pending.line;
        item_.ends_group = true;
    }
    item_.tid = thread.id;
    const bool is_news = !thread.exiting;
    threads_.ended(thread);
    return is_news;
}

bool StraceStream::read_resumed(const StracePrefix& prefix, const ResumedCall& resumed) {
    drop_torn();
    StraceThread& thread = threads_.of_line(prefix.pid, Line::resumed);
    const StraceCallKind* const kind = kind_of(thread, resumed.name);
    StracePending& pending = thread.pending;
    last_tid_ = thread.id;
    Beginning begun{input_.line_number(), 0};
    if (kind != nullptr && kind == pending.kind) {
        text_.assign(pending.text).append(resumed.rest);
        begun = {pending.line, pending.child};
        pending.kind = nullptr;
    } else {
        text_.assign(resumed.name).append("(").append(resumed.rest);
        if (kind != nullptr && kind->role != Role::exec) {
            input_.warn("resumed, but its beginning is missing:", resumed.name);
            return false;
        }
        // An execve without beginning: with -ff that is in the file of another thread.
    }
    const Outcome outcome = read_text(thread, kind, begun);
    if (outcome == Outcome::torn) keep_torn(&thread, text_, begun.line);
    return outcome == Outcome::item;
}

const StraceCallKind* StraceStream::kind_of(const StraceThread& thread,
                                            std::string_view name) const {
    // The numbers of 32-bit processes are others.
    if (thread.compat && (name.starts_with("syscall_") || name.starts_with("SYS_"))) return nullptr;
    return find_call(name);
}

// A line that begins with a call.
bool StraceStream::read_call(std::int64_t pid, std::string_view text) {
    const std::string_view name = call_name(text);
    const StraceCallKind* kind = find_call(name);
    const std::uint64_t line = input_.line_number();
    if (kind == nullptr) {
        const bool torn = read_other(text) == Outcome::torn;
        // If nothing of it is strace's the program may have printed it, pid and all.
        StraceThread* thread = nullptr;
        if (!torn || find_notice(text)) {
            thread = &threads_.of_line(pid, Line::call);
            last_tid_ = thread->id;
        }
        if (torn) keep_torn(thread, text, line);
        return false;
    }
    StraceThread& thread = threads_.of_line(pid, Line::call);
    last_tid_ = thread.id;
    if (thread.compat) kind = kind_of(thread, name);
    text_.assign(text);
    const Outcome outcome = read_text(thread, kind, {line, 0});
    if (outcome == Outcome::torn) keep_torn(&thread, text, line);
    return outcome == Outcome::item;
}

// Reads the call in text_.
StraceStream::Outcome StraceStream::read_text(StraceThread& thread, const StraceCallKind* kind,
                                              const Beginning& begun) {
    if (kind == nullptr) return read_other(text_);
    if (const std::size_t mark = break_mark(text_); mark != npos) {
        drop_pending(thread);
        thread.pending.text.assign(text_, 0, mark);
        thread.pending.line = begun.line;
        thread.pending.kind = kind;
        thread.pending.child = begun.child;
        broken_ = {input_.line_number(), thread.id};
        return Outcome::nothing;
    }
    const Outcome outcome = read_parts(thread, *kind, begun.line);
    if (outcome == Outcome::item) drop_pending(thread);
    return outcome;
}

StraceStream::Outcome StraceStream::read_parts(StraceThread& thread, const StraceCallKind& kind,
                                               std::uint64_t start_line) {
    item_.kind = &kind;
    const bool whole = split_call(call_);
    if ((!whole || torn_.open) && !mend() && !split_call(call_)) return Outcome::torn;
    count(call_.result.state);
    if (call_.result.state == State::restarted) return Outcome::nothing;
    if (kind.role >= Role::exit) saw_exit_call_ = true;
    item_.what = StraceItem::What::call;
    item_.tid = thread.id;
    item_.start_line = start_line;
    item_.thread = &thread;
    call_.pid = thread.pid;
    call_.unreadable = false;
    call_.problem = {};
    ranges_.clear();
    return Outcome::item;
}

// The item's call without what the program wrote into its line.
bool StraceStream::mend() {
    const std::size_t before = text_.size();
    if (!mend_call(call_, *item_.kind)) return false;
    if (text_.size() != before) input_.warn("the program wrote into the line:", text_);
    return true;
}

// A call that makes no record: of interest is only that it is there, and how it ended.
StraceStream::Outcome StraceStream::read_other(std::string_view text) {
    if (break_mark(text) != npos) {
        broken_ = {input_.line_number(), 0};
    } else {
        const State state = other_state(text);
        if (state == State::missing) return Outcome::torn;
        count(state);
    }
    input_.summary().saw_other_calls = true;
    return Outcome::nothing;
}

void StraceStream::drop_pending(StraceThread& thread) {
    if (thread.pending.kind == nullptr) return;
    input_.warn_at(thread.pending.line, "this call is never resumed:", thread.pending.text);
    thread.pending.kind = nullptr;
}

// The line ends before its call does: strace's own messages, the output of the program, or the end
// of the input came in between.
void StraceStream::keep_torn(const StraceThread* thread, std::string_view text,
                             std::uint64_t start_line) {
    if (input_.is_cut()) {
        input_.warn("the line is cut off:", text);
        return;
    }
    const auto notice = find_notice(text);
    torn_.open = true;
    torn_.text.assign(text.substr(0, notice ? notice->at : npos));
    torn_.id = thread == nullptr ? 0 : thread->id;
    torn_.begun = {start_line, 0};
    torn_.joins = 0;
    if (!notice) return;
    if (notice->kind == StraceNotice::Kind::attached) torn_.begun.child = notice->pid;
    read_notice(*notice);
}

void StraceStream::drop_torn() {
    if (!torn_.open) return;
    torn_.open = false;
    input_.warn_at(torn_.begun.line, "a call without its result:", torn_.text);
}

void StraceStream::read_notice(const StraceNotice& notice) {
    switch (notice.kind) {
        case StraceNotice::Kind::attached:
            threads_.attached(notice.pid);
            break;
        case StraceNotice::Kind::mode32:
        case StraceNotice::Kind::mode64:
            if (StraceThread* thread = threads_.find(notice.pid)) {
                thread->compat = notice.kind == StraceNotice::Kind::mode32;
            }
            break;
        case StraceNotice::Kind::other:
            break;
    }
}

// Neither a call nor anything else that strace prints by itself.
bool StraceStream::read_unknown(std::string_view line) {
    if (const auto notice = find_notice(line); notice && notice->at == 0) {
        read_notice(*notice);
        return false;
    }
    bool is_item = false;
    if (broken_.line != 0 && broken_.line + 1 == input_.line_number() &&
        read_unmarked(line, is_item))
        return is_item;
    if (torn_.open && read_continuation(line, is_item)) return is_item;
    if (begins_summary(line)) in_summary_ = true;
    if (in_summary_) return false;
    if (input_.is_cut()) {
        input_.warn("the line is cut off:", line);
        return false;
    }
    input_.warn("not a line of strace:", line);
    return read_buried(line);
}

// The second half of the call on the line before, which -z and -Z print without "resumed".
bool StraceStream::read_unmarked(std::string_view line, bool& is_item) {
    StraceThread* const thread = broken_.id == 0 ? nullptr : threads_.with_id(broken_.id);
    if (thread == nullptr || thread->pending.kind == nullptr) {
        return other_state(line) != State::missing && read_other(line) != Outcome::torn;
    }
    StracePending& pending = thread->pending;
    const StraceCallKind* const kind = pending.kind;
    text_.assign(pending.text).append(line);
    pending.kind = nullptr;
    const Outcome outcome = read_text(*thread, kind, {pending.line, pending.child});
    if (outcome == Outcome::torn) pending.kind = kind;
    is_item = outcome == Outcome::item;
    return outcome != Outcome::torn;
}

// The rest of a torn line? `is_item`: it makes the call whole.
bool StraceStream::read_continuation(std::string_view line, bool& is_item) {
    const auto notice = find_notice(line);
    text_.assign(torn_.text).append(line.substr(0, notice ? notice->at : npos));
    StraceThread* const thread = torn_.id == 0 ? nullptr : threads_.with_id(torn_.id);
    const Outcome outcome =
        thread == nullptr ? read_other(text_)
                          : read_text(*thread, kind_of(*thread, call_name(text_)), torn_.begun);
    if (outcome != Outcome::torn) {
        torn_.open = false;
        is_item = outcome == Outcome::item;
        return true;
    }
    if (!notice && !looks_torn_off(line)) return false;
    if (++torn_.joins > kMostJoins) return false;
    torn_.text.swap(text_);
    if (notice) read_notice(*notice);
    return true;
}

// A call behind output that ended without a newline: "Loading... mmap(NULL, 4096, ...) = 0x7f...".
bool StraceStream::read_buried(std::string_view line) {
    if (const std::size_t pid = line.find("[pid ", 1); pid != npos) {
        const StracePrefix prefix = cut_prefix(line.substr(pid));
        if (prefix.pid < 0) return false;
        if (is_end_note(prefix.rest)) return read_end(prefix);
        return !call_name(prefix.rest).empty() && read_call(prefix.pid, prefix.rest);
    }
    if (const std::size_t end = line.rfind("+++ ");
        end != npos && end > 0 && is_end_note(line.substr(end))) {
        return read_end({-1, line.substr(end)});
    }
    if (threads_.saw_pids()) return false;
    std::size_t tries = 0;
    for (std::size_t open = line.find('('); open != npos && tries < kMostJoins; ++tries) {
        std::size_t begin = open;
        while (begin > 0 && is_name_char(line[begin - 1])) --begin;
        const std::string_view call = line.substr(begin);
        if (find_call(line.substr(begin, open - begin)) != nullptr && is_whole(call)) {
            return read_call(-1, call);
        }
        open = line.find('(', open + 1);
    }
    return false;
}

void StraceStream::count(State state) {
    if (state == State::success) ++successes_;
    if (state == State::failure) ++failures_;
}

}  // namespace mmsim
