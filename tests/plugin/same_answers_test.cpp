// SPDX-License-Identifier: GPL-2.0-or-later
// One driver as a plug-in, in JSON and built in: the same report, to the byte.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "plugin/plugins.h"
#include "report/json_report.h"
#include "report/run.h"
#include "trace/trace_reader.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

namespace fs = std::filesystem;

const std::string kForms = MMSIM_SOURCE_DIR "/tests/plugin/drivers/";

std::vector<std::string> traces() {
    std::vector<std::string> found;
    for (const char* folder : {"drivers", "bugs", "faults"}) {
        const fs::path under = fs::path(MMSIM_SOURCE_DIR "/traces") / folder;
        if (!fs::exists(under)) continue;
        for (const auto& entry : fs::directory_iterator(under)) {
            if (entry.path().extension() == ".json") found.push_back(entry.path().string());
        }
    }
    std::ranges::sort(found);
    return found;
}

// Drivers are listed as they were loaded, those of files first: here in the order of their names.
// And what a hook of a plug-in takes and drops again nobody sees.
std::string report_of(const std::string& trace, const ReplayOptions& options) {
    const auto reader = open_trace(trace);
    Run run("test", *reader, options, {.vmas = true});
    run.finish();
    Report report = run.report();
    std::ranges::sort(report.drivers, {}, &DriverReport::name);
    for (DriverReport& driver : report.drivers) {
        std::erase_if(driver.references, [](const auto& r) { return r.second == 0; });
    }
    std::ostringstream out;
    write_json_report(out, report);
    return out.str();
}

// Empty where the trace has a driver of its own for other kernels.
std::string report_if_any(const std::string& trace, const ReplayOptions& options) {
    try {
        return report_of(trace, options);
    } catch (const InputError&) {
        return "";
    }
}

struct Setting {
    KernelVersion kernel;
    HookChoice hook;
};
constexpr Setting kSettings[] = {{KernelVersion::v6_12, HookChoice::declared},
                                 {KernelVersion::v7_1, HookChoice::declared},
                                 {KernelVersion::v7_3, HookChoice::declared},
                                 {KernelVersion::v7_3, HookChoice::legacy}};

// A trace whose files have the driver by name keeps what they say to it; others are bound to it.
ReplayOptions options_for(const std::string& trace, const std::string& driver,
                          const Setting& setting) {
    ReplayOptions options;
    options.kernel = setting.kernel;
    options.hook = setting.hook;
    const auto reader = open_trace(trace);
    for (const TraceFile& file : reader->header().files) {
        if (file.driver == driver) return options;
    }
    options.bindings.push_back({"*", driver});
    return options;
}

// Replays every trace with each form. Returns how many reports were compared.
std::size_t compare_forms(const std::string& driver, bool with_json, bool own_traces = true) {
    std::size_t compared = 0;
    for (const std::string& trace : traces()) {
        for (const Setting& setting : kSettings) {
            ReplayOptions options = options_for(trace, driver, setting);
            if (!own_traces && options.bindings.empty()) continue;
            const std::string built_in = report_if_any(trace, options);
            // Where no file is served by it a driver of a file is listed all the same.
            if (built_in.find("{\"name\":\"" + driver + "\"") == std::string::npos) continue;
            if (!own_traces && built_in.find("close_without_mapped") != std::string::npos) continue;
            INFO(trace << " under " << profile_of(setting.kernel).name);
            options.driver_files = {plugin_path(driver)};
            CHECK_EQ(report_of(trace, options), built_in);
            ++compared;
            if (!with_json || options.bindings.empty()) continue;
            options.driver_files = {kForms + driver + ".json"};
            CHECK_EQ(report_of(trace, options), built_in);
        }
    }
    return compared;
}

}  // namespace

TEST_SUITE("plugin/same answers") {
    TEST_CASE("hpet") { CHECK_GT(compare_forms("hpet", true), 100); }
    TEST_CASE("afs") { CHECK_GT(compare_forms("afs", true), 100); }
    // In its own traces a param makes an allocation of the built-in one fail, which then counts as
    // a failure that it was told to have. Where its close runs without an object, the built-in one
    // stands for a crash, which the plug-in here does not copy.
    TEST_CASE("vme_user") { CHECK_GT(compare_forms("vme_user", false, false), 100); }
    TEST_CASE("a stacked driver") { CHECK_GT(compare_forms("overlay", false), 100); }
}
