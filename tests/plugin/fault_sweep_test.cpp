// SPDX-License-Identifier: GPL-2.0-or-later
// Failures that reach into the hooks of a plug-in: the example that forgets an allocation, found in
// a process of its own and in this one.
#include <string>

#include <doctest/doctest.h>

#include "plugin/plugins.h"
#include "sweep/driver_faults.h"
#include "sweep/fault_text.h"
#include "sweep/trace_faults.h"
#include "trace/trace_reader.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const std::string kLeak = "leak memory of frames, failing kmalloc: 1 x allocated memory is never";

ReplayOptions options_for(const std::string& plugin, bool in_process) {
    ReplayOptions options;
    options.driver_files = {plugin_path(plugin)};
    options.bindings = {{"/dev/frames", "frames"}};
    options.in_process = in_process;
    return options;
}

std::string trace_swept(const std::string& plugin, bool in_process) {
    const auto reader = open_trace(MMSIM_SOURCE_DIR "/traces/plugins/frames.json");
    TraceFaults faults(
        "frames.json", *reader, options_for(plugin, in_process),
        {.modes = {.persistent = true, .pairs = true}, .list = false, .command = ""});
    while (faults.step()) {
    }
    return fault_text(faults.report());
}

std::string context_swept(const std::string& plugin, bool in_process) {
    DriverFaultOptions options;
    options.driver = "frames";
    options.kernels = {KernelVersion::v7_3};
    options.replay = options_for(plugin, in_process);
    options.modes = {.persistent = true, .pairs = false};
    options.only = "none,over_one,direct,shared,4@4";
    return fault_text(sweep_driver(options));
}

}  // namespace

TEST_SUITE("plugin/fault sweep") {
    TEST_CASE("failing each allocation of a trace's calls finds the one that is forgotten") {
        const std::string found = trace_swept("frames", false);
        CHECK_NE(found.find("\nkmalloc             !"), std::string::npos);
        CHECK_NE(found.find(kLeak), std::string::npos);
        const std::string fixed = trace_swept("frames_fixed", false);
        CHECK_NE(fixed.find("\nkmalloc             !"), std::string::npos);
        CHECK_EQ(fixed.find("leak memory"), std::string::npos);
    }

    TEST_CASE("a sweep of the driver finds it without a trace") {
        CHECK_NE(context_swept("frames", false).find(kLeak), std::string::npos);
        CHECK_EQ(context_swept("frames_fixed", false).find("leak memory"), std::string::npos);
    }

    TEST_CASE("a plug-in in this process is asked again from the start, and comes to the same") {
        CHECK_EQ(trace_swept("frames", true), trace_swept("frames", false));
        CHECK_EQ(context_swept("frames", true), context_swept("frames", false));
    }
}
