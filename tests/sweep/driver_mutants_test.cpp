// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers that are right, each with one thing changed: the sweep finds every change.
#include <functional>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "mm/mmap_action.h"
#include "sweep/driver_faults.h"

using namespace mmsim;

namespace {

// A driver whose hooks may be told to do something else, or nothing.
class Mutant final : public Driver {
public:
    explicit Mutant(std::string_view of) : of_(make_driver(of)) {}

    std::string_view name() const override { return of_->name(); }
    std::string_view summary() const override { return of_->summary(); }
    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return of_->hooks(profile, choice);
    }
    std::span<const ParamSpec> params() const override { return of_->params(); }
    UnmappedArea unmapped_area() const override { return of_->unmapped_area(); }
    bool mapped_can_fail() const override { return of_->mapped_can_fail(); }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        auto done = of_->mmap_prepare(call, desc);
        if (done && after_prepare) after_prepare(call, desc);
        return done;
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override { return of_->mmap(call, vma); }
    Result<> mapped(HookCall& call, const Vma& vma, std::uint64_t& data) const override {
        for (int i = 0; i < mapped_times; ++i) {
            if (auto done = of_->mapped(call, vma, data); !done) return done;
        }
        return mapped_result;
    }
    void open(HookCall& call, const Vma& vma) const override {
        for (int i = 0; i < open_times; ++i) of_->open(call, vma);
    }
    void close(HookCall& call, const Vma& vma) const override {
        for (int i = 0; i < close_times; ++i) of_->close(call, vma);
    }

    std::function<void(HookCall&, VmAreaDesc&)> after_prepare;
    int mapped_times = 1, open_times = 1, close_times = 1;
    Result<> mapped_result;

private:
    std::shared_ptr<const Driver> of_;
};

std::size_t findings_of(std::string_view driver, const std::function<void(Mutant&)>& mutate) {
    auto mutant = std::make_shared<Mutant>(driver);
    mutate(*mutant);
    DriverFaultOptions options;
    options.driver = std::string(driver);
    options.kernels = {KernelVersion::v7_3};
    options.replay.fixed_accounting = true;
    options.instead = mutant;
    return sweep_driver(options).cases.size();
}

struct Change {
    const char* what;
    const char* driver;
    std::function<void(Mutant&)> mutate;
};

}  // namespace

TEST_SUITE("sweep/driver mutants") {
    TEST_CASE("a driver that only passes through another has no findings either") {
        for (const char* driver : {"afs", "open_dice", "hpet"}) {
            CHECK_EQ(findings_of(driver, [](Mutant&) {}), 0);
        }
    }

    TEST_CASE("each change of a driver that was right is found") {
        const Change changes[] = {
            {"close gives nothing back", "afs", [](Mutant& m) { m.close_times = 0; }},
            {"close gives back twice", "afs", [](Mutant& m) { m.close_times = 2; }},
            {"open takes nothing", "afs", [](Mutant& m) { m.open_times = 0; }},
            {"open takes twice", "afs", [](Mutant& m) { m.open_times = 2; }},
            {"mapped takes nothing", "afs", [](Mutant& m) { m.mapped_times = 0; }},
            {"mapped takes twice", "afs", [](Mutant& m) { m.mapped_times = 2; }},
            {"mmap_prepare takes what mapped took", "afs",
             [](Mutant& m) {
                 m.mapped_times = 0;
                 m.after_prepare = [](HookCall& call, VmAreaDesc&) { call.get("open_mmaps"); };
             }},
            {"mapped fails for a mapping that it has counted", "afs",
             [](Mutant& m) { m.mapped_result = Errno::eio; }},
            {"a read-only mapping keeps MAYWRITE", "open_dice",
             [](Mutant& m) {
                 m.after_prepare = [](HookCall&, VmAreaDesc& desc) {
                     desc.flags = desc.flags | kVmMayWrite;
                 };
             }},
            {"the action reaches over the end of the mapping", "hpet",
             [](Mutant& m) {
                 m.after_prepare = [](HookCall&, VmAreaDesc& desc) {
                     desc.action = {};
                     mmap_action_remap(desc, desc.range.start().bytes(), Pfn{0xfed00},
                                       (desc.range.pages() + Pages{1}).bytes());
                 };
             }},
        };
        for (const Change& change : changes) {
            CAPTURE(change.what);
            CHECK_GT(findings_of(change.driver, change.mutate), 0);
        }
    }
}
