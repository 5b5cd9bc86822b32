// SPDX-License-Identifier: GPL-2.0-or-later
// The inside of Engine: engine.cpp drives it, engine_tasks.cpp knows about processes,
// engine_calls.cpp about calls that the kernel judges, engine_image.cpp about programs of which
// the trace does not say where they lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/linux_abi.h"
#include "mm/current.h"
#include "replay/callers.h"
#include "replay/calls.h"
#include "replay/engine.h"
#include "replay/initial_maps.h"
#include "replay/open_files.h"
#include "replay/settings.h"
#include "replay/task.h"
#include "replay/unseen_image.h"

namespace mmsim {

// Holds events back until it is known whether the call that made them counts.
class EventBuffer final : public EventSink {
public:
    struct Entry {
        MmOp op{};
        Event event;
    };

    void on_event(MmId, MmOp op, const Event& event) override { entries_.push_back({op, event}); }
    std::vector<Entry>& entries() { return entries_; }

private:
    std::vector<Entry> entries_;
};

// What the engine knows about an address space besides the kernel's own view.
struct SpaceInfo {
    std::uint32_t users = 0;  // processes that live in it
    bool brk_known = true;    // else the first recorded break says where it begins
    bool brk_exact = true;    // else it is known to the page
    std::vector<ExtraLine> extra;
    UnseenImage image;
};

// A range that counts as written before the next event (--page-faults eager).
struct PendingTouch {
    MmId mm;
    std::uint64_t addr = 0, length = 0;
};

// All of it is mapped, as the success of a call shows. Bytes.
struct ShownRange {
    std::uint64_t addr = 0, length = 0;
    std::uint64_t prot = kProtWrite;  // that an mprotect gave it
};

struct Engine::State final : CallerSink {
    State(TraceReader& reader_in, const ReplayOptions& options_in, StepSink& sink_in);

    // engine.cpp
    void run(const TraceRecord& record);
    void dispatch(Process& process);
    void finish();
    void fail(Errno error);
    void take_recorded();
    bool told() const;
    std::uint32_t stamp() const;
    void flush();
    void run_pending_touch();
    Current caller(MmId mm, FaultInjector& injector);
    void skip(std::int64_t id, const Process* process);
    void verify(MmId mm);
    bool visible(const Process& process) const;
    bool stuck(const Process& process) const;

    // engine_tasks.cpp
    void set_up_layout();
    void on_first(Process& process) override;
    void on_early_child(Process& parent, std::uint64_t flags, Process& child,
                        std::int64_t id) override;
    void offer_fork(const Process& parent, std::uint64_t flags, std::int64_t child);
    void on_guessed_thread(Process&) override { guessed_threads = true; }
    void on_stranger(Process& process) override;
    MmId mm_of(const Process& process) const { return mm_of_process[process.number]; }
    void settle(const Process& process, MmId mm);
    void clone(Process& process, const CloneCall& call);
    void begin_child(const Process& parent, std::uint64_t flags, Process& child);
    void announce(const Process& process);
    void exec(Process& process, const ExecveCall& call);
    void exit(Process& process, const ExitCall& call);
    void leave_mm(Process& process, MmOp op);
    MmId new_mm(const std::vector<MapsEntry>& entries, MmLayout layout, const ProcessLimits& limits,
                bool known);
    SpaceInfo& info(MmId mm);

    // engine_calls.cpp
    void call(Process& process);
    // Where a call is made: in the world of the replay, or in a copy of it.
    struct Site {
        World& world;
        MmId mm;
        FaultInjector& faults;
        EventBuffer& events;
        MmId& forked;
    };
    // A call as the simulated kernel answers it.
    struct Attempt {
        Outcome outcome;
        std::optional<Refusal> refusal;      // Current::refusal
        std::optional<FailPoint> failed_at;  // FaultInjector::fired()
        bool overrulable = false;            // Current::overrulable
    };
    struct Judgement {
        Attempt simulated;
        Outcome holds;  // differs where the recorded result is forced
        std::optional<DivergenceKind> difference;
    };
    class Probe;
    void offer(MmId mm, const CallOperands& operands);
    void judge(Process& process, const CallOperands& operands);
    Judgement judge_at(const Site& site, const CallOperands& operands) const;
    // What the trace lets one suppose about a call besides its arguments.
    struct Supposed {
        bool success = false;    // Current::forced
        bool files_end = false;  // Current::files_end
    };
    Attempt attempt(const Site& site, const CallOperands& operands, Supposed supposed) const;
    void take_simulated(const Attempt& simulated);
    void reconsider(const World& before, MmId mm, const CallOperands& operands, Judgement& judged);
    void resolve(Process& process, CallOperands& operands);
    void resolve_mmap(Process& process, const MmapCall& mmap, CallOperands& operands);
    std::uint64_t remapped_length(const MremapCall& mremap, std::uint64_t length) const;
    void resolve_mremap(const MremapCall& mremap, CallOperands& operands);
    std::optional<std::uint64_t> recorded_place(std::uint64_t length) const;
    bool occupied(MmId mm, std::uint64_t addr, std::uint64_t length) const;
    void learn_brk(MmId mm, const BrkCall& call);
    void note_written(MmId mm);
    void set_limit(MmId mm, const SetrlimitCall& call);

    // engine_uffd.cpp
    void open_uffd(FileId file, MmId mm);
    void resolve_uffd(Process& process, const UffdCall& call, CallOperands& operands);
    void close_uffds();
    void stand_in(MmId mm);

    // engine_image.cpp
    void begin_unseen(const ExecveCall& call);
    void see_mmap(const MmapCall& mmap);
    void see_range();
    std::vector<MapsEntry> holes(const ShownRange& shown);
    void install(const std::vector<MapsEntry>& entries);

    // missing.cpp
    void missing_in_json(std::vector<MissingSwitch>& found) const;
    void missing_processes(std::vector<MissingSwitch>& found) const;
    void missing_files(std::vector<MissingSwitch>& found) const;

    TraceReader& reader;
    const ReplayOptions options;
    StepSink& sink;
    const Settings settings;
    World world;
    TaskTable tasks;
    Callers callers;
    DriverChoice drivers;
    OpenFiles files;
    FaultInjector faults;
    EventBuffer events;
    const Addresses addresses;
    const PageFaults page_faults;

    std::vector<MapsEntry> initial;  // the layout before the first event
    ImageShapes shapes;              // what it says of other programs
    MmLayout first_layout;           // of the first process
    bool first_brk_known = false;
    bool first_brk_exact = true;
    bool has_initial_maps = false;
    bool first_untouched = true;  // the first process has done nothing yet
    bool names_seen = false;      // a PR_SET_VMA_ANON_NAME succeeded

    std::vector<MmId> mm_of_process;  // by Process::number
    std::vector<SpaceInfo> spaces;    // by MmId

    Step step;
    bool layout_conflict = false;  // the step's recorded place was taken
    Outcome result;                // what holds after the step's call, forced or not
    MmId forked;                   // what the step's fork made
    std::optional<PendingTouch> pending_touch;
    std::uint64_t count = 0;
    std::vector<std::string> broken;

    // For missing().
    bool guessed_threads = false;
    bool unknown_processes = false;
    bool unknown_exec = false;
};

}  // namespace mmsim
