// SPDX-License-Identifier: GPL-2.0-or-later
// Secrets that a boot loader left in a page of memory. Linux: drivers/misc/open-dice.c. Rule 7,
// DELTA 5.
#include "drivers/built_in.h"
#include "drivers/io_memory.h"

namespace mmsim {
namespace {

constexpr DriverCheck kOpenDiceChecks[] = {
    {"shared and writable", Errno::eperm},
    {"the region is too short for it", Errno::einval},
};
constexpr ParamSpec kOpenDiceParams[] = {
    {"base", ParamKind::number, "\"0x80000000\"", "physical address of the region", ""},
    {"size", ParamKind::number, "4096", "bytes of the region", ""},
};
constexpr DriverChange kOpenDiceChanges[] = {
    {"7.1",
     "converted: a region that is too short fails when the action is prepared (F5), no "
     "longer in the hook (F8)"},
};
constexpr DriverFacts kOpenDiceFacts{
    .name = "open_dice",
    .summary = "boot secrets in one page: shared mappings are read-only for ever",
    .checks = kOpenDiceChecks,
    .flags = "sets DONTCOPY, DONTDUMP; clears MAYWRITE of a shared mapping",
    .page_prot = "writecombine",
    .action = "simple_ioremap(base, size)",
    .params = kOpenDiceParams,
    .changes = kOpenDiceChanges,
};

struct OpenDice {
    template <typename Target>
    static Result<> set_up(const DriverParams& params, Target& target) {
        if (target.flags.any(kVmMayShare)) {
            // Who may not write can't ask for it later either.
            if (target.flags.any(kVmWrite)) return Errno::eperm;
            target.flags = target.flags.without(kVmMayWrite);
        }
        target.page_prot = PageProt::writecombine;
        target.flags = target.flags | kVmDontCopy | kVmDontDump;
        return map_io_memory(target, params.number("base"), params.number("size"));
    }
};

}  // namespace

std::shared_ptr<const Driver> make_open_dice() {
    return std::make_shared<const IoMemoryDriver<OpenDice>>(kOpenDiceFacts);
}

}  // namespace mmsim
