// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that the simulated kernel judges, and how its judgement goes together with what the trace
// recorded.
#include <utility>

#include "base/input_error.h"
#include "base/linux_abi.h"
#include "mm/syscalls.h"
#include "replay/divergence.h"
#include "replay/engine_state.h"

namespace mmsim {
namespace {

// Larger areas are not written all at once (--page-faults eager).
constexpr std::uint64_t kEagerLimit = std::uint64_t{512} << 10;

FaultSpec spec_of(const RecordFail& fail, const TraceReader& reader) {
    const auto point = fail_point_from_name(fail.point);
    if (!point) {
        throw InputError(reader.place() + ": there is no failure point '" +
                         std::string(fail.point) + "'");
    }
    return {*point, fail.n, false, fail.error};
}

// Whether the call fails where pages can't be had.
bool populates(const TraceCall& call) {
    if (const auto* lock = std::get_if<MlockCall>(&call)) return lock->kind != MlockKind::munlock;
    const auto* advice = std::get_if<MadviseCall>(&call);
    return advice != nullptr &&
           (advice->advice == static_cast<std::uint64_t>(Madv::populate_read) ||
            advice->advice == static_cast<std::uint64_t>(Madv::populate_write));
}

// An attempt that is overruled did not fail: what it said about its failure is taken back, and the
// steps that the second attempt takes again.
void drop_failures(std::vector<EventBuffer::Entry>& entries) {
    std::erase_if(entries, [](const EventBuffer::Entry& entry) {
        return std::holds_alternative<CallUnwound>(entry.event) ||
               std::holds_alternative<Leaked>(entry.event) ||
               std::holds_alternative<StepTaken>(entry.event) ||
               std::holds_alternative<DescShown>(entry.event) ||
               std::holds_alternative<MergeJudged>(entry.event);
    });
}

}  // namespace

void Engine::State::call(Process& process) {
    layout_conflict = false;
    CallOperands operands;
    resolve(process, operands);
    // A file whose opening the trace does not show.
    const TraceCall& made = step.record->call;
    const bool of_file =
        std::holds_alternative<SealCall>(made) || std::holds_alternative<UffdCall>(made);
    if (of_file && !operands.file) return take_recorded();
    // A machine without shadow stacks.
    if (std::holds_alternative<ShadowStackCall>(step.record->call) &&
        step.record->recorded.error == Errno::eopnotsupp) {
        return take_recorded();
    }
    judge(process, operands);
    if (layout_conflict && !step.diverged && step.status == StepStatus::ok) {
        step.diverged = true;
        step.divergence = DivergenceKind::layout;
    }
    flush();
    if (step.status == StepStatus::ok) note_written(step.mm);
}

void Engine::State::resolve(Process& process, CallOperands& operands) {
    const TraceRecord& record = *step.record;
    see_range();
    if (const auto* mmap = std::get_if<MmapCall>(&record.call)) {
        see_mmap(*mmap);
        resolve_mmap(process, *mmap, operands);
    } else if (const auto* mremap = std::get_if<MremapCall>(&record.call)) {
        resolve_mremap(*mremap, operands);
    } else if (const auto* brk = std::get_if<BrkCall>(&record.call)) {
        learn_brk(step.mm, *brk);
    } else if (const auto* shmat = std::get_if<ShmatCall>(&record.call)) {
        operands.file = files.segment(*shmat, record.recorded);
        if (!operands.file || shmat->addr != 0 || addresses == Addresses::simulated) return;
        const std::uint64_t size = world.files[operands.file.index].size;
        operands.placed_at = recorded_place(size);
        layout_conflict = operands.placed_at && occupied(step.mm, *operands.placed_at, size);
    } else if (const auto* shadow = std::get_if<ShadowStackCall>(&record.call)) {
        if (shadow->addr != 0 || addresses == Addresses::simulated) return;
        operands.placed_at = recorded_place(shadow->length);
        layout_conflict =
            operands.placed_at && occupied(step.mm, *operands.placed_at, shadow->length);
    } else if (std::holds_alternative<PrctlSetVmaCall>(record.call)) {
        if (!recorded_success(record)) return;
        names_seen = world.anon_names = true;
    } else if (const auto* seal = std::get_if<SealCall>(&record.call)) {
        operands.file = files.find(process, seal->file);
    } else if (const auto* uffd = std::get_if<UffdCall>(&record.call)) {
        resolve_uffd(process, *uffd, operands);
    }
}

// The recorded address of a call that succeeded, if a mapping can be there at all.
std::optional<std::uint64_t> Engine::State::recorded_place(std::uint64_t length) const {
    if (!recorded_success(*step.record)) return std::nullopt;
    const auto place = static_cast<std::uint64_t>(step.record->recorded.value);
    const std::uint64_t end = world.mms[step.mm.index].layout.task_size.bytes();
    const std::uint64_t size = pages_round_up(length).bytes();
    if (!page_aligned(place) || size == 0 || size > end || place > end - size) return std::nullopt;
    return place;
}

bool Engine::State::occupied(MmId mm, std::uint64_t addr, std::uint64_t length) const {
    const Vma* vma = world.mms[mm.index].vmas.find_vma(vpn_of(addr));
    return vma != nullptr && vma->start < vpn_of(addr) + pages_round_up(length);
}

void Engine::State::resolve_mmap(Process& process, const MmapCall& mmap, CallOperands& operands) {
    operands.file = files.find(process, mmap, step.record->recorded);
    operands.map_flags = mmap.flags;
    if ((mmap.flags & kMapFixed) != 0) return;
    const bool no_replace = (mmap.flags & kMapFixedNoReplace) != 0;
    if (addresses == Addresses::simulated && !no_replace) return;
    const auto place = recorded_place(mmap.length);
    if (!place) return;
    layout_conflict = occupied(step.mm, *place, mmap.length);
    if (addresses == Addresses::recorded) operands.placed_at = place;
    // What the kernel found free is free: our mapping there is the one that is wrong.
    if (no_replace && layout_conflict) {
        operands.map_flags = (mmap.flags & ~kMapFixedNoReplace) | kMapFixed;
    }
}

// Bytes, in whole pages of the kind that the mapping has.
std::uint64_t Engine::State::remapped_length(const MremapCall& mremap, std::uint64_t length) const {
    const Vma* vma = world.mms[step.mm.index].vmas.find_vma(vpn_of(mremap.addr));
    const bool huge = vma != nullptr && vma->flags.any(kVmHugetlb);
    const std::uint64_t mask = huge ? huge_page_of(world, *vma).bytes() - 1 : kPageMask;
    return (length + mask) & ~mask;
}

void Engine::State::resolve_mremap(const MremapCall& mremap, CallOperands& operands) {
    operands.new_addr = mremap.new_addr;
    if ((mremap.flags & kMremapFixed) != 0) return;
    if (addresses == Addresses::simulated) {
        // strace leaves the hint of DONTUNMAP out. Where it went is a hint that leads there.
        const bool hint = (mremap.flags & kMremapDontUnmap) != 0 && mremap.new_addr == 0;
        if (hint) operands.new_addr = recorded_place(mremap.length).value_or(0);
        return;
    }
    operands.placed_at = recorded_place(mremap.length);
    if (!operands.placed_at) return;
    // What has to be free: all of it, or what the mapping grows by.
    std::uint64_t from = *operands.placed_at;
    const std::uint64_t end = from + remapped_length(mremap, mremap.length);
    if (from == mremap.addr) from += remapped_length(mremap, mremap.old_length);
    if (from >= end || !occupied(step.mm, from, end - from)) return;
    layout_conflict = true;
    Current current = caller(step.mm, faults);
    current.op = MmOp::mremap;
    current.forced = true;
    static_cast<void>(sys_munmap(current, from, end - from));
}

// The first break that a trace shows says where the heap begins, or the byte where it ends.
void Engine::State::learn_brk(MmId mm, const BrkCall& call) {
    SpaceInfo& space = info(mm);
    const Recorded& recorded = step.record->recorded;
    if ((space.brk_known && space.brk_exact) || !recorded.known) return;
    const auto value = static_cast<std::uint64_t>(recorded.value);
    Mm& edited = world.mms.edit(mm.index);
    if (!space.brk_known) {
        edited.layout.start_brk = edited.brk = value;
    } else if (call.addr == 0 && pages_round_up(value) == pages_round_up(edited.brk)) {
        edited.brk = value;
    }
    space.brk_known = space.brk_exact = true;
}

Engine::State::Attempt Engine::State::attempt(const Site& site, const CallOperands& operands,
                                              Supposed supposed) const {
    Current current(site.world, site.mm, site.events, site.faults);
    current.stamp = stamp();
    current.forced = supposed.success;
    current.files_end = supposed.files_end;
    current.detailed = sink.wants_detail(step);
    const Outcome outcome = run_call(current, *step.record, operands, site.forked);
    return {outcome, current.refusal, site.faults.fired(), current.overrulable};
}

// Makes the call, and makes it once more where the recorded success overrules a refusal.
Engine::State::Judgement Engine::State::judge_at(const Site& site,
                                                 const CallOperands& operands) const {
    FaultInjector& injector = site.faults;
    std::optional<FaultInjector> faults_before;
    if (!injector.idle()) faults_before = injector;
    injector.forget_fired();

    Judgement judged;
    judged.simulated = attempt(site, operands, {});
    judged.holds = judged.simulated.outcome;
    judged.difference = compare(*step.record, judged.holds, addresses);
    if (judged.difference != DivergenceKind::forced) return judged;
    if (injector.fired()) {
        // It was made to fail: that is what whoever asked for it wants to see.
        judged.difference = DivergenceKind::result;
    } else if (judged.simulated.overrulable) {
        if (faults_before) injector = *faults_before;
        drop_failures(site.events.entries());
        judged.holds = attempt(site, operands, {.success = true}).outcome;
    }
    return judged;
}

class Engine::State::Probe final : public CallProbe {
public:
    Probe(const State& state, MmId mm, const CallOperands& operands)
        : state_(state), mm_(mm), operands_(operands) {}

    const World& world() const override { return state_.world; }
    const FaultInjector& faults() const override { return state_.faults; }
    Outcome make(World& copy, FaultInjector& injector, EventSink& listener) const override {
        EventBuffer heard;
        MmId child;
        const auto judged = state_.judge_at({copy, mm_, injector, heard, child}, operands_);
        for (const EventBuffer::Entry& entry : heard.entries()) {
            listener.on_event(mm_, entry.op, entry.event);
        }
        return judged.holds;
    }

private:
    const State& state_;
    MmId mm_;
    const CallOperands& operands_;
};

// The sink may try the step's call on copies of the world.
void Engine::State::offer(MmId mm, const CallOperands& operands) {
    if (!options.probes) return;
    faults.choose({});
    sink.before_call(step, Probe(*this, mm, operands));
}

// A recorded failure may tell what no argument does: that a file ends before the pages that are to
// be had, or that the kernel knows no names. Makes the call once more if so. REQUIRES: it differs
void Engine::State::reconsider(const World& before, MmId mm, const CallOperands& operands,
                               Judgement& judged) {
    const TraceRecord& record = *step.record;
    const Errno error = record.recorded.error;
    const bool nameless = std::holds_alternative<PrctlSetVmaCall>(record.call) &&
                          error == Errno::einval && !names_seen;
    const bool files_end = judged.simulated.outcome.error == Errno::ok && populates(record.call);
    if ((!nameless && !files_end) || faults.fired()) return;
    world = before;
    if (nameless) world.anon_names = false;
    events.entries().clear();
    const Attempt again =
        attempt({world, mm, faults, events, forked}, operands, {.files_end = files_end});
    if (again.outcome.error == error) judged = {again, again.outcome, std::nullopt};
}

// What the simulated kernel answers, and why if it says no.
void Engine::State::take_simulated(const Attempt& simulated) {
    step.simulated = simulated.outcome;
    if (!simulated_failure(*step.record, simulated.outcome)) return;
    step.failed_at = simulated.failed_at;
    if (!simulated.failed_at) step.refusal = simulated.refusal;
}

// Settles what holds after the call: step's status, outcome and divergence.
void Engine::State::judge(Process& process, const CallOperands& operands) {
    const TraceRecord& record = *step.record;
    // Not the caller's own where it asks the userfaultfd of another process.
    const MmId mm = operands.mm ? operands.mm : mm_of(process);
    // A failure that was recorded may have to be undone.
    std::optional<World> before;
    if (recorded_failure(record)) before.emplace(world);
    if (record.fail) faults.arm(spec_of(*record.fail, reader));
    offer(mm, operands);
    Judgement judged = judge_at({world, mm, faults, events, forked}, operands);
    if (before && judged.difference) reconsider(*before, mm, operands, judged);
    take_simulated(judged.simulated);
    if (before && !simulated_failure(record, step.simulated)) {
        world = std::move(*before);
        events.entries().clear();
        forked = {};
        judged.holds = {record.recorded.value, record.recorded.error};
    }
    if (record.fail) faults.disarm_last();

    if (simulated_failure(record, judged.holds)) {
        fail(judged.holds.error == Errno::ok ? Errno::enomem : judged.holds.error);
    }
    step.diverged = judged.difference.has_value();
    step.divergence = judged.difference.value_or(DivergenceKind{});
    result = judged.holds;
}

// Memory that the program is about to write to, as far as a trace without faults lets one guess.
void Engine::State::note_written(MmId mm) {
    if (page_faults != PageFaults::eager) return;
    if (const auto* protect = std::get_if<MprotectCall>(&step.record->call)) {
        if ((protect->prot & kProtWrite) == 0) return;
        pending_touch = PendingTouch{mm, protect->addr, protect->length};
    } else if (const auto* mmap = std::get_if<MmapCall>(&step.record->call)) {
        const bool private_anonymous =
            (mmap->flags & kMapType) == kMapPrivate && (mmap->flags & kMapAnonymous) != 0;
        if (!private_anonymous || (mmap->flags & kMapFixed) != 0) return;
        if ((mmap->prot & kProtWrite) == 0 || mmap->length > kEagerLimit) return;
        pending_touch = PendingTouch{mm, static_cast<std::uint64_t>(result.value), mmap->length};
    }
}

void Engine::State::set_limit(MmId mm, const SetrlimitCall& call) {
    ProcessLimits& limits = world.mms.edit(mm.index).limits;
    const std::uint64_t value = call.value.value_or(kUnlimited);
    switch (static_cast<Rlimit>(call.resource)) {
        case Rlimit::data:
            limits.data = value;
            break;
        case Rlimit::stack:
            limits.stack = value;
            break;
        case Rlimit::memlock:
            limits.memlock = value;
            break;
        case Rlimit::as:
            limits.as = value;
            break;
    }
}

}  // namespace mmsim
