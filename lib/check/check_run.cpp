// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check_run.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace mmsim {

namespace {

// The traces, their results, and the threads that make the ones of the others.
class CheckPool {
public:
    CheckPool(const std::vector<FoundTrace>& traces, const CheckRunOptions& options)
        : traces_(traces), options_(options), slots_(traces.size()) {
        SettingsOfFolders folders;
        settings_.reserve(traces.size());
        for (const FoundTrace& trace : traces) settings_.push_back(folders.of_trace(trace.path));
        // One job needs no thread beside this one.
        const std::size_t threads =
            options.jobs > 1 ? std::min<std::size_t>(options.jobs, traces.size()) : 0;
        for (std::size_t i = 0; i < threads; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }
    // Does not wait for traces that nobody has begun.
    ~CheckPool() { next_ = traces_.size(); }
    CheckPool(const CheckPool&) = delete;
    CheckPool& operator=(const CheckPool&) = delete;

    // Waits for the result of a trace. Nullopt: it was given up.
    std::optional<CheckResult> result(std::size_t index) {
        Slot& slot = slots_[index];
        if (threads_.empty()) {
            slot = check(index);
        } else {
            std::unique_lock lock(mutex_);
            done_.wait(lock, [&] { return slot.done; });
        }
        if (slot.error) std::rethrow_exception(slot.error);
        return std::move(slot.result);
    }

private:
    struct Slot {
        bool done = false;
        std::optional<CheckResult> result;
        std::exception_ptr error;
    };

    void work() {
        for (std::size_t i = next_++; i < traces_.size(); i = next_++) {
            Slot slot = check(i);
            slot.done = true;
            const std::scoped_lock lock(mutex_);
            slots_[i] = std::move(slot);
            done_.notify_all();
        }
    }

    Slot check(std::size_t index) const {
        Slot slot;
        if (options_.stop != nullptr && options_.stop->load()) return slot;
        try {
            slot.result = check_trace(traces_[index].path,
                                      {settings_[index], options_.update, options_.stop});
            if (slot.result) slot.result->number = traces_[index].number;
        } catch (...) {
            slot.error = std::current_exception();
        }
        return slot;
    }

    const std::vector<FoundTrace>& traces_;
    const CheckRunOptions& options_;
    std::vector<std::shared_ptr<const CheckSettings>> settings_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::vector<Slot> slots_;
    std::atomic<std::size_t> next_ = 0;
    std::vector<std::jthread> threads_;  // last: they are joined first
};

}  // namespace

CheckReport run_check(const std::vector<FoundTrace>& traces, const CheckRunOptions& options) {
    CheckReport report;
    CheckPool pool(traces, options);
    for (std::size_t i = 0; i < traces.size(); ++i) {
        auto result = pool.result(i);
        if (!result) {
            report.interrupted = true;
            continue;
        }
        options.result(*result);
        report.results.push_back(std::move(*result));
    }
    return report;
}

}  // namespace mmsim
