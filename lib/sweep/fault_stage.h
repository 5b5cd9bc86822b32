// SPDX-License-Identifier: GPL-2.0-or-later
// A world with the files and drivers of a sweep's contexts, and what is made of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mm/world.h"
#include "replay/calls.h"
#include "replay/engine.h"
#include "sweep/fault_contexts.h"

namespace mmsim {

class FaultStage {
public:
    // `instead`: stands in for the swept driver; null: the one of that name. Throws InputError as
    // Engine does.
    FaultStage(TraceHeader header, const ReplayOptions& options,
               const std::shared_ptr<const Driver>& instead);

    const TraceHeader& header() const { return header_; }
    const World& world() const { return world_; }
    MmId mm() const { return mm_; }

    // What a call takes besides its record.
    CallOperands operands(const TraceRecord& record) const;
    // Makes the call, with nothing that fails. Whether it succeeded.
    bool make(World& world, const TraceRecord& record) const;
    // The world in which the swept call is made; nothing where the scene cannot be set.
    std::optional<World> set(const ContextScript& script) const;

private:
    TraceHeader header_;
    World world_;
    MmId mm_;
};

// The swept call of a context.
class ContextCall final : public CallProbe {
public:
    // REQUIRES: all of it outlives the probe
    ContextCall(const FaultStage& stage, const World& before, const TraceRecord& record)
        : before_(before), record_(record), mm_(stage.mm()), operands_(stage.operands(record)) {}

    const World& world() const override { return before_; }
    const FaultInjector& faults() const override { return faults_; }
    Outcome make(World& copy, FaultInjector& faults, EventSink& listener) const override;

private:
    const World& before_;
    const TraceRecord& record_;
    MmId mm_;
    CallOperands operands_;
    FaultInjector faults_;
};

}  // namespace mmsim
