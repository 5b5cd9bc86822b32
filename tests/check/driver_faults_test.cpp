// SPDX-License-Identifier: GPL-2.0-or-later
// A driver's mappings made to fail in every context.
#include "check/driver_faults.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using enum KernelVersion;

FaultReport sweep_of(std::string_view driver, KernelVersion kernel, bool fixed_accounting = true) {
    DriverFaultOptions options;
    options.driver = std::string(driver);
    options.kernels = {kernel};
    options.replay.fixed_accounting = fixed_accounting;
    options.modes = {.persistent = true};
    options.traces = true;
    return sweep_driver(options);
}

// "leak users of afs_ref", whatever failed.
using Causes = std::set<std::string>;
Causes causes(const FaultReport& report) {
    Causes all;
    for (const FaultCase& found : report.cases) {
        std::string text(fault_kind_name(found.finding.kind));
        text.append(" ").append(found.finding.what).append(" of ").append(found.finding.owner);
        all.insert(std::move(text));
    }
    return all;
}

// A row of the table in docs/faults.md.
struct KnownBug {
    std::string driver, cause;
    std::vector<KernelVersion> wrong, right;
    std::string fixed;  // the driver without it; may be empty
};

std::string cell_text(std::string cell) {
    std::erase(cell, '`');
    const auto begin = cell.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    return cell.substr(begin, cell.find_last_not_of(' ') - begin + 1);
}

std::vector<KernelVersion> kernels_in(const std::string& cell) {
    std::vector<KernelVersion> kernels;
    std::istringstream split(cell);
    for (std::string name; std::getline(split, name, ',');) {
        const auto kernel = kernel_version_from_name(cell_text(name));
        REQUIRE_MESSAGE(kernel, cell);
        kernels.push_back(*kernel);
    }
    return kernels;
}

std::vector<KnownBug> known_bugs() {
    std::vector<KnownBug> bugs;
    std::ifstream in(std::string(MMSIM_SOURCE_DIR) + "/docs/faults.md");
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("| `")) continue;
        std::vector<std::string> cells;
        std::istringstream split(line.substr(1));
        for (std::string cell; std::getline(split, cell, '|');) cells.push_back(cell_text(cell));
        REQUIRE_MESSAGE(cells.size() == 5, line);
        bugs.push_back({cells[0], cells[1], kernels_in(cells[2]), kernels_in(cells[3]), cells[4]});
    }
    return bugs;
}

}  // namespace

TEST_SUITE("check/driver faults") {
    TEST_CASE("each known bug is found under the kernels that had it, and not beside it") {
        const auto bugs = known_bugs();
        CHECK_GE(bugs.size(), 10);
        for (const KnownBug& bug : bugs) {
            CAPTURE(bug.cause);
            for (const KernelVersion kernel : bug.wrong) {
                CAPTURE(profile_of(kernel).name);
                CHECK(causes(sweep_of(bug.driver, kernel)).contains(bug.cause));
            }
            for (const KernelVersion kernel : bug.right) {
                CAPTURE(profile_of(kernel).name);
                CHECK_FALSE(causes(sweep_of(bug.driver, kernel)).contains(bug.cause));
            }
            if (!bug.fixed.empty()) CHECK_EQ(causes(sweep_of(bug.fixed, v7_3)), Causes{});
        }
    }

    TEST_CASE("drivers that are right have no findings, but for two that upstream has not mended") {
        const std::set<std::string_view> wrong = {"afs_ref",      "gem_partial",   "remap_partial",
                                                  "uacce_region", "usbmon_buffer", "vme_user",
                                                  "stm"};
        for (const BuiltInDriver& driver : built_in_drivers()) {
            if (wrong.contains(driver.name)) continue;
            CAPTURE(driver.name);
            CHECK_EQ(causes(sweep_of(driver.name, v7_3)), Causes{});
        }
    }

    TEST_CASE("a right driver under a faithful 6.18 shows the kernel's commit leak alone") {
        CHECK_EQ(causes(sweep_of("ext4", v6_18, false)), Causes{"leak commit of kernel"});
    }

    TEST_CASE("the trace of a finding shows the finding when it is replayed") {
        for (const char* driver : {"afs_ref", "stm", "vme_user"}) {
            const FaultReport report = sweep_of(driver, v7_3);
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
