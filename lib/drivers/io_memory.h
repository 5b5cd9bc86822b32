// SPDX-License-Identifier: GPL-2.0-or-later
// What both forms of a hook ask of device memory, under one name.
#pragma once

#include "drivers/built_in.h"
#include "mm/mmap_action.h"
#include "mm/remap.h"

namespace mmsim {

// The whole mapping from `size` bytes of device memory at `phys`. EINVAL where it does not fit:
// at once from an old hook, when the action is prepared (F5) from the other.
inline Result<> map_io_memory(HalfBuiltVma& vma, std::uint64_t phys, std::uint64_t size) {
    return vm_iomap_memory(vma, phys, size);
}
inline Result<> map_io_memory(VmAreaDesc& desc, std::uint64_t phys, std::uint64_t size) {
    mmap_action_simple_ioremap(desc, phys, size);
    return {};
}

// The whole mapping from the frames that begin with `pfn`.
inline Result<> map_frames(HalfBuiltVma& vma, Pfn pfn) {
    return remap_pfn_range(vma, vma.range.start().bytes(), pfn, vma.range.pages().bytes());
}
inline Result<> map_frames(VmAreaDesc& desc, Pfn pfn) {
    mmap_action_remap_full(desc, pfn);
    return {};
}

// A driver that only maps device memory, by SetUp::set_up(params, target), which is the same for
// both forms of the hook. 7.1 has converted it.
template <typename SetUp>
class IoMemoryDriver final : public BuiltIn {
public:
    using BuiltIn::BuiltIn;

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.kernel_page_actions, profile.kernel_page_actions);
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        return SetUp::set_up(params_of(call), vma);
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        return SetUp::set_up(params_of(call), desc);
    }
};

}  // namespace mmsim
