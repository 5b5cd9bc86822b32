// SPDX-License-Identifier: GPL-2.0-or-later
// A driver's mappings made to fail in every context.
#include "sweep/driver_faults.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "support/fault_causes.h"
#include "support/replayed.h"
#include "sweep/known_faults.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using enum KernelVersion;

// The drivers of the kernel that are right, or that the kernel itself has not mended.
std::vector<std::string> right_drivers() {
    std::vector<std::string> names;
    for (const BuiltInDriver& driver : built_in_drivers()) {
        const std::string name(driver.name);
        const std::string fixed = name + "_fixed";
        const bool wrong = std::ranges::any_of(
            built_in_drivers(), [&](const BuiltInDriver& other) { return other.name == fixed; });
        if (!wrong) names.push_back(name);
    }
    return names;
}

std::string file_text(const std::string& path) {
    std::ifstream in(std::string(MMSIM_SOURCE_DIR) + "/" + path, std::ios::binary);
    REQUIRE_MESSAGE(in, path);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_SUITE("sweep/driver faults") {
    TEST_CASE("drivers that are right have no findings, but for two that upstream has not mended") {
        std::map<std::string, Causes> wrong;
        for (const std::string& driver : right_drivers()) {
            const FaultReport report = driver_sweep(driver, v7_3);
            if (report.cases.empty()) continue;
            wrong[driver] = causes(report);
            for (const FaultCase& found : report.cases) {
                CAPTURE(found.command);
                const KnownFault* known = known_fault(found);
                REQUIRE(known != nullptr);
                CHECK_EQ(known_fault_text(*known), "upstream, not fixed yet (rule 7)");
            }
        }
        CHECK_EQ(
            wrong,
            std::map<std::string, Causes>{
                {"stm", {"diagnostic close-without-mapped of stm", "underflow pm_runtime of stm"}},
                {"vme_user", {"diagnostic close-without-mapped of vme_user"}}});
    }

    TEST_CASE("a right driver under a faithful 6.18 shows the kernel's known commit leak alone") {
        for (const std::string& driver : right_drivers()) {
            CAPTURE(driver);
            const FaultReport report = driver_sweep(driver, v6_18, false);
            Causes wanted = {"leak commit of kernel"};
            if (driver == "afs") {
                wanted.insert({"diagnostic ref-in-prepare of afs", "leak open_mmaps of afs"});
            }
            CHECK_EQ(causes(report), wanted);
            for (const FaultCase& found : report.cases) {
                CAPTURE(found.command);
                const KnownFault* known = known_fault(found);
                REQUIRE(known != nullptr);
                const bool kernels = found.finding.owner == "kernel";
                CHECK_EQ(kernels, known->rule == "3.3" || known->rule == "5.3");
                if (!kernels) CHECK_EQ(known_fault_text(*known), "upstream, fixed in 7.1 (rule 7)");
            }
        }
    }

    TEST_CASE("what is known of a driver of the kernel is not said of another of its name") {
        FaultCase found;
        found.finding.kind = FaultKind::underflow;
        found.finding.what = "pm_runtime";
        found.finding.owner = "stm";
        found.finding.upstream = true;
        found.kernels = {"7.1", "7.3"};
        CHECK(known_fault(found) != nullptr);
        found.kernels = {"7.0", "7.1"};
        CHECK(known_fault(found) == nullptr);
        found.kernels = {"7.3"};
        found.finding.upstream = false;
        CHECK(known_fault(found) == nullptr);
    }

    TEST_CASE("traces/faults has three traces that --save-trace wrote, as it writes them today") {
        struct Saved {
            const char* file;
            const char* driver;
            KernelVersion kernel;
            const char* cause;
        };
        const Saved all[] = {
            {"saved-leak.json", "afs_ref", v7_3, "leak users of afs_ref"},
            {"saved-underflow.json", "stm", v7_3, "underflow pm_runtime of stm"},
            {"saved-commit.json", "ext4", v6_18, "leak commit of kernel"},
        };
        for (const Saved& saved : all) {
            CAPTURE(saved.file);
            const FaultReport report = driver_sweep(saved.driver, saved.kernel, false);
            const std::string kept = file_text(std::string("traces/faults/") + saved.file);
            CHECK(std::ranges::any_of(report.cases,
                                      [&](const FaultCase& found) { return found.trace == kept; }));
            CHECK(causes(trace_sweep(std::string("traces/faults/") + saved.file, saved.kernel))
                      .contains(saved.cause));
        }
    }

    TEST_CASE("the trace of a finding shows the finding when it is replayed") {
        for (const char* driver : {"afs_ref", "stm", "vme_user"}) {
            const FaultReport report = driver_sweep(driver, v7_3);
            REQUIRE_FALSE(report.cases.empty());
            for (const FaultCase& found : report.cases) {
                CAPTURE(found.command);
                const Report replayed = Replayed(found.trace).report();
                CHECK(replayed.leaks.total() + replayed.diagnostics.total() > 0);
            }
        }
    }

    TEST_CASE("a context that there is not is an error that names it") {
        DriverFaultOptions options;
        options.driver = "ext4";
        options.kernels = {v7_3};
        options.only = "above,fresh,direct,shared,4@4";
        CHECK_THROWS_WITH(sweep_driver(options),
                          "--only above,fresh,direct,shared,4@4: there is no such context of ext4");
    }
}
