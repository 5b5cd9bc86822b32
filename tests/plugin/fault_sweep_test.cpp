// SPDX-License-Identifier: GPL-2.0-or-later
// Failures that reach into the hooks of a plug-in: the example that forgets an allocation, found in
// a process of its own and in this one.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "plugin/plugins.h"
#include "sweep/driver_faults.h"
#include "sweep/fault_text.h"
#include "sweep/trace_faults.h"
#include "trace/line_source.h"
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

// Maps a file of a driver whose hook takes memory until it is ended.
std::string greedy_trace() {
    return R"({"mmsim_trace": 1,
 "files": [{"id": "f", "path": "/dev/f", "driver": "bad", "mode": "rw",
            "params": {"where": "mmap_prepare", "how": "memory"}}],
 "events": [
  {"op": "mmap", "addr": "0x20000", "length": 16384, "prot": "PROT_READ|PROT_WRITE",
   "flags": "MAP_SHARED|MAP_FIXED", "file": "f", "offset": 0},
  {"op": "mmap", "addr": "0x40000", "length": 4096, "prot": "PROT_READ|PROT_WRITE",
   "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"}]})";
}

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

    TEST_CASE("a driver that dies wherever it fails is not asked at each of a thousand places") {
        const auto reader =
            open_trace(std::make_unique<LineSource>(memory_bytes(greedy_trace()), "test"));
        ReplayOptions options;
        options.driver_files = {plugin_path("bad")};
        TraceFaults faults(
            "test", *reader, options,
            {.modes = {.persistent = false, .pairs = false}, .list = false, .command = ""});
        while (faults.step()) {
        }
        const FaultMatrix& matrix = faults.report().matrices.front().matrix;
        REQUIRE_EQ(matrix.names(), std::vector<std::string>{"mmap"});
        CHECK_EQ(matrix.at(0, FailPoint::kmalloc).runs, 64);
        // The second call has been swept, too.
        CHECK_EQ(faults.report().calls, 2);
    }
}
