// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace says must come out of it: "expect" in the trace, or the same JSON in a file beside.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Every way in which the outcome is not the expected one, each a line or several; empty when it is.
// Divergences count unless the expectation speaks of them and `judge_divergences` is set.
// Throws InputError when the expectation is not well formed.
std::vector<std::string> judge(const Expectation& expectation, const RunOutcome& outcome,
                               bool judge_divergences);

// An expectation that the outcome meets, as indented JSON. What `old` (empty: none) asked of the
// report is asked again, with today's values.
std::string make_expectation(const RunOutcome& outcome, std::string_view old);

// The expectations of several kernels as one. REQUIRES: each names its kernel
std::string join_by_kernel(const std::vector<KernelExpectation>& expectations);

}  // namespace mmsim
