// SPDX-License-Identifier: GPL-2.0-or-later
// A corpus of 500 traces, those of real programs over and over, checked one at a time and two at a
// time.
//
// Time on the clock, the best of three each, in turns.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "check/check_run.h"
#include "check/corpus.h"
#include "support/temporary_folder.h"

namespace mmsim::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTraces = 500;

class Corpus {
public:
    Corpus() {
        const auto real = find_traces({MMSIM_SOURCE_DIR "/traces/real"});
        for (std::size_t i = 0; i < kTraces; ++i) {
            const fs::path from = real.at(i % real.size()).path;
            const std::string to = path(std::to_string(i) + "-" + from.filename().string());
            fs::copy_file(from, to);
            fs::copy_file(from.string() + ".expected", to + ".expected");
        }
    }

    std::string path(const std::string& name = {}) const { return folder_.path(name); }

private:
    test::TemporaryFolder folder_;
};

// Seconds. Says so when not all traces pass.
double check(const std::vector<FoundTrace>& traces, unsigned jobs) {
    using Clock = std::chrono::steady_clock;
    std::size_t passed = 0;
    CheckRunOptions options;
    options.jobs = jobs;
    options.result = [&](const CheckResult& result) { passed += !result.failed(); };
    const auto start = Clock::now();
    run_check(traces, options);
    const std::chrono::duration<double> took = Clock::now() - start;
    if (passed != traces.size()) std::printf("only %zu traces pass\n", passed);
    return took.count();
}

void measure() {
    const Corpus corpus;
    const auto traces = find_traces({corpus.path()});
    double one = check(traces, 1);
    double two = check(traces, 2);
    for (int i = 0; i < 2; ++i) {
        one = std::min(one, check(traces, 1));
        two = std::min(two, check(traces, 2));
    }
    std::printf("%zu traces: %.3f s with -j 1, %.3f s with -j 2: %.2f times as fast\n",
                traces.size(), one, two, one / two);
}

}  // namespace
}  // namespace mmsim::bench

int main() {
    try {
        mmsim::bench::measure();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_check: %s\n", error.what());
        return 2;
    }
    return 0;
}
