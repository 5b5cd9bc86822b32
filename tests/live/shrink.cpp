// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/shrink.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace mmsim::live {
namespace {

// One call on both sides; a target that dies is a difference too.
bool step(Session& session, const Settings& settings, const Op& op, RunResult& result) {
    result.done.push_back(op);
    if (settings.verbose) std::fprintf(stderr, "[%d] %s", op.slot, op_text(op).c_str());
    try {
        result.difference = session.step(op);
        result.outcomes.push_back(session.last_outcome());
        result.errors.push_back(session.last_error());
    } catch (const std::runtime_error& error) {
        result.difference = Difference{error.what(), {}};
        result.outcomes.emplace_back("?");
    }
    if (settings.verbose) std::fprintf(stderr, " = %s\n", result.outcomes.back().c_str());
    return !result.difference;
}

void finish(Session& session, RunResult& result) {
    result.notes = session.notes();
    if (!result.difference) result.difference = session.compare_all();
}

}  // namespace

RunResult run_seed(const Settings& settings, std::uint64_t seed, std::size_t calls) {
    Session session(settings, seed);
    OpSource source = session.source();
    RunResult result;
    constexpr std::size_t kCallsInCrowd = 150;
    if (session.crowded()) calls = std::min(calls, kCallsInCrowd);
    for (std::size_t i = 0; i < calls; ++i) {
        if (!step(session, settings, source.next(session.simulation()), result)) break;
    }
    finish(session, result);
    return result;
}

RunResult run_ops(const Settings& settings, std::uint64_t seed, const std::vector<Op>& ops) {
    Session session(settings, seed);
    RunResult result;
    for (const Op& op : ops) {
        if (!harmless(op, session.simulation())) continue;
        if (!step(session, settings, op, result)) break;
    }
    finish(session, result);
    return result;
}

RunResult shrink(const Settings& settings, std::uint64_t seed, RunResult found) {
    Settings quiet = settings;
    quiet.verbose = false;
    for (std::size_t chunk = found.done.size() / 2; chunk > 0;) {
        bool shorter = false;
        for (std::size_t at = 0; at + 1 < found.done.size();) {
            std::vector<Op> fewer = found.done;
            const std::size_t end = std::min(at + chunk, fewer.size());
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at),
                        fewer.begin() + static_cast<std::ptrdiff_t>(end));
            RunResult again = run_ops(quiet, seed, fewer);
            if (again.difference) {
                found = std::move(again);
                shorter = true;
            } else {
                at += chunk;
            }
        }
        if (!shorter || chunk > 1) chunk /= 2;
    }
    return found;
}

}  // namespace mmsim::live
