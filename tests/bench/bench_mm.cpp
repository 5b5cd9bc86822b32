// SPDX-License-Identifier: GPL-2.0-or-later
// The core under the observers of `-o json`: time, instructions and memory of the five streams.
//
//   bench_mm                  the five streams
//   bench_mm churn_anon ...   some of them, or files of calls
//
// Under valgrind --tool=callgrind --toggle-collect='*run_calls*' the instructions of just the
// calls are counted, on any machine.
#include <chrono>
#include <cstdio>
#include <exception>
#include <linux/perf_event.h>
#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "analysis/run_observer.h"
#include "base/linux_abi.h"
#include "drivers/declared.h"
#include "drivers/registry.h"
#include "mm/syscalls.h"
#include "op_stream.h"

namespace mmsim::bench {
namespace {

// What Linux 7.0's own code needs for these shapes, in user space at -O2 (another machine; times
// drift by half there).
struct Reference {
    const char* stream;
    double build_ns, random_ns, instructions;
};
constexpr Reference kLinux[] = {{"churn_anon", 0, 1202, 5347},
                                {"churn_files", 0, 1217, 5337},
                                {"grow_65k", 890, 709, 2850},
                                {"grow_1m", 1676, 1363, 3522},
                                {"arena", 0, 218, 1974}};

// Instructions of this thread in user space, where the machine counts them.
class InstructionCounter {
public:
    InstructionCounter() {
        perf_event_attr attr{};
        attr.size = sizeof attr;
        attr.type = PERF_TYPE_HARDWARE;
        attr.config = PERF_COUNT_HW_INSTRUCTIONS;
        attr.exclude_kernel = 1;
        attr.exclude_hv = 1;
        fd_ = static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
    }
    ~InstructionCounter() {
        if (fd_ >= 0) close(fd_);
    }
    InstructionCounter(const InstructionCounter&) = delete;
    InstructionCounter& operator=(const InstructionCounter&) = delete;

    std::optional<std::uint64_t> now() const {
        std::uint64_t count = 0;
        if (fd_ < 0 || read(fd_, &count, sizeof count) != sizeof count) return std::nullopt;
        return count;
    }

private:
    int fd_;
};

// Hands the events to the observers as the engine does, or to nobody.
class Observed final : public EventSink {
public:
    Observed(const World& world, bool deaf) : deaf_(deaf) {
        step_.pid = 1;
        step_.record = &record_;
        observer_.watch(world);
    }
    void start(MmId mm) {
        step_.mm = mm;
        observer_.on_process(1, mm);
    }
    void on_event(MmId, MmOp op, const Event& event) override {
        if (!deaf_) observer_.on_event(step_, op, event);
    }
    void after(const Outcome& outcome) {
        if (deaf_) return;
        ++step_.number;
        step_.simulated = outcome;
        step_.status = outcome.error == Errno::ok ? StepStatus::ok : StepStatus::failed;
        observer_.after_step(step_);
    }

private:
    bool deaf_;
    TraceRecord record_;
    Step step_;
    RunObserver observer_;
};

struct Machine {
    explicit Machine(const OpStream& stream) : world(profile_of(KernelVersion::v7_0), limits()) {
        std::vector<DriverId> drivers;
        for (const std::string& json : kDriverJson) {
            drivers.push_back(install_driver(world, parse_declared_driver(json, "bench")));
        }
        for (const Op& op : stream.ops) {
            const auto index = static_cast<std::size_t>(op.file + 1);
            if (files.size() <= index) files.resize(index + 1);
            if (op.file < 0 || files[index]) continue;
            File file;
            file.path = "/files/f" + std::to_string(op.file);
            file.writable = true;
            file.driver = drivers[static_cast<std::size_t>(op.driver)];
            files[index] = world.open_file(file);
        }
        mm = world.add_mm({}, {});
    }
    static SystemLimits limits() {
        SystemLimits system;
        system.max_map_count = 10000000;
        system.mmap_min_addr = 0;
        return system;
    }

    World world;
    std::vector<FileId> files;  // by number of the stream plus one
    MmId mm;
};

Outcome call(Current& current, const Machine& machine, const Op& op) {
    if (op.kind == 'u') return {0, sys_munmap(current, op.addr, op.length).error()};
    if (op.kind == 'p') return {0, sys_mprotect(current, op.addr, op.length, op.prot).error()};
    const FileId file = machine.files[static_cast<std::size_t>(op.file + 1)];
    const std::uint64_t flags =
        (op.shared ? kMapShared : kMapPrivate) | kMapFixed | (op.file < 0 ? kMapAnonymous : 0);
    return {0, sys_mmap(current, {.addr = op.addr,
                                  .length = op.length,
                                  .prot = op.prot,
                                  .flags = flags,
                                  .file = file,
                                  .offset = op.file < 0 ? 0 : op.pgoff << kPageShift,
                                  .placed_at = {}})
                   .error()};
}

struct Cost {
    double ns = 0;
    std::optional<double> instructions;
};

[[gnu::noinline]] Cost run_calls(Current& current, const Machine& machine, Observed& observed,
                                 const Op* begin, const Op* end,
                                 const InstructionCounter& counter) {
    const auto calls = static_cast<double>(end - begin);
    if (begin == end) return {};
    const auto instructions = counter.now();
    const auto start = std::chrono::steady_clock::now();
    for (const Op* op = begin; op != end; ++op) observed.after(call(current, machine, *op));
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    Cost cost{took.count() / calls, {}};
    if (instructions) {
        cost.instructions = static_cast<double>(*counter.now() - *instructions) / calls;
    }
    return cost;
}

void print_ratio(const char* what, double ours, double linux) {
    if (ours == 0) return;
    std::printf("  %-22s %9.0f", what, ours);
    if (linux != 0) std::printf("   Linux 7.0 %7.0f   ratio %.2f", linux, ours / linux);
    std::printf("\n");
}

// What the calls alone take, without anybody who counts.
Cost measure_deaf(const OpStream& stream, const InstructionCounter& counter) {
    Machine machine(stream);
    Observed nobody(machine.world, true);
    FaultInjector faults;
    Current current(machine.world, machine.mm, nobody, faults);
    const Op* begin = stream.ops.data();
    run_calls(current, machine, nobody, begin, begin + stream.build, counter);
    return run_calls(current, machine, nobody, begin + stream.build, begin + stream.ops.size(),
                     counter);
}

void measure(const OpStream& stream) {
    Machine machine(stream);
    Observed observed(machine.world, false);
    observed.start(machine.mm);
    FaultInjector faults;
    Current current(machine.world, machine.mm, observed, faults);
    const InstructionCounter counter;
    const Op* begin = stream.ops.data();
    const Cost build = run_calls(current, machine, observed, begin, begin + stream.build, counter);
    const Cost random = run_calls(current, machine, observed, begin + stream.build,
                                  begin + stream.ops.size(), counter);

    Reference linux{};
    for (const Reference& row : kLinux) {
        if (stream.name.find(row.stream) != std::string::npos) linux = row;
    }
    const auto vmas = current.mm.vmas.size();
    std::printf("%s: %zu calls, %zu VMAs at the end\n", stream.name.c_str(), stream.ops.size(),
                vmas);
    print_ratio("build, ns per call", build.ns, linux.build_ns);
    print_ratio("ns per call", random.ns, linux.random_ns);
    const Cost deaf = measure_deaf(stream, counter);
    std::printf("  %-22s %9.0f   observers add %.0f %%\n", "without observers", deaf.ns,
                100 * (random.ns / deaf.ns - 1));
    if (random.instructions) {
        const auto built = static_cast<double>(stream.build);
        const auto rest = static_cast<double>(stream.ops.size()) - built;
        const double all =
            (build.instructions.value_or(0) * built + *random.instructions * rest) / (built + rest);
        print_ratio("instructions per call", all, linux.instructions);
    }
    const auto bytes = static_cast<double>(current.mm.vmas.memory_bytes());
    if (vmas > 1000) print_ratio("bytes per VMA", bytes / static_cast<double>(vmas), 237);
    const std::string broken = validate_mm(machine.world, machine.mm);
    if (!broken.empty()) std::printf("  broken: %s\n", broken.c_str());
}

}  // namespace
}  // namespace mmsim::bench

int main(int argc, char** argv) {
    try {
        std::vector<std::string> names(argv + 1, argv + argc);
        if (names.empty()) names = {"churn_anon", "churn_files", "grow_65k", "grow_1m", "arena"};
        for (const std::string& name : names) {
            const bool file = name.find_first_of("./") != std::string::npos;
            mmsim::bench::measure(file ? mmsim::bench::read_stream(name)
                                       : mmsim::bench::make_stream(name));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_mm: %s\n", error.what());
        return 2;
    }
    return 0;
}
