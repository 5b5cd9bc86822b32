// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_threads.h"

#include <algorithm>
#include <utility>

namespace mmsim {
namespace {

// A child prints its first line soon after the clone that made it, or never (without -f).
constexpr std::size_t kChildren = 1024;

// How many threads are kept of those that called exit, for strace to say that they are gone. It may
// have been told not to.
constexpr std::size_t kExiting = 1024;

bool is_cloning(const StraceThread& thread) {
    return thread.pending.kind != nullptr &&
           thread.pending.kind->role == StraceCallKind::Role::clone;
}

}  // namespace

std::int64_t StraceThreads::id_of(std::int64_t pid) const {
    return pid == initial_pid_ && !began_with_pids_ ? kInitialTid : pid;
}

StraceThread* StraceThreads::find(std::int64_t pid) { return with_id(id_of(pid)); }

StraceThread* StraceThreads::with_id(std::int64_t id) {
    const auto found = threads_.find(id);
    return found == threads_.end() ? nullptr : &found->second;
}

StraceThread& StraceThreads::get(std::int64_t id, std::int64_t pid) {
    const auto [place, is_new] = threads_.try_emplace(id);
    if (is_new) {
        place->second.id = id;
        place->second.pid = pid;
        saw_several_ |= threads_.size() > 1;
    }
    return place->second;
}

bool StraceThreads::is_known_child(std::int64_t pid) const {
    return threads_.contains(pid) || std::ranges::find(children_, pid) != children_.end();
}

// The file began without pids, and this is a pid in front of a line: is it the initial thread's?
void StraceThreads::learn_initial(std::int64_t pid, Line line) {
    const auto initial = threads_.find(kInitialTid);
    if (initial == threads_.end() || is_known_child(pid)) return;
    // A thread inside a clone prints nothing but its end; the child may run long before.
    if (is_cloning(initial->second) && line != Line::resumed) return;
    initial_pid_ = pid;
    initial->second.pid = pid;
}

StraceThread& StraceThreads::of_line(std::int64_t pid, Line line) {
    if (last_ != nullptr && pid == last_pid_) return *last_;
    if (pid >= 0) {
        saw_pids_ = true;
        if (!saw_line_) {
            began_with_pids_ = true;
            initial_pid_ = pid;
        } else if (initial_pid_ == 0) {
            learn_initial(pid, line);
        }
    }
    StraceThread& thread = pid < 0 ? without_pid(line) : get(id_of(pid), pid);
    saw_line_ = true;
    last_ = &thread;
    last_pid_ = pid;
    recent_id_ = thread.id;
    return thread;
}

// A line without pid belongs to the only thread that is traced at that time.
StraceThread& StraceThreads::without_pid(Line line) {
    if (!saw_pids_) {
        if (!saw_line_ && threads_.size() == 1) {
            // strace -p PID says whom it traces, and prints no pids.
            initial_pid_ = threads_.begin()->second.pid;
            threads_.clear();
        }
        return get(kInitialTid, initial_pid_);
    }
    StraceThread* only = nullptr;
    StraceThread* leaving = nullptr;
    std::size_t alive = 0;
    for (auto& [id, thread] : threads_) {
        (thread.exiting ? leaving : only) = &thread;
        alive += thread.exiting ? 0 : 1;
    }
    if (alive == 1) return *only;
    const auto recent = threads_.find(recent_id_);
    const std::int64_t initial = began_with_pids_ ? initial_pid_ : kInitialTid;
    if (alive > 1) {
        // strace may have been told not to say that a thread exits.
        const auto first = threads_.find(initial);
        if (first != threads_.end()) return first->second;
        return recent != threads_.end() ? recent->second : *only;
    }
    StraceThread* const last = recent != threads_.end() ? &recent->second : leaving;
    if (last != nullptr && line == Line::end) return *last;
    // Who called exit says no more. Nobody is left but a child that has not said anything yet.
    for (std::size_t i = children_.size(); i > 0; --i) {
        const std::int64_t child = children_[(next_child_ + i - 1) % children_.size()];
        if (child != 0) return get(id_of(child), child);
    }
    return last != nullptr ? *last : get(initial, initial_pid_);
}

void StraceThreads::attached(std::int64_t pid) {
    if (pid <= 0) return;
    last_ = nullptr;
    get(id_of(pid), pid);
}

void StraceThreads::created(std::int64_t pid) {
    saw_several_ = true;
    if (find(pid) != nullptr) return;
    if (children_.size() < kChildren) {
        children_.push_back(pid);
        next_child_ = 0;
    } else {
        children_[next_child_] = pid;
        next_child_ = (next_child_ + 1) % kChildren;
    }
}

void StraceThreads::exits(StraceThread& thread) {
    thread.exiting = true;
    if (exiting_.size() < kExiting) {
        exiting_.push_back(thread.id);
        return;
    }
    const auto oldest = threads_.find(std::exchange(exiting_[next_exiting_], thread.id));
    next_exiting_ = (next_exiting_ + 1) % kExiting;
    if (oldest == threads_.end() || !oldest->second.exiting) return;
    last_ = nullptr;
    threads_.erase(oldest);
}

void StraceThreads::ended(const StraceThread& thread) {
    last_ = nullptr;
    const std::int64_t pid = thread.pid;
    threads_.erase(thread.id);
    std::ranges::replace(children_, pid, std::int64_t{0});
}

std::int64_t StraceThreads::superseded(StraceThread& leader, std::int64_t pid) {
    StraceThread* const other = find(pid);
    if (other == nullptr || other == &leader) return 0;
    last_ = nullptr;
    leader.pending = std::move(other->pending);
    leader.exiting = false;
    const std::int64_t gone = other->id;
    threads_.erase(gone);
    return gone;
}

std::vector<const StraceThread*> StraceThreads::cloning() const {
    std::vector<const StraceThread*> found;
    for (const auto& [id, thread] : threads_) {
        if (is_cloning(thread)) found.push_back(&thread);
    }
    std::ranges::sort(found, {}, [](const StraceThread* thread) { return thread->pending.line; });
    return found;
}

}  // namespace mmsim
