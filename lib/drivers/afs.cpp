// SPDX-License-Identifier: GPL-2.0-or-later
// A network file system that counts the mappings of each file, to know whose contents it must keep
// up to date. Linux: fs/afs/file.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr std::string_view kOpenMmaps = "open_mmaps";

constexpr DriverCheck kAfsChecks[] = {{"the file has no way to read pages", Errno::enoexec}};
constexpr ParamSpec kAfsParams[] = {
    {"read_folio", ParamKind::number, "1", "0: the file has no way to read pages", ""},
};
constexpr DriverChange kAfsChanges[] = {
    {"6.18",
     "converted, and counting in .mmap_prepare: a mapping that merges, or that fails after "
     "the hook, is counted for ever"},
    {"7.1", "counts in vm_ops->mapped, so the count is that of the VMAs again"},
};
constexpr DriverFacts kAfsFacts{
    .name = "afs",
    .summary = "a network file that counts its mappings as open_mmaps; 6.17 to 7.0 leak counts",
    .checks = kAfsChecks,
    .vm_ops =
        "open takes open_mmaps, close drops it; from 7.1 on mapped takes it, before that the "
        "mmap hook",
    .params = kAfsParams,
    .changes = kAfsChanges,
    .reference = kOpenMmaps,
};

class Afs final : public BuiltIn {
public:
    Afs() : BuiltIn(kAfsFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        const bool converted = profile.version >= KernelVersion::v6_18;
        const HookSet set =
            mmap_hook(choice, converted, profile.mmap_prepare).with(Hook::open).with(Hook::close);
        // An old hook's vm_ops may have it too: nobody would call it.
        const bool counts_there = profile.mapped_hook && set.has(Hook::mmap_prepare);
        return counts_there ? set.with(Hook::mapped) : set;
    }

    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        call.get(kOpenMmaps);
        return set_up(call, vma, true);
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        const bool counts_here = !call.profile().mapped_hook;
        if (counts_here) call.get(kOpenMmaps);
        return set_up(call, desc, counts_here);
    }
    bool mapped_can_fail() const override { return false; }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t&) const override {
        call.get(kOpenMmaps);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kOpenMmaps); }
    void close(HookCall& call, const Vma&) const override { call.put(kOpenMmaps); }

private:
    template <typename Target>
    Result<> set_up(HookCall& call, Target& target, bool counted) const {
        if (!params_of(call).yes("read_folio")) {
            if (counted) call.put(kOpenMmaps);
            return Errno::enoexec;
        }
        target.ops = call.own_ops();
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_afs() { return std::make_shared<const Afs>(); }

}  // namespace mmsim
