// SPDX-License-Identifier: GPL-2.0-or-later
// The core under the observers of `-o json`: time, instructions and memory of the five streams.
//
//   bench_mm                  the five streams
//   bench_mm churn_anon ...   some of them, or files of calls
//
// Times are processor time of the best of three runs (MMSIM_BENCH_RUNS), so that other work on the
// machine disturbs little. Instructions are counted where the machine does it, and on any machine
// by valgrind:
//
//   MMSIM_BENCH_RUNS=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null
//       --toggle-collect='*observed_calls*' bench_mm churn_anon
//
// says "Collected", to be divided by the number of calls; '*bare_calls*' counts those without
// observers.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
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
#include "processor_time.h"

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

// Hands the events to the observers as the engine does.
class Observed final : public EventSink {
public:
    explicit Observed(const World& world) {
        step_.pid = 1;
        step_.record = &record_;
        observer_.watch(world);
    }
    void start(MmId mm) {
        step_.mm = mm;
        observer_.on_process(1, mm);
    }
    std::uint32_t before() {
        ++step_.number;
        return observer_.stamp(step_);
    }
    void on_event(MmId, MmOp op, const Event& event) override {
        observer_.on_event(step_, op, event);
    }
    void after(const Outcome& outcome) {
        step_.simulated = outcome;
        step_.status = outcome.error == Errno::ok ? StepStatus::ok : StepStatus::failed;
        observer_.after_step(step_);
    }

private:
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

// A stretch of a stream.
struct Calls {
    const Op* begin;
    const Op* end;

    double count() const { return static_cast<double>(end - begin); }
};

// What a call cost on average.
struct Cost {
    double ns = 0;
    std::optional<double> instructions;

    void keep_better(const Cost& other) {
        if (ns == 0 || other.ns < ns) *this = other;
    }
};

template <typename Run>
Cost measured(const Calls& calls, const InstructionCounter& counter, Run run) {
    if (calls.begin == calls.end) return {};
    const auto instructions = counter.now();
    const double start = processor_time();
    run();
    Cost cost{(processor_time() - start) * 1e9 / calls.count(), {}};
    if (instructions) {
        cost.instructions = static_cast<double>(*counter.now() - *instructions) / calls.count();
    }
    return cost;
}

[[gnu::noinline]] void observed_calls(Current& current, const Machine& machine, Observed& observed,
                                      const Calls& calls) {
    for (const Op* op = calls.begin; op != calls.end; ++op) {
        current.stamp = observed.before();
        observed.after(call(current, machine, *op));
    }
}

[[gnu::noinline]] void bare_calls(Current& current, const Machine& machine, const Calls& calls) {
    for (const Op* op = calls.begin; op != calls.end; ++op) call(current, machine, *op);
}

void print_ratio(const char* what, double ours, double linux) {
    if (ours == 0) return;
    std::printf("  %-22s %9.0f", what, ours);
    if (linux != 0) std::printf("   Linux 7.0 %7.0f   ratio %.2f", linux, ours / linux);
    std::printf("\n");
}

struct Measured {
    Cost build, random;  // the two parts of the stream
    Cost bare;           // the second without observers
    std::size_t vmas = 0;
    double bytes_per_vma = 0;
    std::string broken;
};

void measure_observed(const OpStream& stream, const Calls& build, const Calls& random,
                      Measured& best) {
    Machine machine(stream);
    Observed observed(machine.world);
    observed.start(machine.mm);
    FaultInjector faults;
    Current current(machine.world, machine.mm, observed, faults);
    const InstructionCounter counter;
    const auto run = [&](const Calls& calls) {
        return measured(calls, counter, [&] { observed_calls(current, machine, observed, calls); });
    };
    best.build.keep_better(run(build));
    best.random.keep_better(run(random));
    best.vmas = current.mm.vmas.size();
    best.bytes_per_vma =
        static_cast<double>(current.mm.vmas.memory_bytes()) / static_cast<double>(best.vmas);
    best.broken = validate_mm(machine.world, machine.mm);
}

void measure_bare(const OpStream& stream, const Calls& build, const Calls& random, Measured& best) {
    Machine machine(stream);
    DeafSink nobody;
    FaultInjector faults;
    Current current(machine.world, machine.mm, nobody, faults);
    const InstructionCounter counter;
    bare_calls(current, machine, build);
    best.bare.keep_better(measured(random, counter, [&] { bare_calls(current, machine, random); }));
}

void measure(const OpStream& stream, int runs) {
    const Op* const begin = stream.ops.data();
    const Calls build{begin, begin + stream.build};
    const Calls random{begin + stream.build, begin + stream.ops.size()};
    Measured best;
    for (int i = 0; i < runs; ++i) {
        measure_observed(stream, build, random, best);
        measure_bare(stream, build, random, best);
    }

    Reference linux{};
    for (const Reference& row : kLinux) {
        if (stream.name.find(row.stream) != std::string::npos) linux = row;
    }
    std::printf("%s: %zu calls, %zu VMAs at the end\n", stream.name.c_str(), stream.ops.size(),
                best.vmas);
    print_ratio("build, ns per call", best.build.ns, linux.build_ns);
    print_ratio("ns per call", best.random.ns, linux.random_ns);
    std::printf("  %-22s %9.0f   observers add %.0f %%\n", "without observers", best.bare.ns,
                100 * (best.random.ns / best.bare.ns - 1));
    if (best.random.instructions) {
        const double all = (best.build.instructions.value_or(0) * build.count() +
                            *best.random.instructions * random.count()) /
                           (build.count() + random.count());
        print_ratio("instructions per call", all, linux.instructions);
    }
    if (best.vmas > 1000) print_ratio("bytes per VMA", best.bytes_per_vma, 237);
    if (!best.broken.empty()) std::printf("  broken: %s\n", best.broken.c_str());
}

}  // namespace
}  // namespace mmsim::bench

int main(int argc, char** argv) {
    try {
        std::vector<std::string> names(argv + 1, argv + argc);
        const char* const runs = std::getenv("MMSIM_BENCH_RUNS");
        if (names.empty()) names = {"churn_anon", "churn_files", "grow_65k", "grow_1m", "arena"};
        for (const std::string& name : names) {
            const bool file = name.find_first_of("./") != std::string::npos;
            mmsim::bench::measure(
                file ? mmsim::bench::read_stream(name) : mmsim::bench::make_stream(name),
                runs != nullptr ? std::max(1, std::atoi(runs)) : 3);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_mm: %s\n", error.what());
        return 2;
    }
    return 0;
}
