// SPDX-License-Identifier: GPL-2.0-or-later
// Physical memory by its address. Linux: drivers/char/mem.c. Rule 7, DELTA 2.3, 5.
#include "drivers/built_in.h"
#include "drivers/io_memory.h"

namespace mmsim {
namespace {

constexpr std::uint64_t kFirstMegabyte = std::uint64_t{1} << 20;

constexpr DriverCheck kDevMemChecks[] = {
    {"the offset in bytes overflows, or the end wraps", Errno::einval},
    {"it ends behind the last physical address", Errno::einval},
    {"strict, and it holds RAM above the first megabyte", Errno::eperm},
    {"the memory cannot have this protection", Errno::einval},
    {"the remap fails", Errno::eagain},
};
constexpr ParamSpec kDevMemParams[] = {
    {"phys_bits", ParamKind::number, "46", "bits of a physical address", ""},
    {"strict", ParamKind::number, "1", "1: RAM is off limits (CONFIG_STRICT_DEVMEM)", ""},
    {"ram_end", ParamKind::number, "\"0x80000000\"", "where RAM ends that begins at 0", ""},
    {"prot_refused", ParamKind::number, "0", "1: the memory cannot have this protection", ""},
    {"remap_fails", ParamKind::number, "0", "1: the page tables cannot be filled", ""},
};
constexpr DriverChange kDevMemChanges[] = {
    {"7.0",
     "converted: a failing remap is EAGAIN through the action's error hook, and the new "
     "mapping was there and is unmapped again"},
    {"7.2", "the same through the action's error override"},
};
constexpr DriverFacts kDevMemFacts{
    .name = "dev_mem",
    .summary = "physical memory; the offset is the address",
    .checks = kDevMemChecks,
    .action = "remap_full(the offset)",
    .vm_ops = "no hooks",
    .params = kDevMemParams,
    .changes = kDevMemChanges,
};

class DevMem final : public BuiltIn {
public:
    DevMem() : BuiltIn(kDevMemFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.actions, profile.actions);
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        TRY(check(params_of(call), vma));
        vma.ops = call.own_ops();
        const Pfn pfn{vma.pgoff.index};
        if (!map_frames(vma, pfn)) return Errno::eagain;
        if (!params_of(call).yes("remap_fails")) return {};
        call.count_failure();
        return Errno::eagain;
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        TRY(check(params_of(call), desc));
        desc.ops = call.own_ops();
        TRY(map_frames(desc, Pfn{desc.pgoff.index}));
        if (params_of(call).yes("remap_fails")) desc.action.fail = Errno::enomem;
        if (call.profile().error_override) {
            desc.action.error_override = -static_cast<std::int64_t>(Errno::eagain);
        } else {
            desc.action.error_hook = Errno::eagain;
        }
        return {};
    }

private:
    template <typename Target>
    static Result<> check(const DriverParams& params, const Target& target) {
        const std::uint64_t start = target.pgoff.bytes();
        const std::uint64_t size = target.range.pages().bytes();
        if (start >> kPageShift != target.pgoff.index) return Errno::einval;
        const std::uint64_t last = start + (size - 1);
        if (last < start) return Errno::einval;
        const std::uint64_t bits = params.number("phys_bits");
        if (bits < 64 && last >> bits != 0) return Errno::einval;
        const bool ram = last >= kFirstMegabyte && start < params.number("ram_end");
        if (params.yes("strict") && ram) return Errno::eperm;
        if (params.yes("prot_refused")) return Errno::einval;
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_dev_mem() { return std::make_shared<const DevMem>(); }

}  // namespace mmsim
