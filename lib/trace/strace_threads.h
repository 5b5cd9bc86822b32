// SPDX-License-Identifier: GPL-2.0-or-later
// Which thread a line of strace text belongs to.
//
// With -f, strace names the thread only while it traces more than one: the same file may begin
// without pids, go on with them and end without. All lines of one thread get one number here: its
// pid, but kInitialTid for the initial thread where the file begins without pids.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "trace/strace_calls.h"
#include "trace/trace_record.h"

namespace mmsim {

// A call that has begun and not finished: "mmap(NULL, 4096 <unfinished ...>".
struct StracePending {
    std::string text;  // without the mark
    std::uint64_t line = 0;
    const StraceCallKind* kind = nullptr;  // null: there is none
    std::int64_t child = 0;                // the pid that a notice gave away; 0: not known
};

struct StraceThread {
    std::int64_t id = 0;   // what records carry
    std::int64_t pid = 0;  // what strace prints; 0: not known
    bool exiting = false;  // see exits()
    bool compat = false;   // runs in 32-bit mode: its call numbers are not ours
    StracePending pending;
};

class StraceThreads {
public:
    enum class Line : std::uint8_t { call, resumed, end };  // "brk(", "<... brk resumed>", "+++"

    // The thread of a line with that pid (-1: none).
    StraceThread& of_line(std::int64_t pid, Line line);

    // Null if it is not there.
    StraceThread* find(std::int64_t pid);
    StraceThread* with_id(std::int64_t id);

    void attached(std::int64_t pid);   // strace said so
    void created(std::int64_t pid);    // a clone returned it
    void exits(StraceThread& thread);  // it called exit: no more calls, but maybe "+++ exited"
    void ended(const StraceThread& thread);

    // execve in thread `pid` made an end of all others, and gave it the pid of the first. What it
    // had begun goes on there. Returns the number that is gone, 0 if it was never seen.
    std::int64_t superseded(StraceThread& leader, std::int64_t pid);

    // The clones that have begun, in that order.
    std::vector<const StraceThread*> cloning() const;

    std::int64_t initial_tid() const { return initial_pid_ != 0 ? initial_pid_ : kInitialTid; }
    bool saw_pids() const { return saw_pids_; }
    bool saw_several() const { return saw_several_; }

private:
    std::int64_t id_of(std::int64_t pid) const;
    bool is_known_child(std::int64_t pid) const;
    void learn_initial(std::int64_t pid, Line line);
    StraceThread& without_pid(Line line);
    StraceThread& get(std::int64_t id, std::int64_t pid);

    std::unordered_map<std::int64_t, StraceThread> threads_;  // that live, by id
    std::vector<std::int64_t> children_;  // results of clone, the latest ones; a ring
    std::size_t next_child_ = 0;          // the place in it that is written next
    std::vector<std::int64_t> exiting_;   // ids of the latest that called exit; a ring
    std::size_t next_exiting_ = 0;
    std::int64_t initial_pid_ = 0;  // 0: not known
    std::int64_t recent_id_ = 0;    // the thread of the last line
    bool began_with_pids_ = false;
    bool saw_line_ = false;
    bool saw_pids_ = false;
    bool saw_several_ = false;

    // The answer to the last question, good until threads come or go.
    StraceThread* last_ = nullptr;
    std::int64_t last_pid_ = 0;
};

}  // namespace mmsim
