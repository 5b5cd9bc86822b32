// SPDX-License-Identifier: GPL-2.0-or-later
// The ring buffer of a VMBus channel: a file in sysfs whose old hook hands the mapping on to the
// channel. Linux: drivers/hv/vmbus_drv.c, drivers/uio/uio_hv_generic.c. Rules 6.7, 7, DELTA 3.2.
#include "drivers/built_in.h"
#include "drivers/io_memory.h"
#include "mm/vfs_mmap.h"

namespace mmsim {
namespace {

constexpr DriverCheck kHvRingChecks[] = {
    {"the channel is not open", Errno::enodev},
    {"the ring is too short for it", Errno::einval},
};
constexpr ParamSpec kHvRingParams[] = {
    {"open", ParamKind::number, "1", "0: the channel is not open", ""},
    {"ring", ParamKind::number, "\"0x140000000\"", "physical address of the ring", ""},
    {"ring_bytes", ParamKind::number, "16384", "both directions together", ""},
};
constexpr DriverChange kHvRingChanges[] = {
    {"7.1",
     "the channel's part is converted and asks for an action; the file's own hook stays "
     "old, makes the description and completes it on the half-built VMA"},
};
constexpr DriverFacts kHvRingFacts{
    .name = "hv_ring",
    .summary = "the ring buffer of a VMBus channel: an old hook around a converted one",
    .checks = kHvRingChecks,
    .action = "simple_ioremap(ring, ring_bytes)",
    .params = kHvRingParams,
    .changes = kHvRingChanges,
};

class HvRing final : public BuiltIn {
public:
    HvRing() : BuiltIn(kHvRingFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override { return HookSet{}.with(Hook::mmap); }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (!call.profile().kernel_page_actions) return map_channel(params_of(call), vma);
        VmAreaDesc desc = compat_set_desc_from_vma(call, vma);
        TRY(map_channel(params_of(call), desc));
        return compat_vma_mmap(call, desc, vma);
    }

private:
    template <typename Target>
    static Result<> map_channel(const DriverParams& params, Target& target) {
        if (!params.yes("open")) return Errno::enodev;
        return map_io_memory(target, params.number("ring"), params.number("ring_bytes"));
    }
};

}  // namespace

std::shared_ptr<const Driver> make_hv_ring() { return std::make_shared<const HvRing>(); }

}  // namespace mmsim
