// SPDX-License-Identifier: GPL-2.0-or-later
// A window into a VME bus, with an object of the driver's behind each mapping. Linux:
// drivers/staging/vme_user/vme_user.c. Rule 7, DELTA 5.
#include "drivers/built_in.h"
#include "drivers/io_memory.h"

namespace mmsim {
namespace {

constexpr std::string_view kVmeMappings = "mmap_count";
constexpr std::uint64_t kMasterMinors = 4;

constexpr DriverCheck kVmeChecks[] = {
    {"the minor number is not that of a master window", Errno::enodev},
    {"the window is not a master window", Errno::einval},
    {"it ends behind the window", Errno::efault},
    {"an offset: the window is entered at it, and the remap enters it there once more",
     Errno::einval},
    {"no memory for the object behind the mapping (last, after the remap)", Errno::enomem},
};
constexpr ParamSpec kVmeParams[] = {
    {"minor", ParamKind::number, "0", "of the device node; 0 to 3 are master windows", ""},
    {"window", ParamKind::word, "\"master\"", "what the bus has there", "master slave"},
    {"start", ParamKind::number, "\"0xa0000000\"", "physical address of the window", ""},
    {"size", ParamKind::number, "65536", "bytes of the window", ""},
    {"no_memory", ParamKind::number, "0", "1: the object cannot be allocated", ""},
};
constexpr DriverChange kVmeChanges[] = {
    {"7.1",
     "converted: the object is allocated in mapped. Where that fails, and where the remap "
     "fails at completion (F10), the new mapping is closed without an object: close "
     "follows a null pointer"},
};
constexpr DriverFacts kVmeFacts{
    .name = "vme_user",
    .summary = "a window into a VME bus; from 7.1 on a late failure makes close crash",
    .checks = kVmeChecks,
    .page_prot = "noncached",
    .action = "simple_ioremap(start + offset, length)",
    .vm_ops =
        "open counts a user of the object, close drops one; the last gives mmap_count back. "
        "From 7.1 on mapped makes the object and takes mmap_count, before that the mmap hook",
    .params = kVmeParams,
    .changes = kVmeChanges,
    .reference = kVmeMappings,
};

class VmeUser final : public BuiltIn {
public:
    VmeUser() : BuiltIn(kVmeFacts) {}

    HookSet hooks(const Profile& profile, HookChoice choice) const override {
        const bool can = profile.kernel_page_actions;
        const HookSet set = mmap_hook(choice, can, can).with(Hook::open).with(Hook::close);
        return set.has(Hook::mmap_prepare) ? set.with(Hook::mapped) : set;
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        TRY(map_window(params_of(call), vma));
        TRY(make_object(call, vma.private_data));
        vma.ops = call.own_ops();
        return {};
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        TRY(map_window(params_of(call), desc));
        desc.ops = call.own_ops();
        return {};
    }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t& private_data) const override {
        return make_object(call, private_data);
    }
    void open(HookCall& call, const Vma& vma) const override {
        call.count_user(vma.private_data, 1);
    }
    void close(HookCall& call, const Vma& vma) const override {
        // The kernel reads through the pointer here, null or not: a crash. The books show a close
        // without mapped.
        if (vma.private_data == 0) return;
        if (call.count_user(vma.private_data, -1) == 0) call.put(kVmeMappings);
    }

private:
    template <typename Target>
    static Result<> map_window(const DriverParams& params, Target& target) {
        if (params.number("minor") >= kMasterMinors) return Errno::enodev;
        if (params.word("window") != "master") return Errno::einval;
        const std::uint64_t phys = params.number("start") + target.pgoff.bytes();
        const std::uint64_t size = target.range.pages().bytes();
        if (phys + size > params.number("start") + params.number("size")) return Errno::efault;
        target.page_prot = PageProt::noncached;
        return map_io_memory(target, phys, size);
    }
    Result<> make_object(HookCall& call, std::uint64_t& private_data) const {
        if (params_of(call).yes("no_memory")) return Errno::enomem;
        private_data = call.per_call_cookie();
        call.count_user(private_data, 1);
        call.get(kVmeMappings);
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_vme_user() { return std::make_shared<const VmeUser>(); }

}  // namespace mmsim
