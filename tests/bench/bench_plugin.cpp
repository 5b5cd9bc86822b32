// SPDX-License-Identifier: GPL-2.0-or-later
// A million mmap calls of one driver: built in, as a plug-in in this process, and in one of its
// own. In turns, so that whatever else the machine does is the same for all of them.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <sys/resource.h>

#include "base/linux_abi.h"
#include "bench/processor_time.h"
#include "drivers/registry.h"
#include "mm/syscalls.h"
#include "plugin/host.h"

namespace mmsim::bench {
namespace {

constexpr std::uint64_t kTurns = 20;
constexpr std::uint64_t kCalls = 50000;  // in a turn
constexpr std::uint64_t kPlaces = 1024;  // mapped in turn, each over what was there
constexpr std::uint64_t kFirst = 0x100000000;

// One form of the driver, in a world of its own.
class Form {
public:
    explicit Form(std::string name) : name_(std::move(name)), world_(newest_profile()) {}

    World& world() { return world_; }
    void use(DriverId driver) {
        File opened;
        opened.path = "/dev/hpet";
        opened.driver = driver;
        opened.writable = true;
        file_ = world_.open_file(opened);
        mm_ = world_.add_mm({}, {});
    }

    void take_turn() {
        DeafSink sink;
        FaultInjector faults;
        Current current(world_, mm_, sink, faults);
        const double processor = processor_time();
        const auto start = std::chrono::steady_clock::now();
        for (std::uint64_t i = 0; i < kCalls; ++i) {
            const auto mapped = sys_mmap(current, {.addr = kFirst + i % kPlaces * 2 * kPageSize,
                                                   .length = kPageSize,
                                                   .prot = kProtRead,
                                                   .flags = kMapShared | kMapFixed,
                                                   .file = file_,
                                                   .offset = 0,
                                                   .placed_at = {}});
            failed_ += mapped ? 0 : 1;
        }
        seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        processor_ += processor_time() - processor;
    }

    double seconds() const { return seconds_; }
    // `child`: what a process of the plug-in's has used besides.
    void print(double built_in, double child) const {
        constexpr auto kAll = static_cast<double>(kTurns * kCalls);
        std::printf(
            "  %-11s %8.0f calls a second, %.2f of the built-in driver's rate; "
            "%.2f us of the processor a call\n",
            name_.c_str(), kAll / seconds_, built_in / seconds_, (processor_ + child) / kAll * 1e6);
        if (failed_ == 0) return;
        std::printf("  %lu calls failed\n", static_cast<unsigned long>(failed_));
    }

private:
    std::string name_;
    World world_;
    FileId file_;
    MmId mm_;
    double seconds_ = 0;
    double processor_ = 0;
    std::uint64_t failed_ = 0;
};

double processor_time_of_children() {
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void use_plugin(Form& form, Isolation isolation) {
    form.use(load_plugin(form.world(), MMSIM_PLUGINS "/hpet.so", isolation).front());
}

void run() {
    Form built_in("built in");
    Form in_process("in process");
    Form isolated("isolated");
    built_in.use(install_driver(built_in.world(), make_driver("hpet")));
    use_plugin(in_process, Isolation::in_process);
    use_plugin(isolated, Isolation::own_process);
    for (std::uint64_t turn = 0; turn < kTurns; ++turn) {
        for (Form* form : {&built_in, &in_process, &isolated}) form->take_turn();
    }
    isolated.world() = World(newest_profile());  // ends its process, whose time counts from then on

    std::printf("hpet: %lu calls of mmap\n", static_cast<unsigned long>(kTurns * kCalls));
    built_in.print(built_in.seconds(), 0);
    in_process.print(built_in.seconds(), 0);
    isolated.print(built_in.seconds(), processor_time_of_children());
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
