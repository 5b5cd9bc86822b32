// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/task.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/linux_abi.h"

namespace mmsim {

Descriptor FdTable::at(std::int64_t fd) const {
    if (fd < 0) return {};
    if (fd < static_cast<std::int64_t>(low_.size())) return low_[static_cast<std::size_t>(fd)];
    if (fd < kDense || high_.empty()) return {};
    const auto found = high_.find(fd);
    return found == high_.end() ? Descriptor{} : found->second;
}

Descriptor FdTable::set(std::int64_t fd, Descriptor descriptor) {
    MMSIM_ASSERT(fd >= 0);
    const Descriptor before = at(fd);
    if (fd >= kDense) {
        if (descriptor.file != 0) {
            high_[fd] = descriptor;
        } else {
            high_.erase(fd);
        }
        return before;
    }
    const auto slot = static_cast<std::size_t>(fd);
    if (slot >= low_.size()) low_.resize(slot + 1);
    low_[slot] = descriptor;
    return before;
}

Process* TaskTable::find(std::int64_t thread) {
    const auto found = threads_.find(thread);
    return found == threads_.end() ? nullptr : found->second.process;
}

Process& TaskTable::add_process(std::int64_t thread) {
    Process& process = processes_.emplace_back();
    process.pid = thread;
    process.number = static_cast<std::uint32_t>(processes_.size() - 1);
    process.threads.push_back(thread);
    process.fds = std::make_shared<FdTable>();
    threads_[thread] = {&process, true};
    return process;
}

void TaskTable::add_thread(Process& process, std::int64_t thread) {
    process.threads.push_back(thread);
    threads_[thread] = {&process, true};
}

Process& TaskTable::clone(Process& parent, std::uint64_t flags, std::int64_t child, bool early) {
    if ((flags & kCloneThread) != 0) {
        parent.threads.push_back(child);
        threads_[child] = {&parent, early};
        return parent;
    }
    Process& process = add_process(child);
    process.directory = parent.directory;
    threads_[child].early = early;
    if ((flags & kCloneFiles) != 0) {
        process.fds = parent.fds;
        return process;
    }
    *process.fds = *parent.fds;
    process.fds->for_each(0, std::numeric_limits<std::int64_t>::max(),
                          [&](std::int64_t, Descriptor d) { take(d.file); });
    return process;
}

bool TaskTable::take_early(std::int64_t thread) {
    const auto found = threads_.find(thread);
    if (found == threads_.end()) return false;
    return std::exchange(found->second.early, false);
}

void TaskTable::doubt(std::int64_t thread) { threads_[thread].doubted = true; }

bool TaskTable::doubted(std::int64_t thread) const {
    const auto found = threads_.find(thread);
    return found != threads_.end() && found->second.doubted;
}

Process& TaskTable::separate(std::int64_t thread) {
    MMSIM_ASSERT(doubted(thread));
    Process& from = *threads_[thread].process;
    std::erase(from.threads, thread);
    return clone(from, 0, thread, threads_[thread].early);
}

void TaskTable::exec(Process& process, std::int64_t thread) {
    for (const std::int64_t other : process.threads) {
        if (other != thread) threads_.erase(other);
    }
    process.threads.assign(1, thread);
    // strace names the thread that called; from here on it has the process's own id.
    threads_[thread].process = &process;
    if (thread != process.pid) {
        process.threads.push_back(process.pid);
        threads_[process.pid] = {&process, false};
    }

    if (process.fds.use_count() != 1) {
        auto own = std::make_shared<FdTable>(*process.fds);
        own->for_each(0, std::numeric_limits<std::int64_t>::max(),
                      [&](std::int64_t, Descriptor d) { take(d.file); });
        process.fds = std::move(own);
    }
    process.fds->for_each(0, std::numeric_limits<std::int64_t>::max(),
                          [&](std::int64_t fd, Descriptor d) {
                              if (!d.close_on_exec) return;
                              process.fds->set(fd, {});
                              drop(d.file);
                          });
}

bool TaskTable::exit_thread(std::int64_t thread) {
    const auto found = threads_.find(thread);
    if (found == threads_.end() || found->second.process->ended) return false;
    Process& process = *found->second.process;
    if (process.threads.size() <= 1) {
        exit_process(process);
        return true;
    }
    std::erase(process.threads, thread);
    threads_.erase(found);
    return false;
}

void TaskTable::exit_process(Process& process) {
    // The threads stay known: what strace still prints about them belongs to no new process.
    process.ended = true;
    process.threads.clear();
    process.threads.shrink_to_fit();
    leave(process.fds);
}

void TaskTable::open(Process& process, std::int64_t fd, FileNumber file, bool close_on_exec) {
    take(file);
    const Descriptor before = process.fds->set(fd, {file, close_on_exec});
    if (before.file != 0) drop(before.file);
}

void TaskTable::close(Process& process, std::int64_t first, std::int64_t last) {
    process.fds->for_each(first, last, [&](std::int64_t fd, Descriptor d) {
        process.fds->set(fd, {});
        drop(d.file);
    });
}

std::uint32_t TaskTable::descriptors(FileNumber file) const {
    return file < counts_.size() ? counts_[file] : 0;
}

void TaskTable::take(FileNumber file) {
    if (file >= counts_.size()) counts_.resize(file + std::size_t{1});
    ++counts_[file];
}

void TaskTable::drop(FileNumber file) {
    if (--counts_[file] == 0) released_.push_back(file);
}

void TaskTable::leave(std::shared_ptr<FdTable>& table) {
    if (table.use_count() == 1) {
        table->for_each(0, std::numeric_limits<std::int64_t>::max(),
                        [&](std::int64_t, Descriptor d) { drop(d.file); });
    }
    table.reset();
}

}  // namespace mmsim
