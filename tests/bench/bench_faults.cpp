// SPDX-License-Identifier: GPL-2.0-or-later
// How fast failures are tried: each driver that comes with the program in every context under every
// kernel, and each call of a real program.
//
//   bench_faults [sweep|trace ...]
//
// Processor time.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "drivers/registry.h"
#include "processor_time.h"
#include "sweep/driver_faults.h"
#include "sweep/trace_faults.h"
#include "trace/trace_reader.h"

namespace mmsim::bench {
namespace {

void print(const std::string& what, const FaultReport& report, double took) {
    std::printf("%-10s %6llu calls %8llu runs %6.2f s %8.0f runs/s\n", what.c_str(),
                static_cast<unsigned long long>(report.calls),
                static_cast<unsigned long long>(report.runs), took,
                static_cast<double>(report.runs) / took);
}

void sweep_drivers() {
    FaultReport sum;
    double total = 0;
    for (const BuiltInDriver& driver : built_in_drivers()) {
        const double start = processor_time();
        DriverFaultOptions options;
        options.driver = driver.name;
        const FaultReport report = sweep_driver(options);
        const double took = processor_time() - start;
        print(options.driver, report, took);
        sum.calls += report.calls;
        sum.runs += report.runs;
        total += took;
    }
    print("all", sum, total);
}

// A shell, an interpreter with threads and processes, a compiler.
void sweep_trace() {
    const std::string path = MMSIM_SOURCE_DIR "/tests/bench/programs.strace.zst";
    const double start = processor_time();
    const auto reader = open_trace(path);
    TraceFaults faults(path, *reader, {}, {.modes = {.persistent = true, .pairs = false}});
    while (faults.step()) {
    }
    const double took = processor_time() - start;
    std::printf("%llu events of a real program: ",
                static_cast<unsigned long long>(faults.events()));
    print("", faults.report(), took);
}

}  // namespace
}  // namespace mmsim::bench

int main(int argc, char** argv) {
    try {
        std::vector<std::string> names(argv + 1, argv + argc);
        if (names.empty()) names = {"sweep", "trace"};
        for (const std::string& name : names) {
            if (name == "sweep") mmsim::bench::sweep_drivers();
            if (name == "trace") mmsim::bench::sweep_trace();
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_faults: %s\n", error.what());
        return 2;
    }
    return 0;
}
