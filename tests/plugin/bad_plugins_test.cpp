// SPDX-License-Identifier: GPL-2.0-or-later
// Plug-ins that crash, loop, exit, throw or lie: a finding each, and the rest of the report as if
// nothing had been.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "plugin/plugins.h"
#include "support/replayed.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// Maps a file of `driver`, splits, protects, moves and unmaps it, and maps anonymous memory before
// and after.
std::string trace_of(const std::string& driver, const std::string& params) {
    return R"({"mmsim_trace": 1,
 "files": [{"id": "f", "path": "/dev/f", "driver": ")" +
           driver + R"(", "mode": "rw", "params": )" + params + R"(}],
 "events": [
  {"op": "mmap", "addr": "0x10000", "length": 4096, "prot": "PROT_READ|PROT_WRITE",
   "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"},
  {"op": "mmap", "addr": "0x20000", "length": 16384, "prot": "PROT_READ|PROT_WRITE",
   "flags": "MAP_SHARED|MAP_FIXED", "file": "f", "offset": 0},
  {"op": "mprotect", "addr": "0x20000", "length": 4096, "prot": "PROT_READ"},
  {"op": "mremap", "addr": "0x22000", "old_length": 8192, "length": 8192,
   "flags": "MREMAP_MAYMOVE|MREMAP_FIXED", "new_addr": "0x30000"},
  {"op": "munmap", "addr": "0x20000", "length": 131072},
  {"op": "mmap", "addr": "0x40000", "length": 4096, "prot": "PROT_READ|PROT_WRITE",
   "flags": "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"}]})";
}

struct Told {
    std::string crash;  // "event 2: mapped crashed with SIGSEGV at a null pointer"
    std::size_t others = 0;
    std::string layout;
    std::uint64_t events = 0;
};

Told told_of(const std::string& trace, const std::string& plugin, HookChoice hook,
             KernelVersion kernel = KernelVersion::v7_3) {
    ReplayOptions options;
    options.kernel = kernel;
    options.hook = hook;
    options.driver_files = {plugin_path(plugin)};
    const Replayed run(trace, options);
    Told told;
    const Report report = run.report();
    for (const DiagnosticReport& diagnostic : report.diagnostics.items) {
        if (diagnostic.id != "driver-crashed") {
            ++told.others;
            continue;
        }
        CHECK_EQ(told.crash, "");
        told.crash = "event " + std::to_string(diagnostic.place.event) + ": " +
                     diagnostic.message.substr(0, diagnostic.message.find(". "));
    }
    told.layout = run.layout();
    told.events = run.run.events();
    return told;
}

std::string crash_of(const std::string& where, const std::string& how,
                     HookChoice hook = HookChoice::declared) {
    const Told told = told_of(
        trace_of("bad", R"({"where": ")" + where + R"(", "how": ")" + how + "\"}"), "bad", hook);
    CHECK_EQ(told.events, 6);
    // The memory before and after is there whatever happened to the driver.
    CHECK_NE(told.layout.find("00010000-00011000 rw-p"), std::string::npos);
    CHECK_NE(told.layout.find("00040000-00041000 rw-p"), std::string::npos);
    return told.crash;
}

// "const-field-written: mmap_prepare wrote to start".
std::vector<std::string> findings_of(const std::string& where, const std::string& how,
                                     HookChoice hook = HookChoice::declared,
                                     const std::string& of_first_mmap = "") {
    ReplayOptions options;
    options.hook = hook;
    options.driver_files = {plugin_path("bad")};
    std::string trace = trace_of("bad", R"({"where": ")" + where + R"(", "how": ")" + how + "\"}");
    const std::string file = R"("file": "f", "offset": 0)";
    trace.insert(trace.find(file) + file.size(), of_first_mmap);
    const Replayed run(trace, options);
    std::vector<std::string> found;
    const Report report = run.report();
    for (const DiagnosticReport& diagnostic : report.diagnostics.items) {
        found.push_back(std::string(diagnostic.id) + ": " +
                        diagnostic.message.substr(0, diagnostic.message.find(". ")));
    }
    return found;
}

// What is said when a file of this content, with this name, is to be a plug-in.
std::string refusal_of(const std::string& name) {
    ReplayOptions options;
    options.driver_files = {plugin_path(name)};
    try {
        const Replayed run(R"({"mmsim_trace": 1, "events": []})", options);
    } catch (const InputError& error) {
        std::string text = error.what();
        const std::string place = plugin_path("");
        const std::string folder = place.substr(0, place.size() - 3);
        for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
            text.erase(at, folder.size());
        }
        return text;
    }
    return "";
}

}  // namespace

TEST_SUITE("plugin/bad plug-ins") {
    TEST_CASE("a crash in each callback is a finding that names event, callback and signal") {
        const std::string crash = " crashed with SIGSEGV 8 bytes behind a null pointer";
        CHECK_EQ(crash_of("mmap_prepare", "null"), "event 2: mmap_prepare" + crash);
        CHECK_EQ(crash_of("mmap", "null", HookChoice::legacy), "event 2: mmap" + crash);
        CHECK_EQ(crash_of("mapped", "null"), "event 2: mapped" + crash);
        CHECK_EQ(crash_of("may_split", "null"), "event 3: may_split" + crash);
        CHECK_EQ(crash_of("open", "null"), "event 3: open" + crash);
        CHECK_EQ(crash_of("mprotect", "null"), "event 3: mprotect" + crash);
        CHECK_EQ(crash_of("mremap", "null"), "event 4: mremap" + crash);
        CHECK_EQ(crash_of("close", "null"), "event 4: close" + crash);
    }

    TEST_CASE("what runs inside of another hook crashes that one") {
        const std::string crash = "event 2: mmap_prepare crashed with SIGABRT";
        CHECK_EQ(crash_of("file_open", "abort"), crash);
        CHECK_EQ(crash_of("file_open", "abort", HookChoice::legacy),
                 "event 2: mmap crashed with SIGABRT");
        const auto crash_in_7_1 = [](const std::string& where) {
            return told_of(trace_of("bad", R"({"where": ")" + where + R"(", "how": "abort"})"),
                           "bad_7.1", HookChoice::declared, KernelVersion::v7_1)
                .crash;
        };
        CHECK_EQ(crash_in_7_1("nowhere"), "");
        CHECK_EQ(crash_in_7_1("error_hook"), crash);
        CHECK_EQ(crash_in_7_1("success_hook"), "event 2: success_hook crashed with SIGABRT");
    }

    TEST_CASE("each way to go wrong has words of its own") {
        CHECK_EQ(crash_of("nowhere", "null"), "");
        CHECK_EQ(crash_of("mapped", "wild"), "event 2: mapped crashed with SIGSEGV");
        CHECK_EQ(crash_of("mapped", "stack"), "event 2: mapped crashed with SIGSEGV");
        CHECK_EQ(crash_of("mapped", "abort"), "event 2: mapped crashed with SIGABRT");
        CHECK_EQ(crash_of("mapped", "bug"), "event 2: mapped crashed with SIGILL");
        CHECK_EQ(crash_of("mapped", "exit"), "event 2: mapped ended its process");
        CHECK_EQ(crash_of("mapped", "_exit"), "event 2: mapped ended its process");
        CHECK_EQ(crash_of("close", "loop"), "event 4: close did not return");
        CHECK_EQ(crash_of("mapped", "busy"), "event 2: mapped did not return");
        CHECK_EQ(crash_of("open", "memory"), "event 3: open asked for more than 256 MiB of memory");
        // malloc says no, or ends the process: that depends on the malloc.
        CHECK(crash_of("mapped", "malloc").starts_with("event 2: mapped "));
    }

    TEST_CASE("an exception does not leave the plug-in") {
        CHECK_EQ(told_of(trace_of("throws", "{}"), "throws", HookChoice::declared).crash,
                 "event 2: mmap_prepare threw an exception: no luck");
    }

    TEST_CASE("a driver that crashed is not called again, and its mmaps are EIO") {
        ReplayOptions options;
        options.driver_files = {plugin_path("bad")};
        std::string trace = trace_of("bad", R"({"where": "mapped", "how": "abort"})");
        const std::string again =
            R"(, {"op": "mmap", "addr": "0x50000", "length": 4096, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED", "file": "f", "offset": 0}]})";
        trace.replace(trace.size() - 2, 2, again);
        const Replayed run(trace, options);
        const Report report = run.report();
        REQUIRE_FALSE(report.events.errors.empty());
        CHECK_EQ(report.events.errors.at(0).first, "EIO");
        CHECK_EQ(report.events.errors.at(0).second, 2);
    }

    TEST_CASE("a close that follows the null pointer of what mapped never made has a rule's name") {
        const auto findings = [](const std::string& how) {
            return findings_of("close", how, HookChoice::declared,
                               R"(, "fail": {"point": "mapped"})");
        };
        REQUIRE_EQ(findings("null").size(), 1);
        CHECK(findings("null").at(0).starts_with("close-without-mapped: Let close cope"));
        REQUIRE_EQ(findings("abort").size(), 1);
        CHECK_EQ(findings("abort").at(0), "driver-crashed: close crashed with SIGABRT");
    }

    TEST_CASE("what is written to fields that are only shown is found, and does nothing") {
        CHECK_EQ(findings_of("nowhere", "start").at(0),
                 "const-field-written: mmap_prepare wrote to start");
        CHECK_EQ(findings_of("nowhere", "start", HookChoice::legacy).at(0),
                 "const-field-written: mmap wrote to end");
        CHECK_EQ(findings_of("nowhere", "file").at(0),
                 "const-field-written: mmap_prepare wrote to file");
    }

    TEST_CASE("warnings of the driver, and what the services refuse, are findings") {
        CHECK_EQ(findings_of("mapped", "warn").at(0), "driver-warned: bad.c:36: file != NULL");
        CHECK_EQ(findings_of("open", "kfree").at(0),
                 "driver-warned: kfree of memory that is not from kmalloc, or freed before");
        CHECK_EQ(findings_of("open", "fput").at(0),
                 "driver-warned: fput of a reference that is not the driver's");
        CHECK_EQ(findings_of("mmap_prepare", "errno").at(0),
                 "driver-warned: mmap_prepare returned 5, which user space knows no name for; "
                 "taken as EINVAL");
    }

    TEST_CASE("a file that is no plug-in is refused in one line") {
        CHECK_EQ(refusal_of("missing"), "cannot read 'missing.so'");
        CHECK_EQ(refusal_of("text"), "text.so: is not a shared object");
        CHECK_EQ(refusal_of("empty"),
                 "empty.so: is no plug-in: it has no MMSIM_DRIVER (the symbol 'mmsim_plugin' is "
                 "missing)");
        CHECK_EQ(refusal_of("nothing"), "nothing.so: has no MMSIM_DRIVER");
        CHECK_EQ(refusal_of("old_abi"),
                 "old_abi.so: was compiled against another <mmsim/driver.h> (ABI 999, this mmsim "
                 "has 1): compile it again");
        CHECK_EQ(refusal_of("unresolved"), "unresolved.so: undefined symbol: not_there");
        CHECK_EQ(refusal_of("half"),
                 "half.so: driver 'half': of its two forms the first has to set mmap_prepare "
                 "alone, the second mmap alone");
        CHECK_EQ(refusal_of("constructor"), "constructor.so: failed while it was loaded");
    }

    TEST_CASE("two plug-ins with one driver are refused") {
        ReplayOptions options;
        options.driver_files = {plugin_path("hpet"), plugin_path("hpet")};
        CHECK_THROWS_WITH_AS(Replayed(R"({"mmsim_trace": 1, "events": []})", options),
                             (plugin_path("hpet") + ": driver 'hpet' is there twice").c_str(),
                             InputError);
    }
}
