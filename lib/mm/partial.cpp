// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/partial.h"

#include <utility>

namespace mmsim {
namespace {

CallUnwound failed_call(const Current& current, Errno error) {
    const auto fired =
        current.effects.failed_at ? current.effects.failed_at : current.faults.fired();
    return {.op = current.op,
            .point = fired.value_or(FailPoint{}),
            .stage = fired ? std::string_view{} : mm_op_name(current.op),
            .error = error,
            .driver = {},
            .undone = {},
            .not_undone = {},
            .lost = {}};
}

}  // namespace

void tell_kept(Current& current, Errno error) {
    const CallEffects& effects = current.effects;
    CallUnwound report = failed_call(current, error);
    if (effects.changed) report.not_undone.push_back(UnwindStep::earlier_changes_kept);
    if (effects.cut) report.not_undone.push_back(UnwindStep::edge_splits_left);
    current.tell(std::move(report));
}

void tell_failed_move(Current& current, Errno error) {
    CallEffects& effects = current.effects;
    CallUnwound report = failed_call(current, error);
    report.undone = std::move(effects.undone);
    if (effects.moved) report.not_undone.push_back(UnwindStep::earlier_changes_kept);
    if (effects.copy_left) report.not_undone.push_back(UnwindStep::mapping_left);
    if (!effects.destination_lost.empty()) {
        report.not_undone.push_back(UnwindStep::destination_lost);
        report.lost = std::move(effects.destination_lost);
    }
    if (!effects.tail_lost.empty()) {
        report.not_undone.push_back(UnwindStep::old_mappings_lost);
        report.lost.insert(report.lost.end(), effects.tail_lost.begin(), effects.tail_lost.end());
    }
    if (effects.edges_cut) report.not_undone.push_back(UnwindStep::edge_splits_left);
    if (!report.undone.empty() || !report.not_undone.empty()) current.tell(std::move(report));
}

}  // namespace mmsim
