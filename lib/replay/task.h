// SPDX-License-Identifier: GPL-2.0-or-later
// Who makes calls: processes, their threads and their tables of descriptors.
//
// Pure bookkeeping. It knows no kernel and no files: an open file description is a number that
// whoever uses the tables hands out. Memory grows with what is alive and, by a few words, with
// every process that ever was.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "trace/trace_record.h"

namespace mmsim {

// An open file description, as its owner numbers it. 0: none.
using FileNumber = std::uint32_t;

struct Descriptor {
    FileNumber file = 0;
    bool close_on_exec = false;
};

// Linux: struct files_struct.
class FdTable {
public:
    // What `fd` stands for; no file when it is not open.
    Descriptor at(std::int64_t fd) const;
    // Returns what was there before.
    Descriptor set(std::int64_t fd, Descriptor descriptor);

    // Calls f(fd, descriptor) for each open one from `first` to `last`, in ascending order.
    // f may set() that fd.
    template <typename F>
    void for_each(std::int64_t first, std::int64_t last, F f);

private:
    static constexpr std::int64_t kDense = 1024;  // from here on in a map

    std::vector<Descriptor> low_;
    std::map<std::int64_t, Descriptor> high_;
};

struct Process {
    std::int64_t pid = 0;
    std::uint32_t number = 0;  // in order of appearance, from 0
    bool ended = false;
    bool begun = false;     // the trace shows its execve, ...
    bool stacked = false;   // ... and after it, memory for the stack of a thread
    std::string directory;  // the current one; empty or relative as far as it is not known
    std::vector<std::int64_t> threads;  // ids of those that have not ended
    std::shared_ptr<FdTable> fds;       // null once it has ended
};

class TaskTable {
public:
    // The process of a thread; null when nobody has created such a thread. A process that has
    // ended is still found.
    Process* find(std::int64_t thread);
    // A process that nobody created: it has no descriptors. A clone that returns this thread later
    // has nothing left to do.
    Process& add_process(std::int64_t thread);
    // A thread that nobody created, likewise.
    void add_thread(Process& process, std::int64_t thread);
    // Carries out a fork, vfork or clone. Returns the child's process: with CLONE_THREAD the
    // parent's. `early`: the child shows up before the call returns.
    Process& clone(Process& parent, std::uint64_t flags, std::int64_t child, bool early = false);
    // Whether the thread appeared before the call that creates it returned. Asked when it returns:
    // a second call says no.
    bool take_early(std::int64_t thread);

    // Whether the thread is one of its process is a guess.
    void doubt(std::int64_t thread);
    bool doubted(std::int64_t thread) const;
    // It was none: a process of its own, with the descriptors as they are. REQUIRES: doubted()
    Process& separate(std::int64_t thread);

    // Descriptors marked for it are closed, the table is no longer shared, one thread is left.
    void exec(Process& process, std::int64_t thread);
    // The thread ends; with it the process, if it was the last one. Returns whether it was.
    bool exit_thread(std::int64_t thread);
    void exit_process(Process& process);

    FileNumber file_at(const Process& process, std::int64_t fd) const {
        return process.fds->at(fd).file;
    }
    // `fd` now stands for `file`; what it stood for is closed.
    void open(Process& process, std::int64_t fd, FileNumber file, bool close_on_exec);
    void close(Process& process, std::int64_t first, std::int64_t last);
    // Number of descriptors, in all processes, that stand for `file`.
    std::uint32_t descriptors(FileNumber file) const;

    // Files that no descriptor stands for any more, in the order they were closed. The caller
    // empties the list.
    std::vector<FileNumber>& released() { return released_; }

    const std::deque<Process>& processes() const { return processes_; }

private:
    struct Thread {
        Process* process = nullptr;
        bool early = false;
        bool doubted = false;
    };

    void take(FileNumber file);
    void drop(FileNumber file);
    void leave(std::shared_ptr<FdTable>& table);

    std::deque<Process> processes_;
    std::unordered_map<std::int64_t, Thread> threads_;
    std::vector<std::uint32_t> counts_;  // by FileNumber
    std::vector<FileNumber> released_;
};

// The id under which TaskTable knows who made a call: strace names threads, JSON processes.
inline std::int64_t task_id(const TraceRecord& record) {
    return record.pid != 0 ? record.pid : record.tid;
}

template <typename F>
void FdTable::for_each(std::int64_t first, std::int64_t last, F f) {
    const auto dense = static_cast<std::int64_t>(low_.size());
    for (std::int64_t fd = first < 0 ? 0 : first; fd < dense && fd <= last; ++fd) {
        const Descriptor d = low_[static_cast<std::size_t>(fd)];
        if (d.file != 0) f(fd, d);
    }
    auto it = high_.lower_bound(first);
    while (it != high_.end() && it->first <= last) {
        const auto [fd, d] = *it++;  // f may remove the entry
        f(fd, d);
    }
}

}  // namespace mmsim
