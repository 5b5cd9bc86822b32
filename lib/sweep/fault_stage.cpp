// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_stage.h"

#include <utility>

#include "replay/divergence.h"
#include "trace/trace_reader.h"

namespace mmsim {

namespace {

// A trace that has nothing but a header.
class HeaderReader final : public TraceReader {
public:
    explicit HeaderReader(const TraceHeader& header) : header_(header) {}

    const TraceHeader& header() const override { return header_; }
    const TraceRecord* next() override { return nullptr; }
    std::string place() const override { return "the scene"; }
    const ReadSummary& summary() const override { return summary_; }
    TraceFormat format() const override { return TraceFormat::json; }

private:
    const TraceHeader& header_;
    ReadSummary summary_;
};

class Deaf final : public StepSink {};

World world_of(const TraceHeader& header, const ReplayOptions& options,
               const std::shared_ptr<const Driver>& instead) {
    HeaderReader reader(header);
    Deaf nobody;
    Engine engine(reader, options, nobody);
    engine.run();
    World world = engine.world();
    if (instead == nullptr) return world;
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        if (world.drivers[i].driver->name() != header.files.front().driver) continue;
        DriverEntry& entry = world.drivers.edit(i);
        entry.hooks = instead->hooks(*world.profile, world.hook_choice);
        entry.driver = instead;
    }
    return world;
}

}  // namespace

FaultStage::FaultStage(TraceHeader header, const ReplayOptions& options,
                       const std::shared_ptr<const Driver>& instead)
    : header_(std::move(header)), world_(world_of(header_, options, instead)), mm_{1} {}

CallOperands FaultStage::operands(const TraceRecord& record) const {
    CallOperands operands;
    if (const auto* mremap = std::get_if<MremapCall>(&record.call)) {
        operands.new_addr = mremap->new_addr;
    }
    const auto* mmap = std::get_if<MmapCall>(&record.call);
    if (mmap == nullptr) return operands;
    operands.map_flags = mmap->flags;
    for (const auto& [id, file] : world_.declared_files) {
        if (id == mmap->file.id) operands.file = file;
    }
    return operands;
}

bool FaultStage::make(World& world, const TraceRecord& record) const {
    DeafSink nobody;
    FaultInjector never;
    MmId child;
    Current current(world, mm_, nobody, never);
    const Outcome outcome = run_call(current, record, operands(record), child);
    return !simulated_failure(record, outcome);
}

std::optional<World> FaultStage::set(const ContextScript& script) const {
    World world = world_;
    for (const TraceRecord& record : script.scene) {
        if (!make(world, record)) return std::nullopt;
    }
    return world;
}

Outcome ContextCall::make(World& copy, FaultInjector& faults, EventSink& listener) const {
    MmId child;
    Current current(copy, mm_, listener, faults);
    return run_call(current, record_, operands_, child);
}

}  // namespace mmsim
