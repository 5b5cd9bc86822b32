// SPDX-License-Identifier: GPL-2.0-or-later
// A driver's mappings made to fail in every context.
#include "check/driver_faults.h"

#include <set>
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

struct KnownBug {
    const char* driver;
    const char* cause;
    std::vector<KernelVersion> wrong, right;
    const char* fixed = nullptr;  // the driver without it
};

}  // namespace

TEST_SUITE("check/driver faults") {
    TEST_CASE("each known bug is found under the kernels that had it, and not beside it") {
        const std::vector<KnownBug> bugs = {
            {"afs", "leak open_mmaps of afs", {v6_18, v7_0}, {v6_12, v7_1}},
            {"afs", "diagnostic ref-in-prepare of afs", {v6_18, v7_0}, {v6_16, v7_1}},
            {"afs_ref", "leak users of afs_ref", {v6_16, v7_3}, {v6_12}, "afs_ref_fixed"},
            {"hugetlb_lock",
             "leak vma_locks of hugetlb_lock",
             {v7_0},
             {v6_18, v7_1},
             "hugetlb_lock_fixed"},
            {"gem_partial",
             "diagnostic action-range of gem_partial",
             {v7_0},
             {v6_18},
             "gem_partial_fixed"},
            {"remap_partial",
             "leak stale_pages of remap_partial",
             {v6_12, v7_3},
             {},
             "remap_partial_fixed"},
            {"uacce_region",
             "underflow regions of uacce_region",
             {v6_12, v7_3},
             {},
             "uacce_region_fixed"},
            {"usbmon_buffer",
             "diagnostic mprotect-writable of usbmon_buffer",
             {v6_12, v7_3},
             {},
             "usbmon_buffer_fixed"},
            {"vme_user", "diagnostic close-without-mapped of vme_user", {v7_1, v7_3}, {v7_0}},
            {"stm", "underflow pm_runtime of stm", {v7_1, v7_3}, {v7_0}},
        };
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
            if (bug.fixed != nullptr) CHECK_EQ(causes(sweep_of(bug.fixed, v7_3)), Causes{});
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
