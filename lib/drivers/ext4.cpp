// SPDX-License-Identifier: GPL-2.0-or-later
// A plain file on a file system. With DAX the pages of the device itself are mapped. Linux:
// fs/ext4/file.c. Rule 7.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr DriverCheck kExt4Checks[] = {
    {"the file system was shut down", Errno::eio},
    {"opened for writing, and the file system went read-only after an error", Errno::erofs},
    {"MAP_SYNC", Errno::eopnotsupp},
};
constexpr DriverCheck kExt4DaxChecks[] = {
    {"the file system was shut down", Errno::eio},
    {"opened for writing, and the file system went read-only after an error", Errno::erofs},
    {"MAP_SYNC, and the device is not synchronous", Errno::eopnotsupp},
};
constexpr ParamSpec kExt4Params[] = {
    {"state", ParamKind::word, "\"works\"", "of the file system", "works shut_down read_only"},
};
constexpr ParamSpec kExt4DaxParams[] = {
    {"state", ParamKind::word, "\"works\"", "of the file system", "works shut_down read_only"},
    {"synchronous", ParamKind::number, "1", "0: the device cannot do MAP_SYNC", ""},
};
constexpr DriverChange kExt4Changes[] = {
    {"6.18", "converted, in 6.17: the same checks, before the merge"},
};
constexpr DriverChange kExt4DaxChanges[] = {
    {"6.18",
     "converted, in 6.17: HUGEPAGE is known before the merge, so mappings merge, where before "
     "they stayed apart unless there was a second attempt"},
};
constexpr DriverFacts kExt4Facts{
    .name = "ext4",
    .summary = "a plain file: no flags, no action, merges freely",
    .checks = kExt4Checks,
    .vm_ops = "no hooks",
    .params = kExt4Params,
    .changes = kExt4Changes,
};
constexpr DriverFacts kExt4DaxFacts{
    .name = "ext4_dax",
    .summary = "a file on a DAX device: huge pages allowed, never locked",
    .checks = kExt4DaxChecks,
    .flags = "sets HUGEPAGE",
    .vm_ops = "no hooks",
    .params = kExt4DaxParams,
    .changes = kExt4DaxChanges,
};

class Ext4 final : public BuiltIn {
public:
    explicit Ext4(bool dax) : BuiltIn(dax ? kExt4DaxFacts : kExt4Facts), dax_(dax) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.version >= KernelVersion::v6_18, profile.mmap_prepare);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::thp; }
    bool dax() const override { return dax_; }
    // The flag is let through to the hook, which refuses it without DAX.
    bool map_sync() const override { return true; }

    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        return set_up(call, desc);
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override { return set_up(call, vma); }

private:
    template <typename Target>
    Result<> set_up(HookCall& call, Target& target) const {
        const DriverParams& params = params_of(call);
        const std::string& state = params.word("state");
        if (state == "shut_down") return Errno::eio;
        if (state == "read_only" && call.file().writable) return Errno::erofs;
        const bool synchronous = dax_ && params.yes("synchronous");
        if (target.flags.any(kVmSync) && !synchronous) return Errno::eopnotsupp;
        target.ops = call.own_ops();
        if (dax_) target.flags = target.flags | kVmHugePage;
        return {};
    }

    bool dax_;
};

}  // namespace

std::shared_ptr<const Driver> make_ext4() { return std::make_shared<const Ext4>(false); }
std::shared_ptr<const Driver> make_ext4_dax() { return std::make_shared<const Ext4>(true); }

}  // namespace mmsim
