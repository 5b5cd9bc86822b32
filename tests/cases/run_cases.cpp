// SPDX-License-Identifier: GPL-2.0-or-later
// run_cases [DIR]: replays every recorded case under DIR and prints `N of M` for each group.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/input_error.h"
#include "case_store.h"
#include "live_case.h"
#include "pipeline_case.h"

namespace mmsim::cases {
namespace {

// Addresses that no simulation can know.
constexpr struct {
    std::string_view name, why;
} kUnpredictable[] = {
    {"p_fixed", "the kernel draws lots for MAP_32BIT"},
    {"t_syntax", "the kernel draws lots for MAP_32BIT"},
};

bool predictable(const Case& one) {
    return std::ranges::none_of(kUnpredictable,
                                [&](const auto& known) { return known.name == one.name; });
}

struct Tally {
    std::size_t cases = 0;
    std::vector<std::string> short_of;  // "name: the first difference"
};
using Tallies = std::map<std::string, Tally>;

void judge(Tallies& tallies, const std::string& group, const std::string& name,
           const std::function<std::string()>& run) {
    Tally& tally = tallies[group];
    ++tally.cases;
    std::string difference;
    try {
        difference = run();
    } catch (const InputError& error) {
        difference = error.what();
    }
    if (!difference.empty()) tally.short_of.push_back(name + ": " + difference);
}

bool run_all(const std::vector<Case>& cases, std::ostream& out) {
    Tallies tallies;
    for (const Case& one : cases) {
        if (!one.file("trace.json").empty()) {
            judge(tallies, one.group, one.name, [&] { return run_pipeline_case(one); });
            continue;
        }
        judge(tallies, one.group + ", recorded addresses", one.name,
              [&] { return run_live_case(one, Addresses::recorded); });
        if (!predictable(one)) continue;
        judge(tallies, one.group + ", simulated addresses", one.name,
              [&] { return run_live_case(one, Addresses::simulated); });
    }
    for (const Case& one : cases) {
        for (const auto& known : kUnpredictable) {
            if (known.name != one.name) continue;
            out << one.name << ": not with simulated addresses, " << known.why << '\n';
        }
    }
    bool good = !tallies.empty();
    for (const auto& [group, tally] : tallies) {
        const std::size_t equal = tally.cases - tally.short_of.size();
        out << group << ": " << equal << " of " << tally.cases << '\n';
        for (const std::string& difference : tally.short_of) out << "  " << difference << '\n';
        good = good && tally.short_of.empty();
    }
    return good;
}

}  // namespace
}  // namespace mmsim::cases

int main(int argc, char** argv) {
    if (argc > 2) {
        std::cerr << "usage: run_cases [DIR]\n";
        return 2;
    }
    try {
        const auto cases = mmsim::cases::load_cases(argc == 2 ? argv[1] : "tests/cases");
        if (cases.empty()) std::cerr << "run_cases: no case in there\n";
        return mmsim::cases::run_all(cases, std::cout) ? 0 : 1;
    } catch (const mmsim::InputError& error) {
        std::cerr << "run_cases: " << error.what() << '\n';
        return 2;
    }
}
