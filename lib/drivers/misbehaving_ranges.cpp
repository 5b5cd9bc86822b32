// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers that map what they should not, or leave it open to others, each beside the form that
// does it right. Rules 6.5, 5.2.
#include <algorithm>

#include "drivers/misbehaving.h"
#include "mm/mmap_action.h"
#include "mm/remap.h"

namespace mmsim {
namespace {

// 64 KiB of device memory.
constexpr Pfn kDevicePfn{0xfed00};
constexpr std::uint64_t kDeviceBytes = 65536;
constexpr std::uint64_t kDevicePages = kDeviceBytes >> kPageShift;

constexpr DriverCheck kFbWrapChecks[] = {
    {"offset + size, in 64 bits that wrap, is above 64 KiB", Errno::einval},
};
constexpr DriverCheck kFbWrapFixedChecks[] = {{"it ends behind 64 KiB", Errno::einval}};
constexpr DriverFacts kFbWrapFacts{
    .name = "fb_wrap",
    .summary =
        "checks offset + size against 64 KiB, and the sum wraps: memory before the device is "
        "mapped",
    .checks = kFbWrapChecks,
    .action = "remap_pfn_range(0xfed00 + the offset, length), at once",
};
constexpr DriverFacts kFbWrapFixedFacts{
    .name = "fb_wrap_fixed",
    .summary = "checks size against what is left behind the offset",
    .checks = kFbWrapFixedChecks,
    .action = "remap_pfn_range(0xfed00 + the offset, length), at once",
};

// CVE-2018-8781 and CVE-2013-2596, as in udl and fbmem: the sum of the bounds check wraps.
class FbWrap final : public Misbehaving {
public:
    explicit FbWrap(bool fixed) : Misbehaving(fixed, kFbWrapFacts, kFbWrapFixedFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override { return HookSet{}.with(Hook::mmap); }
    Result<> mmap(HookCall&, HalfBuiltVma& vma) const override {
        const std::uint64_t offset = vma.pgoff.bytes();
        const std::uint64_t size = vma.range.pages().bytes();
        const bool outside = fixed() ? offset > kDeviceBytes || size > kDeviceBytes - offset
                                     : offset + size > kDeviceBytes;
        if (outside) return Errno::einval;
        const Pfn pfn = kDevicePfn + Pages{vma.pgoff.index};
        return remap_pfn_range(vma, vma.range.start().bytes(), pfn, size);
    }
};

constexpr DriverCheck kGemPartialChecks[] = {
    {"the offset is behind the object", Errno::einval},
};
constexpr DriverCheck kGemPartialFixedChecks[] = {
    {"the offset is behind the object", Errno::einval},
    {"it ends behind the object", Errno::einval},
};
constexpr DriverChange kGemPartialChanges[] = {
    {"7.0", "converted, in 6.19: nobody looks how long the action is"},
    {"7.1", "an action that is longer than its mapping is EFAULT when it is prepared (F5)"},
};
constexpr DriverChange kGemPartialFixedChanges[] = {
    {"7.0", "converted, in 6.19: the same pages, as an action"},
};
constexpr DriverFacts kGemPartialFacts{
    .name = "gem_partial",
    .summary =
        "remaps its whole object of 16 pages into a mapping of any size: pages behind it as well",
    .checks = kGemPartialChecks,
    .action = "remap(0xfed00, 16 pages), whatever was asked for",
    .changes = kGemPartialChanges,
};
constexpr DriverFacts kGemPartialFixedFacts{
    .name = "gem_partial_fixed",
    .summary = "remaps as many pages as were asked for, from pgoff on",
    .checks = kGemPartialFixedChecks,
    .action = "remap(0xfed00 + the offset, length)",
    .changes = kGemPartialFixedChanges,
};

// CVE-2024-42259, as in i915: a view of part of an object is mapped with the size of the whole.
class GemPartial final : public Misbehaving {
public:
    explicit GemPartial(bool fixed) : Misbehaving(fixed, kGemPartialFacts, kGemPartialFixedFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        return mmap_hook(choice, profile.actions, profile.actions);
    }
    Result<> mmap_prepare(HookCall&, VmAreaDesc& desc) const override {
        const auto view = TRY(view_of(desc.pgoff, desc.range.pages()));
        mmap_action_remap(desc, desc.range.start().bytes(), view.pfn, view.size);
        return {};
    }
    Result<> mmap(HookCall&, HalfBuiltVma& vma) const override {
        const auto view = TRY(view_of(vma.pgoff, vma.range.pages()));
        return remap_pfn_range(vma, vma.range.start().bytes(), view.pfn, view.size);
    }

private:
    struct View {
        Pfn pfn;
        std::uint64_t size;  // bytes
    };
    Result<View> view_of(Pgoff pgoff, Pages pages) const {
        if (pgoff.index >= kDevicePages) return Errno::einval;
        if (!fixed()) return View{kDevicePfn, kDeviceBytes};
        if (pages.count > kDevicePages - pgoff.index) return Errno::einval;
        return View{kDevicePfn + Pages{pgoff.index}, pages.bytes()};
    }
};

constexpr DriverCheck kRemapPartialChecks[] = {
    {"more than two pages: behind those the remap fails", Errno::eio},
};
constexpr DriverFacts kRemapPartialFacts{
    .name = "remap_partial",
    .summary =
        "fails behind its second page and frees that page and the first at once, while they are "
        "mapped (it counts them as stale_pages)",
    .checks = kRemapPartialChecks,
    .action = "remap_pfn_range(0xfed00, two pages at most), at once",
    .reference = "stale_pages",
};
constexpr DriverFacts kRemapPartialFixedFacts{
    .name = "remap_partial_fixed",
    .summary = "leaves its pages alone until the core has zapped what it mapped",
    .checks = kRemapPartialChecks,
    .action = "remap_pfn_range(0xfed00, two pages at most), at once",
    .reference = "stale_pages",
};

// CVE-2024-47674: an error in the middle, and pages that are given back while they are mapped.
class RemapPartial final : public Misbehaving {
public:
    explicit RemapPartial(bool fixed)
        : Misbehaving(fixed, kRemapPartialFacts, kRemapPartialFixedFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override { return HookSet{}.with(Hook::mmap); }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        constexpr std::uint64_t kFit = 2;  // pages
        const std::uint64_t pages = std::min(kFit, vma.range.pages().count);
        const std::uint64_t start = vma.range.start().bytes();
        TRY(remap_pfn_range(vma, start, kDevicePfn, Pages{pages}.bytes()));
        if (pages == vma.range.pages().count) return {};
        // What user space can still reach although it belongs to others by now.
        for (std::uint64_t i = 0; !fixed() && i < pages; ++i) call.get("stale_pages");
        return Errno::eio;
    }
};

constexpr DriverCheck kUsbmonChecks[] = {{"writable", Errno::eperm}};
constexpr DriverFacts kUsbmonFacts{
    .name = "usbmon_buffer",
    .summary = "refuses to map its buffer writable, but leaves MAYWRITE: mprotect makes it so",
    .checks = kUsbmonChecks,
    .flags = "sets DONTEXPAND, DONTDUMP",
    .vm_ops = "the mmap hook and open take mmap_active, close drops it",
    .reference = "mmap_active",
};
constexpr DriverFacts kUsbmonFixedFacts{
    .name = "usbmon_buffer_fixed",
    .summary = "clears MAYWRITE of its read-only buffer",
    .checks = kUsbmonChecks,
    .flags = "sets DONTEXPAND, DONTDUMP; clears MAYWRITE",
    .vm_ops = "the mmap hook and open take mmap_active, close drops it",
    .reference = "mmap_active",
};

// CVE-2022-43750, as in usbmon: read-only until somebody calls mprotect.
class UsbmonBuffer final : public Misbehaving {
public:
    explicit UsbmonBuffer(bool fixed) : Misbehaving(fixed, kUsbmonFacts, kUsbmonFixedFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override {
        return HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close);
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (vma.flags.any(kVmWrite)) return Errno::eperm;
        if (fixed()) vma.flags = vma.flags.without(kVmMayWrite);
        vma.flags = vma.flags | kVmDontExpand | kVmDontDump;
        vma.ops = call.own_ops();
        call.get(kUsers);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kUsers); }
    void close(HookCall& call, const Vma&) const override { call.put(kUsers); }

private:
    static constexpr std::string_view kUsers = "mmap_active";
};

}  // namespace

std::shared_ptr<const Driver> make_fb_wrap() { return std::make_shared<const FbWrap>(false); }
std::shared_ptr<const Driver> make_fb_wrap_fixed() { return std::make_shared<const FbWrap>(true); }
std::shared_ptr<const Driver> make_gem_partial() {
    return std::make_shared<const GemPartial>(false);
}
std::shared_ptr<const Driver> make_gem_partial_fixed() {
    return std::make_shared<const GemPartial>(true);
}
std::shared_ptr<const Driver> make_remap_partial() {
    return std::make_shared<const RemapPartial>(false);
}
std::shared_ptr<const Driver> make_remap_partial_fixed() {
    return std::make_shared<const RemapPartial>(true);
}
std::shared_ptr<const Driver> make_usbmon_buffer() {
    return std::make_shared<const UsbmonBuffer>(false);
}
std::shared_ptr<const Driver> make_usbmon_buffer_fixed() {
    return std::make_shared<const UsbmonBuffer>(true);
}

}  // namespace mmsim
