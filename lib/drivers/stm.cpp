// SPDX-License-Identifier: GPL-2.0-or-later
// Channels of a system trace device, kept powered while they are mapped. Linux:
// drivers/hwtracing/stm/core.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"
#include "drivers/io_memory.h"

namespace mmsim {
namespace {

constexpr std::string_view kStmPower = "pm_runtime";

constexpr DriverCheck kStmChecks[] = {
    {"the device has no channels in memory", Errno::eopnotsupp},
    {"an offset", Errno::einval},
    {"a length other than channels * channel_bytes", Errno::einval},
    {"the channels have no physical address", Errno::einval},
};
constexpr ParamSpec kStmParams[] = {
    {"mmio", ParamKind::number, "1", "0: the device has no channels in memory", ""},
    {"channels", ParamKind::number, "1", "how many were assigned", ""},
    {"channel_bytes", ParamKind::number, "4096", "bytes of a channel", ""},
    {"phys", ParamKind::number, "\"0xf9000000\"", "physical address of the first; 0: none", ""},
};
constexpr DriverChange kStmChanges[] = {
    {"7.1",
     "converted: a failing remap is an error of mmap, where before the mapping stood and "
     "its pages were missing. Power is taken in mapped; close after a remap that failed at "
     "completion (F10) drops what nobody took"},
};
constexpr DriverFacts kStmFacts{
    .name = "stm",
    .summary = "trace channels that stay powered while they are mapped",
    .checks = kStmChecks,
    .flags = "sets IO, DONTEXPAND, DONTDUMP",
    .page_prot = "noncached",
    .action = "simple_ioremap(phys, length)",
    .vm_ops =
        "open takes pm_runtime, close drops it; from 7.1 on mapped takes it, before that the "
        "mmap hook",
    .params = kStmParams,
    .changes = kStmChanges,
    .reference = kStmPower,
};

class Stm final : public BuiltIn {
public:
    Stm() : BuiltIn(kStmFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        const bool can = profile.kernel_page_actions;
        const HookSet set = mmap_hook(choice, can, can).with(Hook::open).with(Hook::close);
        return set.has(Hook::mmap_prepare) ? set.with(Hook::mapped) : set;
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        TRY(check(params_of(call), vma));
        call.get(kStmPower);
        set_up(call, vma);
        // Nobody asks whether this worked.
        static_cast<void>(
            map_io_memory(vma, params_of(call).number("phys"), vma.range.pages().bytes()));
        return {};
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        TRY(check(params_of(call), desc));
        set_up(call, desc);
        return map_io_memory(desc, params_of(call).number("phys"), desc.range.pages().bytes());
    }
    bool mapped_can_fail() const override { return false; }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t&) const override {
        call.get(kStmPower);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kStmPower); }
    void close(HookCall& call, const Vma&) const override { call.put(kStmPower); }

private:
    template <typename Target>
    static Result<> check(const DriverParams& params, const Target& target) {
        if (!params.yes("mmio")) return Errno::eopnotsupp;
        if (target.pgoff.index != 0) return Errno::einval;
        const std::uint64_t size = params.number("channels") * params.number("channel_bytes");
        if (target.range.pages().bytes() != size) return Errno::einval;
        if (params.number("phys") == 0) return Errno::einval;
        return {};
    }
    template <typename Target>
    static void set_up(HookCall& call, Target& target) {
        target.page_prot = PageProt::noncached;
        target.flags = target.flags | kVmIo | kVmDontExpand | kVmDontDump;
        target.ops = call.own_ops();
    }
};

}  // namespace

std::shared_ptr<const Driver> make_stm() { return std::make_shared<const Stm>(); }

}  // namespace mmsim
