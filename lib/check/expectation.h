// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace says must come out of it: "expect" in the trace, or the same JSON in a file beside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/threshold.h"
#include "mm/profile.h"
#include "report/run.h"

namespace mmsim {

// What an expectation is compared with.
struct RunOutcome {
    Report report;       // with its VMAs
    std::string layout;  // as -o maps prints it
};
// REQUIRES: the run is over, and was made with `vmas` and `layouts`
RunOutcome outcome_of(const Run& run);

struct Expectation {
    std::string json;  // an object, as text
    std::string name;  // for messages: "trace.json: expect", "trace.strace.expected"
};

// What is expected of the run under one kernel; none: the kernel that the trace names.
struct KernelExpectation {
    std::optional<KernelVersion> kernel;
    Expectation expectation;
};

// An expectation with the key "kernels" holds one for each kernel, in its order; any other is one
// for the trace's own kernel. Throws InputError for a kernel that does not exist, and where other
// keys stand beside "kernels".
std::vector<KernelExpectation> by_kernel(const Expectation& expectation);

// What is expected of a run under that kernel; none where "kernels" leaves it out.
std::optional<Expectation> expectation_under(const Expectation& expectation, KernelVersion kernel);

// A way in which an outcome is not the expected one.
struct Problem {
    std::string text;         // a line or several
    std::uint64_t event = 0;  // that it is about, from 1; 0: no certain one
    bool about_layout = false;
};

// What the outcome is held to besides the expectation.
struct Demands {
    // Divergences count unless the expectation speaks of them.
    bool no_divergences = false;
    // Relative ones are held against the numbers that the expectation names in its report, which
    // need not be equal then. `vmas` is known from its maps too.
    std::vector<Threshold> thresholds;
};

// Every problem there is; none when the outcome is the expected one. Throws InputError when the
// expectation is not well formed.
std::vector<Problem> judge(const Expectation& expectation, const RunOutcome& outcome,
                           const Demands& demands);

// An expectation that the outcome meets, as indented JSON. It asks what `old` asked, with today's
// values; without one (empty), the layout and what nobody should pass over. The numbers of relative
// thresholds are among it.
std::string make_expectation(const RunOutcome& outcome, std::string_view old,
                             const std::vector<Threshold>& thresholds = {});

// The expectations of several kernels as one. REQUIRES: each names its kernel
std::string join_by_kernel(const std::vector<KernelExpectation>& expectations);

}  // namespace mmsim
