// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/explain_trace.h"

#include <algorithm>
#include <map>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "analysis/boundaries.h"
#include "analysis/call_text.h"
#include "analysis/names.h"
#include "base/input_error.h"
#include "mm/maps_line.h"
#include "replay/divergence.h"
#include "report/barrier_text.h"
#include "report/explain_events.h"
#include "report/refusal_text.h"

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
                                   step.pid, call_text(record.call));
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
        {"prctl_set_mdwe", "5.5"},
        {"prctl_set_mdwe_no_inherit", "5.5"},
        {"prctl_set_thp_disable", "5.5"},
        {"read_implies_exec", "5.5"},
        {"remap_file_pages", "5.7"},
        {"map_shadow_stack", "5.7"},
        {"uffdio_api", "5.7"},
        {"uffdio_register", "5.7"},
        {"uffdio_unregister", "5.7"},
        {"uffdio_copy", "4.6"},
        {"uffdio_zeropage", "4.6"},
        {"uffdio_move", "4.6"},
        {"uffdio_continue", "4.6"},
        {"uffdio_poison", "4.6"},
        {"shmat", "E10"},
        {"shmdt", "E10"},
        {"touch", "4.6"},
        {"pkey_mprotect", "5.2"},
        {"process_madvise", "5.5"},
    };
    const auto found = kRules.find(call_name(call));
    return found == kRules.end() ? std::string_view() : found->second;
}

// What happened at an address: the beginning and the end of it, however long it is.
class History {
public:
    void add(const Step& step, const std::string& what) {
        if (step.number != last_) {
            last_ = step.number;
            ++events_;
            std::vector<std::string>& to = events_ <= kFirst ? first_ : recent_;
            if (recent_.size() == static_cast<std::size_t>(2 * kRecent))
                recent_.erase(recent_.begin(), recent_.begin() + kRecent);
            to.push_back(fmt::format("event {}, line {}: {}\n", step.number, step.record->line,
                                     brief_call_text(step.record->call)));
        }
        (events_ <= kFirst ? first_ : recent_).back() += what;
    }
    std::string text() const {
        if (events_ == 0) return "  it was there before the first event\n";
        std::string all = fmt::format("{}", fmt::join(first_, ""));
        const std::size_t shown = std::min(recent_.size(), static_cast<std::size_t>(kRecent));
        const std::size_t left_out = events_ - first_.size() - shown;
        if (left_out != 0) all += fmt::format("... {} more events ...\n", left_out);
        return all + fmt::format("{}", fmt::join(recent_.end() - static_cast<std::ptrdiff_t>(shown),
                                                 recent_.end(), ""));
    }

private:
    static constexpr std::size_t kFirst = 10;
    static constexpr std::ptrdiff_t kRecent = 20;
    std::vector<std::string> first_, recent_;
    std::size_t events_ = 0;
    std::uint64_t last_ = 0;
};

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
        space_of(step.mm).history.add(step, event_text(engine_->world(), event));
    }
    void after_step(const Step& step) override {
        seen_ = step.number;
        if (explains(step)) explain(step);
    }
    void on_exit(std::int64_t pid, MmId mm_id) override;
    // What the address is at the end, in each process that has something there or had.
    std::string explain_address();

private:
    struct Space {
        MmId mm;
        History history;
        std::string at_end;  // the whole answer, where the address space has ended
    };
    bool explains(const Step& step) const {
        return !question_.addr && question_.event && step.number == *question_.event;
    }
    Space& space_of(MmId mm) {
        const auto found = std::ranges::find(spaces_, mm, &Space::mm);
        if (found != spaces_.end()) return *found;
        spaces_.emplace_back();
        spaces_.back().mm = mm;
        return spaces_.back();
    }
    bool mapped_in(const Mm& mm) const {
        const Vma* const vma = mm.vmas.find_vma(vpn_of(*question_.addr));
        return vma != nullptr && vma->start <= vpn_of(*question_.addr);
    }
    void explain(const Step& step);
    std::string refusal(const Step& step) const;
    std::string explain_in(const Mm& mm, const History& history, const std::string& title) const;

    const ExplainQuestion& question_;
    const Engine* engine_ = nullptr;
    std::uint64_t seen_ = 0;
    std::optional<World> before_;
    std::vector<Event> events_;
    std::vector<Space> spaces_;
    std::string text_;
};

// Refused, and done all the same.
bool carried_out(const Step& step) {
    return step.diverged && step.divergence == DivergenceKind::forced;
}

// Which check said no, where no event has told it.
std::string Explainer::refusal(const Step& step) const {
    const std::string_view rule = rule_of(step.record->call);
    if (!simulated_failure(*step.record, step.simulated)) {
        return events_.empty() ? "  nothing changes\n" : "";
    }
    const std::string forced = carried_out(step) ? ", but the trace says that it succeeded" : "";
    if (step.refusal && step.mm) {
        const Mm& mm = before_->mms[step.mm.index];
        const std::string_view own_rule = refusal_rule(step.refusal->check);
        return explain_line("refused: " + refusal_text(*before_, mm, *step.refusal) + forced,
                            own_rule.empty() ? rule : own_rule);
    }
    const auto told = [](const Event& event) {
        const auto* const unwound = std::get_if<CallUnwound>(&event);
        return unwound != nullptr && unwound->stage.empty();
    };
    if (std::ranges::any_of(events_, told)) return "";
    if (step.failed_at) {
        return explain_line(fmt::format("made to fail at {}", fail_point_name(*step.failed_at)),
                            rule);
    }
    return explain_line("refused; none of the checks that mmsim explains objects" + forced, rule);
}

void Explainer::explain(const Step& step) {
    const World& world = engine_->world();
    text_ = title_of(step) + "\n\n";
    const std::string refused = refusal(step);
    if (carried_out(step)) text_ += refused;
    std::optional<VmRange> around;
    for (const Event& event : events_) {
        text_ += event_text(world, event);
        const auto place = place_of(event);
        if (!place) continue;
        around = around ? VmRange{std::min(around->start(), place->start()),
                                  std::max(around->end(), place->end())}
                        : *place;
    }
    if (!carried_out(step)) text_ += refused;
    if (!around || !step.mm) return;
    text_ += "\nlayout around it, - before, + after\n";
    text_ += compare_lines(lines_around(*before_, before_->mms[step.mm.index], *around),
                           lines_around(world, world.mms[step.mm.index], *around));
}

std::string boundary_text(const World& world, const Vma& left, const Vma& right) {
    if (left.end != right.start) return "  a gap\n";
    const Boundary boundary = judge_boundary(world, 0, left, right);
    std::string text = fmt::format("  not merged at {:x}:\n", right.start.bytes());
    if (boundary.barriers.none()) {
        return text + "    untried: the rules would allow it, but no call has tried  (rule 4.3)\n" +
               "      cure: any call that changes the upper one, as mprotect there and back\n";
    }
    return text + barriers_text(boundary.barriers, boundary.differing, "    ", true);
}

std::string Explainer::explain_in(const Mm& mm, const History& history,
                                  const std::string& title) const {
    const World& world = engine_->world();
    const Vpn page = vpn_of(*question_.addr);
    std::string text = title + "\n\n";
    auto at = mm.vmas.find(page);
    if (at && at->start <= page) {
        const Vma vma = *at;
        auto neighbour = at;
        if (neighbour.prev()) {
            text += "  " + vma_text(world, mm, *neighbour) + "\n";
            text += boundary_text(world, *neighbour, vma);
        }
        text += "> " + vma_text(world, mm, vma) + "\n";
        neighbour = at;
        if (neighbour.next()) {
            text += boundary_text(world, vma, *neighbour);
            text += "  " + vma_text(world, mm, *neighbour) + "\n";
        }
    } else {
        text += "  nothing is mapped there\n";
    }
    return text + "\nhistory\n" + history.text();
}

void Explainer::on_exit(std::int64_t pid, MmId mm_id) {
    if (!question_.addr || engine_ == nullptr) return;
    const Mm& mm = engine_->world().mms[mm_id.index];
    const bool had_something = std::ranges::find(spaces_, mm_id, &Space::mm) != spaces_.end();
    if (!had_something && !mapped_in(mm)) return;
    Space& space = space_of(mm_id);
    space.at_end =
        explain_in(mm, space.history,
                   fmt::format("pid {}, address {:#x}, before event {}, where the process ends",
                               pid, *question_.addr, seen_ + 1));
}

std::string Explainer::explain_address() {
    const World& world = engine_->world();
    std::string text;
    const auto add = [&](const std::string& answer) {
        text += (text.empty() ? "" : "\n") + answer;
    };
    for (const ProcessInfo& process : engine_->processes()) {
        if (process.exited || !process.mm) continue;
        const Mm& mm = world.mms[process.mm.index];
        const auto space = std::ranges::find(spaces_, process.mm, &Space::mm);
        if (!mapped_in(mm) && space == spaces_.end()) continue;
        const std::string title = fmt::format("pid {}, address {:#x}, after event {}", process.pid,
                                              *question_.addr, seen_);
        add(explain_in(mm, space == spaces_.end() ? History() : space->history, title));
    }
    for (const Space& space : spaces_) {
        if (!space.at_end.empty() && !world.mms[space.mm.index].alive) add(space.at_end);
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
