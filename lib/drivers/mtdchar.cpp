// SPDX-License-Identifier: GPL-2.0-or-later
// Flash memory: a hook that is there and refuses. Linux: drivers/mtd/mtdchar.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr DriverCheck kMtdcharChecks[] = {
    {"always: only machines without an MMU map flash", Errno::enodev}};
constexpr DriverChange kMtdcharChanges[] = {{"7.1", "converted: the same answer (F4, was F8)"}};
constexpr DriverFacts kMtdcharFacts{
    .name = "mtdchar",
    .summary = "flash memory: refuses every mapping, too late for what was mapped there",
    .checks = kMtdcharChecks,
    .changes = kMtdcharChanges,
};

class Mtdchar final : public BuiltIn {
public:
    Mtdchar() : BuiltIn(kMtdcharFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.kernel_page_actions, profile.mmap_prepare);
    }
    Result<> mmap(HookCall&, HalfBuiltVma&) const override { return Errno::enodev; }
    Result<> mmap_prepare(HookCall&, VmAreaDesc&) const override { return Errno::enodev; }
};

}  // namespace

std::shared_ptr<const Driver> make_mtdchar() { return std::make_shared<const Mtdchar>(); }

}  // namespace mmsim
