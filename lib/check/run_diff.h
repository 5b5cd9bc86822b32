// SPDX-License-Identifier: GPL-2.0-or-later
// Replays a trace under several settings at once, step by step together, and notes where they part.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "check/diff.h"
#include "report/run.h"
#include "trace/shared_reader.h"

namespace mmsim {

struct DiffSetting {
    std::string name;  // the options as typed
    ReplayOptions options;
};

struct DiffWants {
    std::size_t cap = kListCap;  // entries that a list keeps
    bool film = false;           // film()
};

class RunDiff {
public:
    // The first setting is what the others are compared with. Throws InputError as Run does, with
    // the setting in front. REQUIRES: reader outlives it; two settings at least
    RunDiff(const std::string& trace, TraceReader& reader, const std::vector<DiffSetting>& settings,
            DiffWants wants = {});
    ~RunDiff();

    // Replays one event under each setting. False when the trace is over.
    bool step();
    std::uint64_t events() const;
    // REQUIRES: the trace is over
    Diff finish();
    // Of the run under a setting. REQUIRES: finish() was called; for the film, that it was wanted
    const Report& report(std::size_t setting) const;
    const Film& film(std::size_t setting) const;
    // Broken invariants of settings with --verify: "--new: event 12 (line 40): ...".
    std::vector<std::string> broken() const;

private:
    class Watcher;
    struct Side;
    struct Space;
    void compare_calls(const Side& old, const Side& now, DiffAgainst& found) const;
    void compare_layouts(Side& old, Side& now, DiffAgainst& found) const;

    DiffWants wants_;
    SharedReader shared_;
    std::vector<std::unique_ptr<Side>> sides_;
    Diff diff_;
};

}  // namespace mmsim
