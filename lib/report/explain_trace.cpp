// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/explain_trace.h"

#include <algorithm>
#include <map>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "analysis/boundaries.h"
#include "analysis/names.h"
#include "base/input_error.h"
#include "mm/maps_line.h"
#include "report/barrier_text.h"
#include "report/explain_events.h"

namespace mmsim {
namespace {

std::string vma_text(const World& world, const Mm& mm, const Vma& vma) {
    std::string flags = vm_flags_codes(vma.flags);
    if (!flags.empty()) flags.pop_back();
    std::string text =
        fmt::format("{} pgoff {:<6x} {}", addresses_of(vma.range()), vma.pgoff.index, flags);
    if (const std::string name = vma_name(world, mm, vma); !name.empty()) text += "  " + name;
    return text;
}

// What an event says about the layout: where; nullopt for events that do not change it.
std::optional<VmRange> place_of(const Event& event) {
    if (const auto* e = std::get_if<VmaCreated>(&event)) return e->vma.range();
    if (const auto* e = std::get_if<VmaSplit>(&event)) {
        return VmRange{e->at - Pages{1}, e->at + Pages{1}};
    }
    if (const auto* e = std::get_if<VmaMerged>(&event)) return e->after;
    if (const auto* e = std::get_if<VmaChanged>(&event)) return e->range;
    if (const auto* e = std::get_if<VmaRemoved>(&event)) return e->range;
    return std::nullopt;
}

// The VMAs in the range and those that touch it, by start.
std::map<Vpn, std::string> lines_around(const World& world, const Mm& mm, VmRange range) {
    std::map<Vpn, std::string> lines;
    const Vpn from = range.start() == Vpn{0} ? range.start() : range.start() - Pages{1};
    for (auto at = mm.vmas.find(from); at && at->start <= range.end(); at.next()) {
        lines[at->start] = vma_text(world, mm, *at);
    }
    return lines;
}

// Both layouts in address order: "-" is gone, "+" is new.
std::string compare_lines(const std::map<Vpn, std::string>& before,
                          const std::map<Vpn, std::string>& after) {
    std::map<Vpn, std::string> both = before;
    both.insert(after.begin(), after.end());
    std::string text;
    for (const auto& [start, ignored] : both) {
        const auto old = before.find(start);
        const auto now = after.find(start);
        if (old != before.end() && now != after.end() && old->second == now->second) {
            text += "    " + old->second + "\n";
            continue;
        }
        if (old != before.end()) text += "  - " + old->second + "\n";
        if (now != after.end()) text += "  + " + now->second + "\n";
    }
    return text;
}

std::string title_of(const Step& step) {
    const TraceRecord& record = *step.record;
    const bool address = returns_address(record.call);
    std::string text = fmt::format("event {}, line {}, pid {}: {}", step.number, record.line,
                                   step.pid, call_name(record.call));
    if (step.status == StepStatus::skipped) return text + ", not carried out";
    text += " = " + result_text(step.simulated.value, step.simulated.error, address);
    if (step.diverged) {
        text += fmt::format(" (recorded {}: {})",
                            result_text(record.recorded.value, record.recorded.error, address),
                            divergence_kind_name(step.divergence));
    }
    return text;
}

// The rule in which a call's own checks stand.
std::string_view rule_of(const TraceCall& call) {
    static const std::map<std::string_view, std::string_view> kRules = {
        {"mmap", "2.1"},
        {"munmap", "5.1"},
        {"mprotect", "5.2"},
        {"mremap", "5.3"},
        {"brk", "5.4"},
        {"madvise", "5.5"},
        {"mlock", "5.6"},
        {"mlock2", "5.6"},
        {"munlock", "5.6"},
        {"mlockall", "5.6"},
        {"munlockall", "5.6"},
        {"mseal", "5.7"},
        {"mbind", "5.7"},
        {"prctl_set_vma", "5.5"},
        {"prctl_set_memory_merge", "5.5"},
        {"remap_file_pages", "5.7"},
        {"shmat", "E10"},
        {"shmdt", "E10"},
        {"touch", "4.6"},
        {"pkey_mprotect", "5.2"},
        {"process_madvise", "5.5"},
    };
    const auto found = kRules.find(call_name(call));
    return found == kRules.end() ? std::string_view() : found->second;
}

class Explainer final : public StepSink {
public:
    explicit Explainer(const ExplainQuestion& question) : question_(question) {}

    void watch(const Engine& engine) { engine_ = &engine; }
    bool done() const { return question_.event && seen_ >= *question_.event; }
    std::uint64_t seen() const { return seen_; }
    std::string take() { return std::move(text_); }

    void before_step(const Step& step) override {
        if (explains(step)) before_.emplace(engine_->world());
    }
    bool wants_detail(const Step& step) override { return explains(step); }
    void on_event(const Step& step, MmOp, const Event& event) override {
        if (explains(step)) events_.push_back(event);
        const auto place = place_of(event);
        if (!place || !question_.addr) return;
        const Vpn page = vpn_of(*question_.addr);
        if (place->start() > page || place->end() < page) return;
        Space& space = space_of(step);
        space.history += fmt::format("event {}, line {}: {}\n", step.number, step.record->line,
                                     call_name(step.record->call));
        space.history += event_text(engine_->world(), event);
    }
    void after_step(const Step& step) override {
        seen_ = step.number;
        if (explains(step)) explain(step);
    }
    // What the address is at the end, in each process that has something there or had.
    std::string explain_address();

private:
    struct Space {
        MmId mm;
        std::int64_t pid = 0;
        std::string history;
    };
    bool explains(const Step& step) const {
        return !question_.addr && question_.event && step.number == *question_.event;
    }
    Space& space_of(const Step& step) {
        const auto found = std::ranges::find(spaces_, step.mm, &Space::mm);
        if (found != spaces_.end()) return *found;
        return spaces_.emplace_back(Space{step.mm, step.pid, {}});
    }
    void explain(const Step& step);
    std::string explain_in(const Mm& mm, std::int64_t pid, const std::string& history) const;

    const ExplainQuestion& question_;
    const Engine* engine_ = nullptr;
    std::uint64_t seen_ = 0;
    std::optional<World> before_;
    std::vector<Event> events_;
    std::vector<Space> spaces_;
    std::string text_;
};

void Explainer::explain(const Step& step) {
    const World& world = engine_->world();
    text_ = title_of(step) + "\n\n";
    std::optional<VmRange> around;
    for (const Event& event : events_) {
        text_ += event_text(world, event);
        const auto place = place_of(event);
        if (!place) continue;
        around = around ? VmRange{std::min(around->start(), place->start()),
                                  std::max(around->end(), place->end())}
                        : *place;
    }
    if (events_.empty()) {
        const std::string_view rule = rule_of(step.record->call);
        text_ += step.status == StepStatus::failed
                     ? "  refused by the checks of its arguments; nothing was done"
                     : "  nothing changes";
        text_ += rule.empty() ? "\n" : fmt::format("  (rule {})\n", rule);
    }
    if (!around || !step.mm) return;
    text_ += "\nlayout around it, - before, + after\n";
    text_ += compare_lines(lines_around(*before_, before_->mms[step.mm.index], *around),
                           lines_around(world, world.mms[step.mm.index], *around));
}

std::string boundary_text(const World& world, std::int64_t pid, const Vma& left, const Vma& right) {
    if (left.end != right.start) return "  a gap\n";
    const Boundary boundary = judge_boundary(world, pid, left, right);
    std::string text = fmt::format("  not merged at {:x}:\n", right.start.bytes());
    if (boundary.barriers.none()) {
        return text + "    untried: the rules would allow it, but no call has tried  (rule 4.3)\n" +
               "      cure: any call that changes the upper one, as mprotect there and back\n";
    }
    return text + barriers_text(boundary.barriers, boundary.differing, "    ", true);
}

std::string Explainer::explain_in(const Mm& mm, std::int64_t pid,
                                  const std::string& history) const {
    const World& world = engine_->world();
    const Vpn page = vpn_of(*question_.addr);
    std::string text =
        fmt::format("pid {}, address {:#x}, after event {}\n\n", pid, *question_.addr, seen_);
    auto at = mm.vmas.find(page);
    if (at && at->start <= page) {
        const Vma vma = *at;
        auto neighbour = at;
        if (neighbour.prev()) {
            text += "  " + vma_text(world, mm, *neighbour) + "\n";
            text += boundary_text(world, pid, *neighbour, vma);
        }
        text += "> " + vma_text(world, mm, vma) + "\n";
        neighbour = at;
        if (neighbour.next()) {
            text += boundary_text(world, pid, vma, *neighbour);
            text += "  " + vma_text(world, mm, *neighbour) + "\n";
        }
    } else {
        text += "  nothing is mapped there\n";
    }
    return text + "\nhistory\n" +
           (history.empty() ? "  it was there before the first event\n" : history);
}

std::string Explainer::explain_address() {
    const World& world = engine_->world();
    const Vpn page = vpn_of(*question_.addr);
    std::string text;
    for (const ProcessInfo& process : engine_->processes()) {
        if (process.exited || !process.mm) continue;
        const Mm& mm = world.mms[process.mm.index];
        const auto space = std::ranges::find(spaces_, process.mm, &Space::mm);
        const Vma* vma = mm.vmas.find_vma(page);
        const bool mapped = vma != nullptr && vma->start <= page;
        if (!mapped && space == spaces_.end()) continue;
        text += text.empty() ? "" : "\n";
        text += explain_in(mm, process.pid, space == spaces_.end() ? "" : space->history);
    }
    return text;
}

}  // namespace

std::string explain_trace(TraceReader& reader, const ReplayOptions& options,
                          const ExplainQuestion& question) {
    if (question.event && *question.event == 0) {
        throw InputError("--at 0: events are counted from 1");
    }
    Explainer explainer(question);
    Engine engine(reader, options, explainer);
    explainer.watch(engine);
    while (!explainer.done() && engine.step()) {
    }
    if (question.event && !explainer.done()) {
        throw InputError(
            fmt::format("--at {}: the trace has {} events", *question.event, explainer.seen()));
    }
    if (!question.addr) return explainer.take();
    std::string text = explainer.explain_address();
    if (text.empty()) {
        throw InputError(
            fmt::format("--addr {:#x}: nothing was ever mapped there", *question.addr));
    }
    return text;
}

}  // namespace mmsim
