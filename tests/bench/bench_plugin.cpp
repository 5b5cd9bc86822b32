// SPDX-License-Identifier: GPL-2.0-or-later
// A million mmap calls of one driver: built in, as a plug-in in this process, and in one of its
// own.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "base/linux_abi.h"
#include "drivers/registry.h"
#include "mm/syscalls.h"
#include "plugin/host.h"

namespace mmsim::bench {
namespace {

constexpr std::uint64_t kCalls = 1000000;
constexpr std::uint64_t kPlaces = 1024;  // mapped in turn, each over what was there
constexpr std::uint64_t kFirst = 0x100000000;

// Calls per second.
double measure(World& world, DriverId driver, std::uint64_t calls) {
    File opened;
    opened.path = "/dev/hpet";
    opened.driver = driver;
    opened.writable = true;
    const FileId file = world.open_file(opened);
    const MmId mm = world.add_mm({}, {});
    DeafSink sink;
    FaultInjector faults;
    Current current(world, mm, sink, faults);
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t failed = 0;
    for (std::uint64_t i = 0; i < calls; ++i) {
        const auto mapped = sys_mmap(current, {.addr = kFirst + i % kPlaces * 2 * kPageSize,
                                               .length = kPageSize,
                                               .prot = kProtRead,
                                               .flags = kMapShared | kMapFixed,
                                               .file = file,
                                               .offset = 0,
                                               .placed_at = {}});
        failed += mapped ? 0 : 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (failed != 0) std::printf("  %lu calls failed\n", static_cast<unsigned long>(failed));
    return static_cast<double>(calls) / took.count();
}

double measure_plugin(Isolation isolation) {
    World world(newest_profile());
    return measure(world, load_plugin(world, MMSIM_PLUGINS "/hpet.so", isolation).front(), kCalls);
}

void print_rate(const char* what, double rate, double built_in) {
    std::printf("  %-18s %9.0f calls a second   %.2f of the built-in driver's\n", what, rate,
                rate / built_in);
}

void run() {
    World world(newest_profile());
    const double built_in = measure(world, install_driver(world, make_driver("hpet")), kCalls);
    std::printf("hpet: %lu calls of mmap\n", static_cast<unsigned long>(kCalls));
    print_rate("built in", built_in, built_in);
    print_rate("in process", measure_plugin(Isolation::in_process), built_in);
    print_rate("isolated", measure_plugin(Isolation::own_process), built_in);
}

}  // namespace
}  // namespace mmsim::bench

int main() {
    try {
        mmsim::bench::run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_plugin: %s\n", error.what());
        return 2;
    }
    return 0;
}
