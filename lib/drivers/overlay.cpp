// SPDX-License-Identifier: GPL-2.0-or-later
// A file of a file system that is stacked on others: the mapping is of the file behind it. Linux:
// fs/overlayfs/file.c, fs/backing-file.c. Rule 6.7, DELTA 3.2.
#include "drivers/built_in.h"
#include "mm/vfs_mmap.h"
#include "mm/world.h"

namespace mmsim {
namespace {

constexpr DriverCheck kOverlayChecks[] = {
    {"there is no file behind it", Errno::eio},
    {"the file behind it cannot be mapped", Errno::enodev},
    {"the hook of the file behind it refuses", Errno::ok},
};
constexpr ParamSpec kOverlayParams[] = {
    {"backing", ParamKind::file, "\"\"", "the file behind it", ""},
};
constexpr DriverChange kOverlayChanges[] = {
    {"6.16", "the file behind it may have a .mmap_prepare, which is served on the half-built VMA"},
    {"7.2", "and starts with the vm_ops that the VMA has"},
};
constexpr DriverFacts kOverlayFacts{
    .name = "overlay",
    .summary = "a stacked file: the mapping is of the file behind it, and never merges by itself",
    .checks = kOverlayChecks,
    .flags = "those of the file behind it",
    .page_prot = "as the file behind it has it",
    .action = "as the file behind it asks",
    .vm_ops = "those of the file behind it",
    .params = kOverlayParams,
    .changes = kOverlayChanges,
};

class Overlay final : public BuiltIn {
public:
    Overlay() : BuiltIn(kOverlayFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override { return HookSet{}.with(Hook::mmap); }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        World& world = call.world();
        const FileId backing = call.find_file(params_of(call).word("backing"));
        if (!backing) return Errno::eio;
        if (!can_mmap_file(world, backing)) return Errno::enodev;
        // Whatever the hook behind says, the VMA has the other file from here on.
        world.get_file(backing);
        world.put_file(vma.file);
        vma.file = backing;
        return vfs_mmap(call, backing, vma);
    }
};

}  // namespace

std::shared_ptr<const Driver> make_overlay() { return std::make_shared<const Overlay>(); }

}  // namespace mmsim
