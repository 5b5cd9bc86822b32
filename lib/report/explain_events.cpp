// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/explain_events.h"

#include <string_view>
#include <variant>

#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"
#include "report/barrier_text.h"

namespace mmsim {

std::string addresses_of(VmRange range) {
    return fmt::format("{:x}-{:x}", range.start().bytes(), range.end().bytes());
}

std::string explain_line(const std::string& text, std::string_view rule) {
    constexpr std::size_t kRuleColumn = 76;
    return fmt::format("  {:<{}} {}\n", text, kRuleColumn, rule);
}

namespace {

std::string flags_text(VmFlags flags) {
    std::string text = vm_flags_codes(flags);
    if (!text.empty()) text.pop_back();
    return text.empty() ? "none" : text;
}

std::string pages_text(Pages pages) {
    return fmt::format("{} page{}", pages.count, pages.count == 1 ? "" : "s");
}

std::string_view merge_kind_text(MergeKind kind) {
    switch (kind) {
        case MergeKind::new_left:
            return "the new range joins the VMA below it";
        case MergeKind::new_right:
            return "the new range joins the VMA above it";
        case MergeKind::new_both:
            return "the new range joins both neighbours";
        case MergeKind::left:
            return "the changed range joins the VMA below it";
        case MergeKind::right:
            return "the changed range joins the VMA above it";
        case MergeKind::both:
            return "the changed range joins both neighbours";
    }
    return {};
}

bool is_new(MergeKind kind) { return kind <= MergeKind::new_both; }

class Teller {
public:
    explicit Teller(const World& world) : world_(world) {}

    std::string operator()(const StepTaken& e) const {
        switch (e.step) {
            case PipelineStep::gathered:
                return explain_line("gather: " + pages_text(e.pages) + " mapped in the range",
                                    "3.1 B, 3.2");
            case PipelineStep::limits_passed:
                return explain_line("limits: " + pages_text(e.pages) + " more fit", "3.1 B, 2.4");
            case PipelineStep::charged:
                return explain_line("charge: " + pages_text(e.pages), "3.1 B, 2.4");
            case PipelineStep::cleaned_up:
                return explain_line(e.pages ? "clean-up: the old mappings are gone, no way back"
                                            : "clean-up: there was nothing",
                                    "3.1 B");
            case PipelineStep::merge_tried:
                return explain_line(e.pages ? "merge: done" : "merge: with neither neighbour",
                                    "3.1 E, 4.2");
            case PipelineStep::vma_allocated:
                return explain_line("new VMA: allocated", "3.1 F");
            case PipelineStep::counters_right:
                return explain_line("completion: counted, " + pages_text(e.pages) + " in", "3.1 H");
        }
        return {};
    }
    std::string operator()(const DescShown& e) const {
        std::string text = fmt::format("    {} {}\n      flags {}\n      pgoff {:#x}, vm_ops {}",
                                       e.before ? "before" : "after ", hook_name(e.hook),
                                       flags_text(e.flags), e.pgoff.index, ops_text(e.ops));
        text += fmt::format(", private_data {:#x}, file {}", e.private_data, file_text(e.file));
        if (e.hook == Hook::mmap_prepare) {
            text += fmt::format(", action {}", action_type_name(e.action));
        }
        return text + "\n";
    }
    std::string operator()(const MergeJudged& e) const {
        const bool below = e.neighbour.end() == e.proposal.start();
        const std::string where =
            fmt::format("{} {}", below ? "below" : "above", addresses_of(e.neighbour));
        if (e.barriers.none())
            return explain_line("compared with the VMA " + where + ": equal", "4.1");
        return explain_line("compared with the VMA " + where + ": stays apart", "4.1") +
               barriers_text(e.barriers, e.differing, "      ", false);
    }
    std::string operator()(const VmaCreated& e) const {
        return explain_line(
            fmt::format("VMA {}: {} appears", e.vma.id.index, addresses_of(e.vma.range())),
            "3.1 F");
    }
    std::string operator()(const VmaSplit& e) const {
        return explain_line(fmt::format("VMA {} is cut at {:x}; the new piece is VMA {}",
                                        e.original.index, e.at.bytes(), e.created.index),
                            "4.7");
    }
    std::string operator()(const VmaMerged& e) const {
        std::string text = fmt::format("{}: VMA {} is {}", merge_kind_text(e.kind),
                                       e.survivor.index, addresses_of(e.after));
        if (e.swallowed != 0) text += fmt::format(", {} swallowed", e.swallowed);
        return explain_line(text, is_new(e.kind) ? "4.2" : "4.3");
    }
    std::string operator()(const VmaChanged& e) const {
        return explain_line(fmt::format("VMA {}: {} changes", e.id.index, addresses_of(e.range)),
                            "4.3");
    }
    std::string operator()(const VmaRemoved& e) const {
        return explain_line(fmt::format("VMA {}: {} goes", e.id.index, addresses_of(e.range)),
                            "3.2");
    }
    std::string operator()(const HookRan& e) const {
        const bool prepare = e.hook == Hook::mmap_prepare;
        return explain_line(fmt::format("hook {} of {}: {}", hook_name(e.hook),
                                        driver_text(e.driver), error_text(e.error)),
                            prepare                ? "3.1 C, 3.5"
                            : e.hook == Hook::mmap ? "3.1 F, 3.4"
                                                   : "4.5, 6.6");
    }
    std::string operator()(const ActionRan& e) const {
        return explain_line(fmt::format("action {} on {}: {}", action_type_name(e.type),
                                        addresses_of(e.range), error_text(e.error)),
                            "3.1 I, 3.6");
    }
    std::string operator()(const CallUnwound& e) const {
        // A stage that is no failure point is the call itself: the check is told beside it.
        const std::string where = e.stage.empty() ? fmt::format("at {}", fail_point_name(e.point))
                                                  : "after it had changed something";
        std::string text =
            explain_line(fmt::format("FAILED {}: {}", where, error_text(e.error)), "3.3");
        for (const UnwindStep step : e.undone) {
            text += fmt::format("      undone: {}\n", unwind_step_name(step));
        }
        for (const UnwindStep step : e.not_undone) {
            text += fmt::format("      not undone: {}\n", unwind_step_name(step));
        }
        for (const VmRange& lost : e.lost) {
            text += fmt::format("      lost: {}\n", addresses_of(lost));
        }
        return text;
    }
    std::string operator()(const Leaked& e) const {
        return explain_line("leaked: " + leak_amount_text(leak_kind_name(e.kind), e.count),
                            "3.3, 3.5");
    }
    std::string operator()(const Diagnosed& e) const {
        return explain_line(fmt::format("diagnostic {}: driver {}{}{}", e.id, driver_text(e.driver),
                                        e.detail.empty() ? "" : ": ", e.detail),
                            "3.5");
    }

private:
    std::string driver_text(DriverId driver) const {
        return driver ? std::string(world_.drivers[driver.index].driver->name()) : "none";
    }
    std::string ops_text(VmOps ops) const {
        if (ops == kVmOpsAnonymous) return "NULL";
        if (ops == kVmOpsDummy) return "dummy";
        return "of " + driver_text(ops.driver());
    }
    std::string file_text(FileId file) const {
        if (!file || file.index >= world_.files.bound()) return "none";
        const std::string& path = world_.files[file.index].path;
        return path.empty() ? "without a path" : path;
    }
    static std::string error_text(Errno error) {
        return error == Errno::ok ? "ok" : result_text(-1, error, false);
    }

    const World& world_;
};

}  // namespace

std::string event_text(const World& world, const Event& event) {
    return std::visit(Teller(world), event);
}

}  // namespace mmsim
