// SPDX-License-Identifier: GPL-2.0-or-later
// One page of timer registers. Linux: drivers/char/hpet.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"
#include "drivers/io_memory.h"

namespace mmsim {
namespace {

constexpr DriverCheck kHpetChecks[] = {
    {"mapping is switched off", Errno::eacces},
    {"the registers do not begin on a page", Errno::enosys},
    {"anything but one page at offset 0", Errno::einval},
};
constexpr ParamSpec kHpetParams[] = {
    {"enabled", ParamKind::number, "1", "0: mapping is switched off (hpet_mmap=0)", ""},
    {"base", ParamKind::number, "\"0xfed00000\"", "physical address of the registers", ""},
};
constexpr DriverChange kHpetChanges[] = {
    {"7.1",
     "converted: a wrong offset or length fails when the action is prepared (F5), no longer "
     "in the hook (F8)"},
};
constexpr DriverFacts kHpetFacts{
    .name = "hpet",
    .summary = "one page of timer registers",
    .checks = kHpetChecks,
    .page_prot = "noncached",
    .action = "simple_ioremap(base, one page)",
    .params = kHpetParams,
    .changes = kHpetChanges,
};

struct Hpet {
    template <typename Target>
    static Result<> set_up(const DriverParams& params, Target& target) {
        const std::uint64_t base = params.number("base");
        if (!params.yes("enabled")) return Errno::eacces;
        if (!page_aligned(base)) return Errno::enosys;
        target.page_prot = PageProt::noncached;
        return map_io_memory(target, base, kPageSize);
    }
};

}  // namespace

std::shared_ptr<const Driver> make_hpet() {
    return std::make_shared<const IoMemoryDriver<Hpet>>(kHpetFacts);
}

}  // namespace mmsim
