// SPDX-License-Identifier: GPL-2.0-or-later
// Compares the simulation with the kernel that runs this machine: random calls, done on both
// sides, compared after each. Nobody's memory but that of a process made for it is touched.
//
//   test_live [--seeds N] [--first S] [--calls N] [--shrink] [--verbose] [--keep-going]
//             [--statistics] [--target PROGRAM] [--directory DIR]
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string_view>

#include "live/shrink.h"
#include "live/statistics.h"

namespace {

using namespace mmsim::live;  // NOLINT(google-build-using-namespace): one program, one room

constexpr int kSkipped = 77;  // as tests/live/CMakeLists.txt says

struct Arguments {
    std::uint64_t seeds = 50;
    std::uint64_t first = 1;
    std::uint64_t calls = 300;
    bool shrink = false;
    bool keep_going = false;
    bool statistics = false;
    Settings settings;
};

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
        throw std::invalid_argument("not a number: " + std::string(text));
    }
    return value;
}

Arguments parse(int argc, char** argv) {
    Arguments arguments;
    arguments.settings.program = MMSIM_LIVE_TARGET;
    for (int i = 1; i < argc; ++i) {
        const std::string_view option = argv[i];
        const auto value = [&]() -> std::string_view {
            if (i + 1 >= argc) throw std::invalid_argument(std::string(option) + " takes a value");
            return argv[++i];
        };
        if (option == "--seeds") {
            arguments.seeds = number(value());
        } else if (option == "--first") {
            arguments.first = number(value());
        } else if (option == "--calls") {
            arguments.calls = number(value());
        } else if (option == "--shrink") {
            arguments.shrink = true;
        } else if (option == "--keep-going") {
            arguments.keep_going = true;
        } else if (option == "--statistics") {
            arguments.statistics = true;
        } else if (option == "--verbose") {
            arguments.settings.verbose = true;
        } else if (option == "--target") {
            arguments.settings.program = value();
        } else if (option == "--directory") {
            arguments.settings.directory = value();
        } else {
            throw std::invalid_argument("unknown option " + std::string(option));
        }
    }
    return arguments;
}

void print_calls(const RunResult& result, std::size_t last) {
    const std::size_t count = result.done.size();
    const std::size_t first = count > last ? count - last : 0;
    for (std::size_t i = first; i < count; ++i) {
        std::printf("  %4zu [%d] %s = %s\n", i + 1, result.done[i].slot,
                    op_text(result.done[i]).c_str(), result.outcomes[i].c_str());
    }
}

void report(const Arguments& arguments, std::uint64_t seed, RunResult result) {
    std::printf("seed %llu differs at call %zu\n", static_cast<unsigned long long>(seed),
                result.done.size());
    const std::size_t calls = result.done.size();
    if (arguments.shrink) {
        result = shrink(arguments.settings, seed, std::move(result));
        std::printf("the fewest calls that show it:\n");
    }
    constexpr std::size_t kLastCalls = 6;
    print_calls(result, arguments.shrink ? result.done.size() : kLastCalls);
    std::printf("%s\n%s", result.difference->what.c_str(), result.difference->picture.c_str());
    std::printf("to see it again: test_live --seeds 1 --first %llu --calls %zu --shrink\n",
                static_cast<unsigned long long>(seed), calls);
    std::fflush(stdout);
}

int run(const Arguments& arguments) {
    std::set<std::string> notes;
    Statistics statistics;
    std::uint64_t agreed = 0;
    std::uint64_t done = 0;
    for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
        const std::uint64_t seed = arguments.first + i;
        RunResult result = run_seed(arguments.settings, seed, arguments.calls);
        for (const std::string& note : result.notes) {
            if (notes.insert(note).second) std::printf("note: %s\n", note.c_str());
        }
        ++done;
        statistics.count(result);
        if (!result.difference) {
            ++agreed;
            continue;
        }
        report(arguments, seed, std::move(result));
        if (!arguments.keep_going) break;
    }
    if (arguments.statistics) std::printf("%s", statistics.table().c_str());
    std::printf("%llu of %llu seeds compared, %llu agreed\n", static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(arguments.seeds),
                static_cast<unsigned long long>(agreed));
    return agreed == arguments.seeds ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    // A target that died is told by the reply that does not come.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(parse(argc, argv));
    } catch (const mmsim::live::Unavailable& error) {
        std::fprintf(stderr, "test_live: skipped, this machine refuses: %s\n", error.what());
        return kSkipped;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "test_live: %s\n", error.what());
        return 2;
    }
}
