// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/mmap_action.h"

namespace mmsim {
namespace {

constexpr std::int64_t kLargestErrno = 4095;

void set_pfn_action(VmAreaDesc& desc, ActionType type, std::uint64_t start, Pfn pfn,
                    std::uint64_t size) {
    desc.action.type = type;
    desc.action.start = start;
    desc.action.pfn = pfn;
    desc.action.size = size;
    desc.action.page_prot = desc.page_prot;
}

// [start, start + size) lies in the mapping. A sum that wraps lies nowhere.
bool inside(const VmRange& range, std::uint64_t start, std::uint64_t size) {
    const std::uint64_t end = start + size;
    return end >= start && range.start().bytes() <= start && end <= range.end().bytes();
}

bool whole(const VmRange& range, std::uint64_t start, std::uint64_t size) {
    return start == range.start().bytes() && size == range.pages().bytes();
}

bool bad_override(const Profile& profile, const MmapAction& action) {
    if (!profile.error_override || action.error_override == 0) return false;
    return action.error_override > 0 || action.error_override < -kLargestErrno;
}

Result<> prepare_remap(const Profile& profile, VmAreaDesc& desc) {
    const MmapAction& action = desc.action;
    const bool cow = is_cow_mapping(desc.flags);
    if (profile.action_prepare_fails) {
        if (!inside(desc.range, action.start, action.size)) return Errno::efault;
        if (cow && !whole(desc.range, action.start, action.size)) return Errno::einval;
    }
    // The frames behind the untouched pages of a copy-on-write mapping are told by its offset.
    if (cow) desc.pgoff = Pgoff{action.pfn.index};
    desc.flags = desc.flags | kVmRemap;
    return {};
}

Result<> prepare_ioremap(const Profile& profile, VmAreaDesc& desc) {
    // The x86 translation of an I/O frame number is the number itself.
    if (desc.action.page_prot == PageProt::normal) desc.action.page_prot = PageProt::decrypted;
    TRY(prepare_remap(profile, desc));
    // From 7.1 on there is one completion for both types.
    if (profile.action_prepare_fails) desc.action.type = ActionType::remap;
    return {};
}

Result<> prepare_simple_ioremap(const Profile& profile, VmAreaDesc& desc) {
    const auto window =
        TRY(io_memory_window(desc.action.phys, desc.action.size, desc.pgoff, desc.range.pages()));
    mmap_action_ioremap_full(desc, window.pfn);
    return prepare_ioremap(profile, desc);
}

Result<> prepare_kernel_pages(VmAreaDesc& desc) {
    desc.flags = desc.flags | kVmMixedMap;  // even when the range turns out to be wrong
    if (!inside(desc.range, desc.action.start, desc.action.size)) return Errno::efault;
    return {};
}

// What the hook said the simulated page tables do.
Result<> install(const MmapAction& action) {
    const bool stops = action.fail_page ? *action.fail_page < pages_round_up(action.size).count
                                        : action.fail != Errno::ok;
    if (!stops) return {};
    return action.fail == Errno::ok ? Errno::enomem : action.fail;
}

Result<> complete_remap(const MmapAction& action) {
    if (!page_aligned(action.start)) return Errno::einval;
    // The kernel stops the machine over an empty range; here the driver gets an error.
    if (pages_round_up(action.size).count == 0) return Errno::einval;
    return install(action);
}

}  // namespace

void mmap_action_remap(VmAreaDesc& desc, std::uint64_t start, Pfn pfn, std::uint64_t size) {
    set_pfn_action(desc, ActionType::remap, start, pfn, size);
}

void mmap_action_remap_full(VmAreaDesc& desc, Pfn pfn) {
    mmap_action_remap(desc, desc.range.start().bytes(), pfn, desc.range.pages().bytes());
}

void mmap_action_ioremap(VmAreaDesc& desc, std::uint64_t start, Pfn pfn, std::uint64_t size) {
    set_pfn_action(desc, ActionType::ioremap, start, pfn, size);
}

void mmap_action_ioremap_full(VmAreaDesc& desc, Pfn pfn) {
    mmap_action_ioremap(desc, desc.range.start().bytes(), pfn, desc.range.pages().bytes());
}

void mmap_action_simple_ioremap(VmAreaDesc& desc, std::uint64_t phys, std::uint64_t size) {
    desc.action.type = ActionType::simple_ioremap;
    desc.action.phys = phys;
    desc.action.size = size;
}

void mmap_action_map_kernel_pages(VmAreaDesc& desc, std::uint64_t start, std::uint64_t pages) {
    desc.action.type = ActionType::map_kernel_pages;
    desc.action.start = start;
    desc.action.size = Pages{pages}.bytes();
}

void mmap_action_map_kernel_pages_full(VmAreaDesc& desc) {
    mmap_action_map_kernel_pages(desc, desc.range.start().bytes(), desc.range.pages().count);
}

bool mmap_action_exists(const Profile& profile, ActionType type) {
    switch (type) {
        case ActionType::nothing:
            return true;
        case ActionType::remap:
        case ActionType::ioremap:
            return profile.actions;
        case ActionType::simple_ioremap:
        case ActionType::map_kernel_pages:
            return profile.kernel_page_actions;
    }
    return false;
}

Result<> mmap_action_prepare(const Profile& profile, VmAreaDesc& desc) {
    if (bad_override(profile, desc.action)) return Errno::einval;
    switch (desc.action.type) {
        case ActionType::nothing:
            return {};
        case ActionType::remap:
            return prepare_remap(profile, desc);
        case ActionType::ioremap:
            return prepare_ioremap(profile, desc);
        case ActionType::simple_ioremap:
            return prepare_simple_ioremap(profile, desc);
        case ActionType::map_kernel_pages:
            return prepare_kernel_pages(desc);
    }
    return Errno::einval;
}

Result<> mmap_action_complete(const Profile& profile, const MmapAction& action, const Vma&) {
    switch (action.type) {
        case ActionType::nothing:
            return {};
        case ActionType::remap:
            return complete_remap(action);
        case ActionType::ioremap:
            // Where prepare turns it into a remap, an ioremap here was stored by hand.
            if (profile.action_prepare_fails) return Errno::einval;
            return complete_remap(action);
        case ActionType::simple_ioremap:
            return Errno::einval;
        case ActionType::map_kernel_pages:
            return install(action);
    }
    return Errno::einval;
}

std::vector<std::string_view> mmap_action_warnings(const Profile& profile, const VmAreaDesc& desc) {
    const MmapAction& action = desc.action;
    std::vector<std::string_view> ids;
    if (bad_override(profile, action)) ids.push_back("action-by-hand");
    switch (action.type) {
        case ActionType::nothing:
        case ActionType::simple_ioremap:
            break;
        case ActionType::remap:
        case ActionType::ioremap:
            if (!inside(desc.range, action.start, action.size) || !page_aligned(action.start) ||
                action.size == 0) {
                ids.push_back("action-range");
            }
            break;
        case ActionType::map_kernel_pages:
            if (!inside(desc.range, action.start, action.size)) ids.push_back("action-range");
            break;
    }
    return ids;
}

Result<IoMemoryWindow> io_memory_window(std::uint64_t phys, std::uint64_t size, Pgoff pgoff,
                                        Pages vm_pages) {
    if (phys + size < phys) return Errno::einval;
    size += phys & kPageMask;
    Pfn pfn{phys >> kPageShift};
    Pages pages = pages_round_up(size);
    // The kernel asks here whether the frames wrap; counts of pages are too small for that.
    if (pgoff.index > pages.count) return Errno::einval;
    pfn = pfn + Pages{pgoff.index};
    pages -= Pages{pgoff.index};
    if (vm_pages > pages) return Errno::einval;
    return IoMemoryWindow{pfn};
}

}  // namespace mmsim
