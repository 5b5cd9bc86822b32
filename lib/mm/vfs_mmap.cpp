// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vfs_mmap.h"

#include <memory>

#include "mm/mmap_action.h"
#include "mm/world.h"

namespace mmsim {
namespace {

// The driver behind an inner file, and the one hook that it has for mappings.
struct Inner {
    DriverId id;
    FileId file;
    std::shared_ptr<const Driver> driver;  // held: the table may grow under a hook
    bool prepare = false;
};

Result<Inner> find_inner(const World& world, FileId file) {
    const DriverEntry* entry = world.driver_of(file);
    if (entry == nullptr) return Errno::enodev;
    const bool prepare = entry->hooks.has(Hook::mmap_prepare);
    if (prepare == entry->hooks.has(Hook::mmap)) return Errno::enodev;
    return Inner{world.files[file.index].driver, file, entry->driver, prepare};
}

// The VMA as hooks that want a finished one see it.
Vma view_of(const HalfBuiltVma& half) {
    Vma vma{.start = half.range.start(),
            .end = half.range.end(),
            .flags = half.flags,
            .pgoff = half.pgoff,
            .anon_pgoff = Pgoff{half.range.start().index},
            .private_data = half.private_data,
            .file = half.file,
            .ops = half.ops,
            .anon_vma = {},
            .chain = {},
            .id = {}};
    vma.set_page_prot(half.page_prot);
    return vma;
}

// The hook's own reference on a file that it stored is not consumed here: it leaks.
void set_vma_from_desc(World& world, HalfBuiltVma& vma, const VmAreaDesc& desc) {
    vma.pgoff = desc.pgoff;
    if (desc.vm_file != vma.file) {
        world.get_file(desc.vm_file);
        world.put_file(vma.file);
        vma.file = desc.vm_file;
    }
    vma.flags = desc.flags;
    vma.page_prot = desc.page_prot;
    vma.ops = desc.ops;  // also where the hook set none
    vma.private_data = desc.private_data;
}

Result<> call_mapped(HookCall& outer, HalfBuiltVma& vma) {
    World& world = outer.world();
    if (!world.profile->mapped_hook || !world.ops_have(vma.ops, Hook::mapped)) return {};
    const auto driver = world.ops_of(vma.ops)->driver;
    HookCall call(outer, vma.ops.driver(), Hook::mapped, vma.file);
    std::uint64_t private_data = vma.private_data;
    TRY(driver->mapped(call, view_of(vma), private_data));
    vma.private_data = private_data;
    return {};
}

Result<> call_success_hook(const HookCall& outer, const Inner& inner, HalfBuiltVma& vma) {
    HookCall call(outer, inner.id, Hook::success_hook, inner.file);
    Vma view = view_of(vma);
    TRY(inner.driver->success_hook(call, view));
    vma.ops = view.ops;
    vma.private_data = view.private_data;
    return {};
}

// What a direct mmap would have done for this description and the layer does not.
void remark_differences(World& world, const Inner& inner, const VmAreaDesc& desc,
                        const HalfBuiltVma& vma) {
    const bool stored = desc.vm_file != vma.file;
    const bool made_anonymous = !world.profile->compat_prefills_ops && desc.ops == kVmOpsAnonymous;
    if (!stored && !made_anonymous && !desc.action.hide_from_rmap) return;
    world.stacked_remarks.push_back({inner.id, true, stored ? desc.vm_file : FileId{}});
}

Result<> complete(HookCall& outer, const Inner& inner, const MmapAction& action,
                  HalfBuiltVma& vma) {
    World& world = outer.world();
    const Profile& profile = *world.profile;
    const auto done = mmap_action_complete(profile, action, view_of(vma));
    if (action.type != ActionType::nothing) vma.pages_mapped = true;
    if (!done) {
        vma.unmapped_early = profile.compat_unmaps_on_error;
        ++world.drivers.edit(inner.id.index).state.failures;
        // 7.0 even unmaps a VMA that is not in the tree; later the errno is the raw one.
        if (profile.compat_unmaps_on_error ||
            (profile.error_override && action.error_override != 0)) {
            world.stacked_remarks.push_back({inner.id, true, {}});
        }
        const bool translated = profile.compat_unmaps_on_error && action.error_hook != Errno::ok;
        return translated ? action.error_hook : done.error();
    }
    TRY(call_mapped(outer, vma));
    if (action.success_hook && profile.success_and_error_hooks) {
        TRY(call_success_hook(outer, inner, vma));
    }
    return {};
}

// An error before the description is written back: a file that the hook stored is nobody's, as it
// is after a direct mmap (F4, F5).
Errno lose_stored(World& world, const Inner& inner, const VmAreaDesc& desc, const HalfBuiltVma& vma,
                  Errno error) {
    if (desc.vm_file != vma.file) world.stacked_remarks.push_back({inner.id, false, desc.vm_file});
    return error;
}

// Linux: mm/util.c:__compat_vma_mmap().
Result<> finish_compat(HookCall& outer, const Inner& inner, VmAreaDesc& desc, HalfBuiltVma& vma) {
    World& world = outer.world();
    if (const auto prepared = mmap_action_prepare(*world.profile, desc); !prepared) {
        return lose_stored(world, inner, desc, vma, prepared.error());
    }
    remark_differences(world, inner, desc, vma);
    set_vma_from_desc(world, vma, desc);
    return complete(outer, inner, desc.action, vma);
}

VmAreaDesc desc_from_vma(const Profile& profile, FileId file, const HalfBuiltVma& vma) {
    return {.range = vma.range,
            .file = file,
            .pgoff = vma.pgoff,
            .vm_file = vma.file,
            .flags = vma.flags,
            .page_prot = vma.page_prot,
            .ops = profile.compat_prefills_ops ? vma.ops : kVmOpsAnonymous,
            .private_data = 0,
            .action = {},
            .mm = vma.mm};
}

Result<> compat_vma_mmap(HookCall& outer, const Inner& inner, HalfBuiltVma& vma) {
    VmAreaDesc desc = desc_from_vma(outer.profile(), inner.file, vma);
    {
        HookCall call(outer, inner.id, Hook::mmap_prepare, inner.file);
        const auto ran = inner.driver->mmap_prepare(call, desc);
        if (!ran) return lose_stored(outer.world(), inner, desc, vma, ran.error());
    }
    return finish_compat(outer, inner, desc, vma);
}

}  // namespace

bool can_mmap_file(const World& world, FileId file) {
    return static_cast<bool>(find_inner(world, file));
}

VmAreaDesc compat_set_desc_from_vma(const HookCall& call, const HalfBuiltVma& vma) {
    return desc_from_vma(call.profile(), call.file_id(), vma);
}

Result<> compat_vma_mmap(HookCall& call, VmAreaDesc& desc, HalfBuiltVma& vma) {
    World& world = call.world();
    const DriverId id = world.files[call.file_id().index].driver;
    const auto driver = world.drivers[id.index].driver;
    return finish_compat(call, {.id = id, .file = call.file_id(), .driver = driver}, desc, vma);
}

Result<> vfs_mmap(HookCall& outer, FileId inner_file, HalfBuiltVma& vma) {
    World& world = outer.world();
    const Inner inner = TRY(find_inner(world, inner_file));
    if (inner.prepare) return compat_vma_mmap(outer, inner, vma);
    HookCall call(outer, inner.id, Hook::mmap, inner.file);
    return inner.driver->mmap(call, vma);
}

Result<> vfs_mmap_prepare(HookCall& outer, FileId inner_file, VmAreaDesc& desc) {
    World& world = outer.world();
    const Inner inner = TRY(find_inner(world, inner_file));
    if (!inner.prepare) return Errno::enodev;
    VmAreaDesc handed{.range = desc.range,
                      .file = inner.file,
                      .pgoff = desc.pgoff,
                      .vm_file = desc.vm_file,
                      .flags = desc.flags,
                      .page_prot = desc.page_prot,
                      .ops = desc.ops,
                      .private_data = desc.private_data,
                      .action = desc.action,
                      .mm = desc.mm};
    HookCall call(outer, inner.id, Hook::mmap_prepare, inner.file);
    const auto result = inner.driver->mmap_prepare(call, handed);
    // Also after an error: what it stored then is what the caller finds.
    desc.pgoff = handed.pgoff;
    desc.vm_file = handed.vm_file;
    desc.flags = handed.flags;
    desc.page_prot = handed.page_prot;
    desc.ops = handed.ops;
    desc.private_data = handed.private_data;
    desc.action = handed.action;
    return result;
}

}  // namespace mmsim
