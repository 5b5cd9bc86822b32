// SPDX-License-Identifier: GPL-2.0-or-later
// Devices driven from user space: the page offset says which of a device's regions is meant. tcmu,
// whose rings user space serves, is one of them with a hook of its own. Linux: drivers/uio/uio.c,
// drivers/target/target_core_user.c. Rule 7, DELTA 5.
#include <optional>
#include <string>
#include <vector>

#include "drivers/built_in.h"
#include "drivers/io_memory.h"
#include "mm/vfs_mmap.h"

namespace mmsim {
namespace {

constexpr std::uint64_t kMaxUioMaps = 5;

constexpr DriverCheck kUioChecks[] = {
    {"the device is gone", Errno::einval},
    {"no region of that number (the page offset), or one without a size", Errno::einval},
    {"longer than the region in whole pages", Errno::einval},
    {"its own hook refuses", Errno::ebusy},
    {"physical: the region does not begin on a page", Errno::enodev},
    {"physical: longer than the region in bytes", Errno::einval},
    {"a region of no known type", Errno::einval},
};
constexpr ParamSpec kUioParams[] = {
    {"addrs", ParamKind::numbers, "[\"0xfe000000\"]", "where each region begins", ""},
    {"sizes", ParamKind::numbers, "[16384]", "bytes of each region", ""},
    {"types", ParamKind::words, "[\"physical\"]", "what each region is",
     "physical logical virtual none"},
    {"gone", ParamKind::number, "0", "1: the device was unplugged", ""},
    {"own_hook", ParamKind::word, "\"none\"",
     "a hook of the device's driver, which remaps a region "
     "by itself",
     "none maps refuses"},
};
constexpr DriverChange kUioChanges[] = {
    {"7.1",
     "the hook of the device's own driver is a .mmap_prepare, called with a description "
     "made from the VMA; an error of it leaves the VMA as it was"},
};
constexpr DriverFacts kUioFacts{
    .name = "uio",
    .summary = "regions of a device in user space, chosen by the page offset",
    .checks = kUioChecks,
    .flags = "logical and virtual regions: sets DONTEXPAND, DONTDUMP",
    .page_prot = "noncached where the region is physical",
    .action = "remap of the whole region (no offset into it)",
    .vm_ops = "no hooks; private_data is the device",
    .params = kUioParams,
    .changes = kUioChanges,
};

// The region the offset stands for; none where the device has none of that number.
std::optional<std::size_t> find_region(const DriverParams& params, Pgoff pgoff) {
    const auto& sizes = params.numbers("sizes");
    if (pgoff.index >= kMaxUioMaps || pgoff.index >= sizes.size()) return std::nullopt;
    if (sizes[pgoff.index] == 0) return std::nullopt;
    return pgoff.index;
}

template <typename T>
T at_or(const std::vector<T>& list, std::size_t index, T absent) {
    return index < list.size() ? list[index] : absent;
}

class Uio final : public BuiltIn {
public:
    Uio() : BuiltIn(kUioFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override { return HookSet{}.with(Hook::mmap); }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        const DriverParams& params = params_of(call);
        vma.private_data = call.file().cookie;
        if (params.yes("gone")) return Errno::einval;
        const auto region = find_region(params, vma.pgoff);
        if (!region) return Errno::einval;
        const std::uint64_t addr = at_or<std::uint64_t>(params.numbers("addrs"), *region, 0);
        const std::uint64_t size = params.numbers("sizes")[*region];
        if (vma.range.pages() > pages_round_up((addr & kPageMask) + size)) return Errno::einval;
        if (params.word("own_hook") != "none") return call_own_hook(call, vma, addr);
        const std::string type = at_or<std::string>(params.words("types"), *region, "none");
        if (type == "physical") return map_physical(call, vma, addr, size);
        if (type == "none") return Errno::einval;
        // Logical and virtual regions get their pages one by one, on faults.
        vma.flags = vma.flags | kVmDontExpand | kVmDontDump;
        vma.ops = call.own_ops();
        return {};
    }

private:
    static Result<> map_physical(HookCall& call, HalfBuiltVma& vma, std::uint64_t addr,
                                 std::uint64_t size) {
        if (!page_aligned(addr)) return Errno::enodev;
        if (vma.range.pages().bytes() > size) return Errno::einval;
        vma.ops = call.own_ops();
        vma.page_prot = PageProt::noncached;
        return map_frames(vma, Pfn{addr >> kPageShift});
    }
    Result<> call_own_hook(HookCall& call, HalfBuiltVma& vma, std::uint64_t addr) const {
        if (!call.profile().kernel_page_actions) return own_hook(params_of(call), vma, addr);
        VmAreaDesc desc = compat_set_desc_from_vma(call, vma);
        TRY(own_hook(params_of(call), desc, addr));
        return compat_vma_mmap(call, desc, vma);
    }
    template <typename Target>
    static Result<> own_hook(const DriverParams& params, Target& target, std::uint64_t addr) {
        target.flags = target.flags | kVmDontCopy;
        if (params.word("own_hook") == "refuses") return Errno::ebusy;
        return map_frames(target, Pfn{addr >> kPageShift});
    }
};

constexpr std::string_view kTcmuUsers = "kref";

constexpr DriverCheck kTcmuChecks[] = {
    {"an offset: the ring is the device's only region", Errno::einval},
    {"longer than the ring", Errno::einval},
    {"shorter than the ring", Errno::einval},
};
constexpr ParamSpec kTcmuParams[] = {
    {"pages", ParamKind::number, "4", "pages of the ring", ""},
};
constexpr DriverChange kTcmuChanges[] = {
    {"7.1",
     "converted behind uio's old hook: the device is held from mapped on, not from the hook"},
};
constexpr DriverFacts kTcmuFacts{
    .name = "tcmu",
    .summary = "the command ring of a storage device served from user space, mapped whole",
    .checks = kTcmuChecks,
    .flags = "sets DONTEXPAND, DONTDUMP",
    .vm_ops =
        "open takes kref, close drops it; from 7.1 on mapped takes it, before that the mmap "
        "hook. private_data is the device",
    .params = kTcmuParams,
    .changes = kTcmuChanges,
    .reference = kTcmuUsers,
};

class Tcmu final : public BuiltIn {
public:
    Tcmu() : BuiltIn(kTcmuFacts) {}

    HookSet hooks(const Profile& profile, HookChoice) const override {
        const HookSet set = HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close);
        return profile.mapped_hook ? set.with(Hook::mapped) : set;
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        const Pages ring{params_of(call).number("pages")};
        // What uio asks before it hands the mapping on.
        if (vma.pgoff.index != 0) return Errno::einval;
        if (vma.range.pages() > ring) return Errno::einval;
        if (call.profile().mapped_hook) {
            VmAreaDesc desc = compat_set_desc_from_vma(call, vma);
            TRY(set_up(call, desc, ring));
            return compat_vma_mmap(call, desc, vma);
        }
        TRY(set_up(call, vma, ring));
        call.get(kTcmuUsers);
        return {};
    }
    bool mapped_can_fail() const override { return false; }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t&) const override {
        call.get(kTcmuUsers);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kTcmuUsers); }
    void close(HookCall& call, const Vma&) const override { call.put(kTcmuUsers); }

private:
    template <typename Target>
    static Result<> set_up(HookCall& call, Target& target, Pages ring) {
        target.flags = target.flags | kVmDontExpand | kVmDontDump;
        target.ops = call.own_ops();
        target.private_data = call.file().cookie;
        if (target.range.pages() != ring) return Errno::einval;
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_uio() { return std::make_shared<const Uio>(); }
std::shared_ptr<const Driver> make_tcmu() { return std::make_shared<const Tcmu>(); }

}  // namespace mmsim
