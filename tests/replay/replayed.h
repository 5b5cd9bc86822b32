// SPDX-License-Identifier: GPL-2.0-or-later
// A trace as text, replayed, and what came of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "replay/engine.h"

namespace mmsim::test {

class Replayed final : private StepSink {
public:
    // `text`: strace text or JSON, told apart by content. The invariants are checked after every
    // event.
    explicit Replayed(std::string text, ReplayOptions options = {});
    ~Replayed() override;

    // The layout of a process, a line each: "10000-12000 rw-p 00000000 /x"; at its exit if it
    // has ended. 0: the first process.
    std::string maps(std::int64_t pid = 0) const;
    // The flags of each mapping, a line each: "rd wr mr mw me ac".
    std::string flags(std::int64_t pid = 0) const;
    // "7 forced", line and kind of each divergence.
    const std::vector<std::string>& divergences() const { return divergences_; }
    // "12:mmap" for each event that the engine told of, by line and kind of work; in order.
    const std::vector<std::string>& events() const { return events_; }
    // What each step came to: "ok", "ENOMEM", "skipped".
    const std::vector<std::string>& steps() const { return steps_; }
    // "process 7", "exec 7", "exit 7", in order.
    const std::vector<std::string>& lives() const { return lives_; }
    const Engine& engine() const { return *engine_; }

private:
    struct Ended {
        std::int64_t pid = 0;
        std::string maps, flags;
    };
    std::string describe(MmId mm, bool flags) const;
    std::string find(std::int64_t pid, bool flags) const;

    void on_event(const Step& step, MmOp op, const Event& event) override;
    void after_step(const Step& step) override;
    void on_process(std::int64_t pid, MmId mm) override;
    void on_exec(std::int64_t pid, MmId mm) override;
    void on_exit(std::int64_t pid, MmId mm) override;

    std::unique_ptr<TraceReader> reader_;
    std::vector<std::string> divergences_, events_, steps_, lives_;
    std::vector<Ended> ended_;
    std::unique_ptr<Engine> engine_;
};

// The sink of a replay nobody listens to.
class Deaf final : public StepSink {};

std::unique_ptr<TraceReader> trace_of(std::string text, std::string name = "trace");

// Lines joined, each with '\n'.
std::string lines(std::initializer_list<std::string_view> parts);

}  // namespace mmsim::test
