// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/hook_forms.h"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "replay/divergence.h"
#include "sweep/mappings.h"

namespace mmsim {

namespace {

// What a form comes to in one context.
struct FormRun {
    std::optional<World> world;  // nothing where the scene cannot be set
    Outcome outcome;
};

FormRun run_form(const FaultStage& stage, const ContextScript& script) {
    FormRun run;
    run.world = stage.set(script);
    if (!run.world) return run;
    const World before = *run.world;
    const ContextCall call(stage, before, script.call);
    DeafSink nobody;
    FaultInjector never;
    run.outcome = call.make(*run.world, never, nobody);
    return run;
}

constexpr FormDifference kDifferences[] = {
    {"mmap_prepare makes one VMA of what mmap leaves apart: it sets flags before the merge attempt",
     "3.4"},
    {"a stacked mmap_prepare that sets no vm_ops makes anonymous memory, before 7.2", "DELTA 3.2"},
};
enum Explained : unsigned char { kMerges, kAnonymousStacked };

bool is_stacked(const ContextScript& script) {
    const auto by_another = [](const TraceRecord& record) {
        const auto* mmap = std::get_if<MmapCall>(&record.call);
        return mmap != nullptr && (mmap->file.id == "outer" || mmap->file.id == "stack");
    };
    return by_another(script.call) || std::ranges::any_of(script.scene, by_another);
}

// Which row of the table says that mappings, equal or not, may differ.
std::optional<Explained> explain(const FaultStage& stage, const ContextScript& script, bool equal,
                                 std::size_t was, std::size_t is) {
    if (equal && is < was) return kMerges;
    if (!equal && is_stacked(script) && !stage.world().profile->compat_prefills_ops)
        return kAnonymousStacked;
    return std::nullopt;
}

std::string answer(const Outcome& outcome) {
    return outcome.error == Errno::ok ? "success" : std::string(errno_name(outcome.error));
}

}  // namespace

std::span<const FormDifference> form_differences() { return kDifferences; }

bool has_two_forms(const FaultStage& legacy, const FaultStage& prepare) {
    const auto converted = [](const FaultStage& stage) {
        const World& world = stage.world();
        const FileId dev = world.declared_files.front().second;
        return world.driver_of(dev)->hooks.has(Hook::mmap_prepare);
    };
    return converted(legacy) != converted(prepare);
}

std::optional<std::string> compare_hook_forms(const FaultStage& legacy, const FaultStage& prepare,
                                              const ContextScript& script) {
    const FormRun old = run_form(legacy, script);
    const FormRun now = run_form(prepare, script);
    if (!old.world || !now.world) {
        if (old.world.has_value() == now.world.has_value()) return std::nullopt;
        return fmt::format("what lies beside the request can be mapped with {} alone",
                           old.world ? "mmap" : "mmap_prepare");
    }
    if (old.outcome.error != now.outcome.error) {
        return fmt::format("mmap answers {}, mmap_prepare {}", answer(old.outcome),
                           answer(now.outcome));
    }
    const VmaTree& was = old.world->mms[legacy.mm().index].vmas;
    const VmaTree& is = now.world->mms[prepare.mm().index].vmas;
    const bool equal = same_mappings(legacy.world(), was, is);
    if (equal && was.size() == is.size()) return std::nullopt;
    if (explain(prepare, script, equal, was.size(), is.size())) return std::nullopt;
    if (!equal) return "the mappings differ";
    return fmt::format("{} VMAs with mmap, {} with mmap_prepare", was.size(), is.size());
}

}  // namespace mmsim
