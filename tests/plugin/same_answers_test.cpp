// SPDX-License-Identifier: GPL-2.0-or-later
// One driver as a plug-in, in JSON and built in: the same report, to the byte.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
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

Report report_of(const std::string& trace, const ReplayOptions& options) {
    const auto reader = open_trace(trace);
    Run run("test", *reader, options, {.vmas = true});
    run.finish();
    return run.report();
}

std::string text_of(const Report& report) {
    std::ostringstream out;
    write_json_report(out, report);
    return out.str();
}

// None where the trace has a driver of its own for other kernels, or no file is served by this one:
// a driver of a file is listed all the same.
std::optional<Report> built_in_report(const std::string& trace, const ReplayOptions& options,
                                      const std::string& driver) {
    try {
        Report report = report_of(trace, options);
        if (std::ranges::count(report.drivers, driver, &DriverReport::name) != 0) return report;
    } catch (const InputError&) {
    }
    return std::nullopt;
}

// A kernel, one of the driver's forms that it can have, and the files that have this form: as
// NAME.so and NAME.json.
struct Setting {
    KernelVersion kernel;
    HookChoice hook;
    std::string files;
};

using Kernel = KernelVersion;
constexpr Kernel kKernels[] = {Kernel::v6_12, Kernel::v6_16, Kernel::v6_18, Kernel::v7_0,
                               Kernel::v7_1,  Kernel::v7_2,  Kernel::v7_3};

// Of a driver that was converted in 7.1: before that it has its old form alone.
std::vector<Setting> converted_in_7_1(const std::string& name) {
    std::vector<Setting> settings;
    for (const Kernel kernel : kKernels) {
        settings.push_back({kernel, HookChoice::legacy, name});
        if (kernel == Kernel::v6_12 || kernel >= Kernel::v7_1) {
            settings.push_back({kernel, HookChoice::declared, name});
        }
    }
    return settings;
}

// afs was converted in 6.18, into another form than the one it has had since 7.1.
std::vector<Setting> afs_settings() {
    auto settings = converted_in_7_1("afs");
    settings.push_back({Kernel::v6_18, HookChoice::declared, "afs_7.0"});
    settings.push_back({Kernel::v7_0, HookChoice::declared, "afs_7.0"});
    return settings;
}

// The old hook in every kernel.
std::vector<Setting> overlay_settings() {
    std::vector<Setting> settings;
    for (const Kernel kernel : kKernels) {
        settings.push_back({kernel, HookChoice::declared, "overlay"});
    }
    return settings;
}

bool names_driver(const std::string& trace, const std::string& driver) {
    const auto reader = open_trace(trace);
    return std::ranges::count(reader->header().files, driver, &TraceFile::driver) != 0;
}

// How many reports were compared.
std::size_t compare(const std::string& trace, ReplayOptions options, const std::string& driver,
                    const std::string& files) {
    const auto built_in = built_in_report(trace, options, driver);
    if (!built_in) return 0;
    std::size_t compared = 0;
    for (const std::string& form : {kForms + files + ".json", plugin_path(files)}) {
        INFO(form);
        options.driver_files = {form};
        CHECK_EQ(text_of(report_of(trace, options)), text_of(*built_in));
        ++compared;
    }
    return compared;
}

// Traces that have files of the driver under each setting, and what these files say to it with
// them. All others under the newest kernel, with their files bound to it.
std::size_t compare_forms(const std::string& driver, const std::vector<Setting>& settings) {
    std::size_t compared = 0;
    for (const std::string& trace : traces()) {
        const bool own = names_driver(trace, driver);
        for (const Setting& setting : settings) {
            if (!own && setting.kernel != Kernel::v7_3) continue;
            ReplayOptions options;
            options.kernel = setting.kernel;
            options.hook = setting.hook;
            if (!own) options.bindings.push_back({"*", driver});
            INFO(trace << " under " << profile_of(setting.kernel).name
                       << (setting.hook == HookChoice::legacy ? " --hook legacy" : ""));
            compared += compare(trace, options, driver, setting.files);
        }
    }
    return compared;
}

}  // namespace

TEST_SUITE("plugin/same answers") {
    TEST_CASE("hpet has one report in each of its forms") {
        CHECK_GT(compare_forms("hpet", converted_in_7_1("hpet")), 180);
    }
    TEST_CASE("afs has one report in each of its forms") {
        CHECK_GT(compare_forms("afs", afs_settings()), 180);
    }
    TEST_CASE("vme_user has one report in each of its forms") {
        CHECK_GT(compare_forms("vme_user", converted_in_7_1("vme_user")), 180);
    }
    TEST_CASE("a stacked driver has one report in each of its forms") {
        CHECK_GT(compare_forms("overlay", overlay_settings()), 100);
    }
}
