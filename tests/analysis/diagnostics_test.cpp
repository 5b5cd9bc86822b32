// SPDX-License-Identifier: GPL-2.0-or-later
// Each rule that drivers break: a driver that breaks it is told, one that keeps it is not.
#include "analysis/diagnostics.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string map_page(unsigned page, const std::string& file = "dev",
                     const std::string& prot = "PROT_READ", const std::string& more = "") {
    return R"({"op": "mmap", "addr": )" + std::to_string(0x700000000000 + page * 4096UL) +
           R"(, "length": 4096, "prot": ")" + prot +
           R"(", "flags": "MAP_SHARED|MAP_FIXED", "file": ")" + file + R"(", "offset": )" +
           std::to_string(page * 4096) + more + "}";
}

// Runs a trace with a driver "d" behind the files "dev" and "inner", and perhaps more drivers.
Report run_of(const std::string& drivers, const std::string& events, const std::string& kernel) {
    const Replayed run(json_trace(
        events, R"("kernel": ")" + kernel + R"(", "drivers": [)" + drivers +
                    R"(], "files": [{"id": "dev", "path": "/dev/d", "driver": "d", "mode": "rw"},
                       {"id": "inner", "path": "/in", "driver": ")" +
                    (drivers.find(R"("name": "i")") == std::string::npos ? "d" : "i") +
                    R"(", "mode": "rw"}], )"));
    return run.report();
}

// "self-deadlock d 1; ..."
std::string told(const Report& report) {
    std::string text;
    for (const DiagnosticReport& d : report.diagnostics.items) {
        text += (text.empty() ? "" : "; ") + d.id + " " + d.driver + " " +
                std::to_string(d.place.event);
    }
    return text;
}

struct Shown {
    const char* id;
    const char* kernel;
    const char* breaks;  // the driver that breaks the rule
    const char* keeps;   // the one that keeps it
    const char* by = "d";
    int at = 1;  // the event that shows it
};

// Every driver is asked to map page 0, then page 1 beside it, then page 3, read-only.
const std::vector<Shown> kShown = {
    {"ref-in-prepare", "7.3",
     R"({"name": "d", "mmap_prepare": [{"get": "r"}, {"vm_ops": true}],
         "vm_ops": {"open": [{"get": "r"}], "close": [{"put": "r"}]}})",
     R"({"name": "d", "mmap_prepare": [{"vm_ops": true}],
         "vm_ops": {"mapped": [{"get": "r"}], "open": [{"get": "r"}], "close": [{"put": "r"}]}})"},
    {"private-data-clobbered", "7.3",
     R"({"name": "d", "mmap_prepare": [{"private_data": "per-call"}]})",
     R"({"name": "d", "mmap_prepare": [{"private_data": "per-file"}]})", "d", 2},
    {"close-without-mapped", "7.3",
     R"({"name": "d", "mmap_prepare": [{"vm_ops": true},
            {"action": "remap_full", "pfn": 1, "fail": "EIO"}],
         "vm_ops": {"mapped": [{"get": "r"}], "close": [{"put": "r"}]}})",
     R"({"name": "d", "mmap_prepare": [{"vm_ops": true}, {"action": "remap_full", "pfn": 1}],
         "vm_ops": {"mapped": [{"get": "r"}], "close": [{"put": "r"}]}})"},
    {"action-range", "7.3",
     R"({"name": "d", "mmap_prepare": [
            {"action": "remap", "start": 0, "pfn": 1, "size": "length + 4096"}]})",
     R"({"name": "d", "mmap_prepare": [
            {"action": "remap", "start": 0, "pfn": 1, "size": "length"}]})"},
    {"pfn-expandable", "7.3",
     R"({"name": "d", "mmap_prepare": [{"set_flags": ["VMA_PFNMAP_BIT"]}]})",
     R"({"name": "d", "mmap_prepare": [{"set_flags": ["VMA_PFNMAP_BIT", "VMA_DONTEXPAND_BIT"]}]})"},
    {"mprotect-writable", "7.3",
     R"({"name": "d", "mmap_prepare": [{"require": "!VMA_WRITE_BIT", "errno": "EPERM"}]})",
     R"({"name": "d", "mmap_prepare": [{"require": "!VMA_WRITE_BIT", "errno": "EPERM"},
            {"clear_flags": ["VMA_MAYWRITE_BIT"]}]})"},
    {"late-hook-error", "7.3",
     R"({"name": "d", "mmap_prepare": [{"vm_ops": true}],
         "vm_ops": {"mapped": [{"require": "pages > 1", "errno": "EINVAL"}]}})",
     R"({"name": "d", "mmap_prepare": [{"require": "pages > 1", "errno": "EINVAL"},
            {"vm_ops": true}], "vm_ops": {"mapped": []}})"},
    {"both-hooks", "7.3", R"({"name": "d", "both": true, "mmap": [], "mmap_prepare": []})",
     R"({"name": "d", "mmap": [], "mmap_prepare": []})"},
    {"deprecated-hook", "7.3", R"({"name": "d", "mmap": []})",
     R"({"name": "d", "mmap_prepare": []})"},
    {"file-replaced", "7.3", R"({"name": "d", "mmap_prepare": [{"vm_file": "inner"}]})",
     R"({"name": "d", "mmap_prepare": []})"},
    {"late-enodev", "7.3", R"({"name": "d", "mmap_prepare": [{"fail": "ENODEV"}]})",
     R"({"name": "d"})"},
    {"stacked-differs", "7.1",
     R"({"name": "d", "mmap": [{"inner": "inner"}]}, {"name": "i", "mmap_prepare": []})",
     R"({"name": "d", "mmap": [{"inner": "inner"}]},
        {"name": "i", "mmap_prepare": [{"vm_ops": true}], "vm_ops": {}})",
     "i"},
    {"action-by-hand", "7.3",
     R"({"name": "d", "mmap_prepare": [
            {"action": "remap_full", "pfn": 1, "error_override": 5}]})",
     R"({"name": "d", "mmap_prepare": [
            {"action": "remap_full", "pfn": 1, "error_override": -5}]})"},
    {"self-deadlock", "7.0",
     R"({"name": "d", "mmap_prepare": [
            {"action": "remap_full", "pfn": 1, "fail": "EIO", "hide_from_rmap": true}]})",
     R"({"name": "d", "mmap_prepare": [
            {"action": "remap_full", "pfn": 1, "fail": "EIO"}]})"},
};

std::string three_maps() { return map_page(0) + "," + map_page(1) + "," + map_page(3); }

}  // namespace

TEST_SUITE("analysis/diagnostics") {
    TEST_CASE("a driver that breaks the rule is told of it, once, and one that keeps it is not") {
        CHECK_EQ(kShown.size(),
                 std::ranges::count(all_diagnostics(), false, &DiagnosticText::of_plugins));
        for (const Shown& shown : kShown) {
            INFO(shown.id);
            CHECK_EQ(told(run_of(shown.breaks, three_maps(), shown.kernel)),
                     std::string(shown.id) + " " + shown.by + " " + std::to_string(shown.at) +
                         (std::string(shown.id) == "late-hook-error"
                              ? "; late-hook-error d 2; late-hook-error d 3"
                              : ""));
            CHECK_EQ(told(run_of(shown.keeps, three_maps(), shown.kernel)), "");
        }
    }

    TEST_CASE("rule 3.6: the process that waits for its own lock does nothing afterwards") {
        const Report report = run_of(kShown.back().breaks, three_maps(), "7.0");
        CHECK_EQ(report.events.failed, 1);
        CHECK_EQ(report.events.skipped, 2);
        CHECK_EQ(report.failures.items.at(0).error, "EIO");
        // From 7.1 on the lock is dropped first.
        const Report fixed = run_of(kShown.back().breaks, three_maps(), "7.1");
        CHECK_EQ(told(fixed), "");
        CHECK_EQ(fixed.events.failed, 3);
    }

    TEST_CASE("rule 3.6: other processes go on while one waits for its own lock") {
        const std::string events = R"({"op": "fork", "child": 2}, )" + map_page(0) + "," +
                                   map_page(1, "dev", "PROT_READ", R"(, "pid": 2)");
        CHECK_EQ(run_of(kShown.back().keeps, events, "7.0").events.skipped, 0);
        const Report report = run_of(kShown.back().breaks, events, "7.0");
        CHECK_EQ(told(report), "self-deadlock d 2; self-deadlock d 3");
    }

    TEST_CASE("rule 6.7: a file that an inner hook stores is a reference too many") {
        const Report report = run_of(R"({"name": "d", "mmap": [{"inner": "inner"}]},
                      {"name": "i", "mmap_prepare": [{"vm_file": "dev"}, {"vm_ops": true},
                       {"vm_file": "inner"}], "vm_ops": {}})",
                                     map_page(0), "7.3");
        CHECK_EQ(told(report), "stacked-differs i 1");
        REQUIRE_EQ(report.leaks.items.size(), 1);
        CHECK_EQ(report.leaks.items[0].name, "/in");
    }

    TEST_CASE("an mprotect hook of the driver's own is as good as a cleared MAYWRITE") {
        CHECK_EQ(told(run_of(R"({"name": "d", "mmap_prepare": [{"vm_ops": true},
                {"require": "!VMA_WRITE_BIT", "errno": "EPERM"}],
                "vm_ops": {"mprotect": [{"require": "!VMA_WRITE_BIT", "errno": "EPERM"}]}})",
                             three_maps(), "7.3")),
                 "");
    }

    TEST_CASE("asking a hook whether it refuses to write leaves no trace") {
        const Report report =
            run_of(R"({"name": "d", "mmap_prepare": [{"vm_ops": true}], "vm_ops": {}})",
                   three_maps(), "7.3");
        CHECK_EQ(report.drivers.at(0).calls.at(static_cast<std::size_t>(Hook::mmap_prepare)), 3);
    }

    TEST_CASE("a legacy driver that hands on has nothing to move to, and 6.12 has no other hook") {
        CHECK_EQ(told(run_of(R"({"name": "d", "mmap": []})", three_maps(), "6.12")), "");
    }
}
