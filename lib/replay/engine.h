// SPDX-License-Identifier: GPL-2.0-or-later
// Feeds the records of a trace to the simulated kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fault/fault_injector.h"
#include "mm/world.h"
#include "replay/step.h"
#include "trace/trace_reader.h"

namespace mmsim {

enum class Addresses : std::uint8_t { recorded, simulated };
enum class PageFaults : std::uint8_t { trace, eager };
enum class LayoutChoice : std::uint8_t { automatic, top_down, bottom_up };

struct DriverBinding {
    std::string glob;  // fnmatch(3) on the path
    std::string driver;
};

struct ReplayOptions {
    std::optional<KernelVersion> kernel;  // wins over the trace's own
    HookChoice hook = HookChoice::declared;
    bool fixed_accounting = false;
    std::string initial_maps;       // path; empty: none
    std::string initial_maps_text;  // the same as text, when it is in no file
    std::optional<Addresses> addresses;
    std::optional<PageFaults> page_faults;
    LayoutChoice layout = LayoutChoice::automatic;
    std::optional<std::uint64_t> max_map_count;
    std::optional<TraceLimits> limits;      // --limits
    std::vector<FaultSpec> faults;          // --fail
    std::vector<DriverBinding> bindings;    // --bind
    std::vector<std::string> driver_files;  // --driver
    bool in_process = false;                // --in-process: plug-ins without processes of their own
    std::optional<std::int64_t> pid;        // --pid
    bool verify = false;
    bool probes = false;  // StepSink::before_call()
};

// A process of the trace, for reports. Kept after its end, in order of appearance.
struct ProcessInfo {
    std::int64_t pid = 0;
    MmId mm;
    bool exited = false;
};

// A line of /proc/PID/maps that is no VMA: [vsyscall], above every address a process can map.
struct ExtraLine {
    std::string text;  // without '\n'
    VmFlags flags;
};

// What a trace was recorded without, and the switch that would have recorded it.
struct MissingSwitch {
    std::string what;    // "file paths"
    std::string advice;  // "strace -y"
};

class Engine {
public:
    // Sets up drivers, files, limits and the initial layout. Throws InputError for what cannot be
    // (unknown driver, bad maps file, --hook prepare on a version without the hook).
    Engine(TraceReader& reader, const ReplayOptions& options, StepSink& sink);
    ~Engine();

    // Replays one event. False when the trace is over.
    bool step();
    void run() {
        while (step()) {
        }
    }

    const World& world() const;
    const Profile& profile() const;
    PageFaults page_faults() const;
    Addresses addresses() const;
    std::vector<ProcessInfo> processes() const;
    // JSON: declared files in order with their id; strace: none.
    std::vector<std::pair<std::string, FileId>> declared_files() const;
    // What maps and smaps show behind the VMAs of an address space; empty once it has ended.
    const std::vector<ExtraLine>& extra_lines(MmId mm) const;
    std::vector<MissingSwitch> missing() const;
    std::uint64_t events() const;
    // Broken invariants found by --verify: "event 12 (line 40): ...", the first ten.
    const std::vector<std::string>& broken() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mmsim
