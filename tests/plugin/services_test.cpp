// SPDX-License-Identifier: GPL-2.0-or-later
// What <mmsim/driver.h> promises to hooks: memory that can fail and is counted, objects with users,
// state that goes with each copy of a World.
#include <string>

#include <doctest/doctest.h>

#include "mm/syscalls.h"
#include "mm/world.h"
#include "plugin/host.h"
#include "plugin/plugins.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string mapping(const std::string& addr, const std::string& more = "") {
    return R"({"op": "mmap", "addr": ")" + addr +
           R"(", "length": 8192, "prot": "PROT_READ|PROT_WRITE", "flags": "MAP_SHARED|MAP_FIXED",
              "file": "f", "offset": 0)" +
           more + "}";
}

Replayed replayed(const std::string& events, bool in_process = false) {
    ReplayOptions options;
    options.driver_files = {plugin_path("memory")};
    options.in_process = in_process;
    return Replayed(R"({"mmsim_trace": 1,
        "files": [{"id": "f", "path": "/dev/f", "driver": "memory", "mode": "rw"}],
        "events": [)" + events +
                        "]}",
                    options);
}

// "memory kmalloc 1 kmalloc".
std::string leaks_of(const Replayed& run) {
    std::string text;
    const Report report = run.report();
    for (const LeakReport& leak : report.leaks.items) {
        text += (text.empty() ? "" : "; ") + std::string(leak.kind) + " " + leak.name + " " +
                std::to_string(leak.count) + " " + std::string(leak.cause);
    }
    return text;
}

std::int64_t users_of(const Replayed& run) {
    const Report report = run.report();
    const auto& references = report.drivers.at(0).references;
    REQUIRE_EQ(references.at(0).first, "users");
    return references.at(0).second;
}

const std::string kUnmap = R"({"op": "munmap", "addr": "0x20000", "length": 8192})";
const std::string kUnmapHalf = R"({"op": "munmap", "addr": "0x20000", "length": 4096})";

std::string failing(const std::string& n) {
    return R"(, "fail": {"point": "kmalloc", "n": )" + n + "}";
}

}  // namespace

TEST_SUITE("plugin/services") {
    TEST_CASE("memory that is given back leaks nowhere, in a process of its own or not") {
        for (const bool in_process : {false, true}) {
            const Replayed run = replayed(mapping("0x20000") + ", " + kUnmap, in_process);
            CHECK_EQ(leaks_of(run), "");
            CHECK(run.report().diagnostics.items.empty());
            CHECK_EQ(users_of(run), 0);
        }
    }

    TEST_CASE("an object that a split shares has a user more") {
        const Replayed run = replayed(mapping("0x20000") + ", " + kUnmapHalf);
        CHECK_EQ(users_of(run), 1);
        CHECK_EQ(leaks_of(run), "");
    }

    TEST_CASE(
        "an allocation that is made to fail is the driver's failure, and what it lost leaks") {
        const Replayed run = replayed(mapping("0x20000", failing("2")));
        CHECK_EQ(leaks_of(run), "memory kmalloc 1 mmap_prepare");
        CHECK_EQ(run.report().drivers.at(0).failures, 1);
        CHECK_EQ(run.report().events.failed, 1);
        CHECK_EQ(run.report().events.errors.at(0).first, "ENOMEM");
    }

    TEST_CASE("an allocation in mapped that fails unmaps, and loses nothing") {
        const Replayed run = replayed(mapping("0x20000", failing("3")));
        CHECK_EQ(leaks_of(run), "");
        CHECK_EQ(run.report().events.failed, 1);
        CHECK_EQ(run.report().events.errors.at(0).first, "ENOMEM");
    }

    TEST_CASE("a copy of a World has plug-in state of its own") {
        World world(profile_of(KernelVersion::v7_3));
        const DriverId driver =
            load_plugin(world, plugin_path("memory"), Isolation::own_process).at(0);
        File opened;
        opened.driver = driver;
        opened.writable = true;
        const FileId file = world.open_file(opened);
        const MmId mm = world.add_mm({}, {});
        DeafSink sink;
        FaultInjector faults;
        const auto map = [&](World& in, std::uint64_t addr) {
            Current current(in, mm, sink, faults);
            return sys_mmap(current, {.addr = addr,
                                      .length = 4096,
                                      .prot = 3,
                                      .flags = 0x11,
                                      .file = file,
                                      .offset = 0,
                                      .placed_at = {}});
        };
        const auto unmap = [&](World& in, std::uint64_t addr) {
            Current current(in, mm, sink, faults);
            return sys_munmap(current, addr, 4096);
        };
        const auto users = [&](const World& in) {
            return in.drivers[driver.index].state.references.at(0).second;
        };
        REQUIRE(map(world, 0x20000));
        World copy = world;
        REQUIRE(map(copy, 0x30000));
        REQUIRE(unmap(copy, 0x20000));
        REQUIRE(map(copy, 0x40000));
        World second = world;
        REQUIRE(unmap(second, 0x20000));
        CHECK_EQ(users(world), 1);
        CHECK_EQ(users(copy), 2);
        CHECK_EQ(users(second), 0);
        // The first one's object is still there to be closed.
        REQUIRE(unmap(world, 0x20000));
        CHECK_EQ(users(world), 0);
        CHECK_EQ(world.drivers[driver.index].state.allocated, 0);
        CHECK(world.drivers[driver.index].state.remarked.empty());
    }
}
