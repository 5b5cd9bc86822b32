// SPDX-License-Identifier: GPL-2.0-or-later
// A SysV shared memory segment: wraps a file in memory and counts its attachments. Linux:
// ipc/shm.c. Rules 6.7, 7, E10.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr std::string_view kAttachments = "nattch";

constexpr DriverCheck kSysvShmChecks[] = {
    {"the segment was removed", Errno::eidrm},
    {"its number belongs to another segment by now", Errno::einval},
    {"of huge pages, and not aligned to one", Errno::einval},
};
constexpr ParamSpec kSysvShmParams[] = {
    {"segment", ParamKind::word, "\"there\"", "what its number stands for", "there removed reused"},
    {"memory", ParamKind::word, "\"small\"", "the pages behind it (SHM_HUGETLB: huge)",
     "small huge"},
};
constexpr DriverChange kSysvShmChanges[] = {
    {"6.16",
     "the hook of the memory behind it may be a .mmap_prepare, served on the half-built VMA; its "
     "own stays as it is"},
};
constexpr DriverFacts kSysvShmFacts{
    .name = "sysv_shm",
    .summary = "a SysV segment: counts attachments, each attach is a file of its own",
    .checks = kSysvShmChecks,
    .flags = "of huge pages: sets HUGETLB, DONTEXPAND",
    .vm_ops =
        "the mmap hook and open take nattch, close drops it; may_split keeps huge pages whole",
    .params = kSysvShmParams,
    .changes = kSysvShmChanges,
    .reference = kAttachments,
};

class SysvShm final : public BuiltIn {
public:
    SysvShm() : BuiltIn(kSysvShmFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override {
        return HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close).with(Hook::may_split);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::own_plain; }

    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        const std::string& segment = params_of(call).word("segment");
        if (segment == "removed") return Errno::eidrm;
        if (segment == "reused") return Errno::einval;
        call.get(kAttachments);
        if (const auto mapped = map_memory(call, vma); !mapped) {
            call.put(kAttachments);
            return mapped;
        }
        vma.ops = call.own_ops();
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kAttachments); }
    void close(HookCall& call, const Vma&) const override { call.put(kAttachments); }
    Result<> may_split(HookCall& call, const Vma&, Vpn at) const override {
        if (huge(call) && at.index % huge_page(call) != 0) return Errno::einval;
        return {};
    }

private:
    bool huge(const HookCall& call) const { return params_of(call).word("memory") == "huge"; }

    // Of the memory behind it. Pages.
    static std::uint64_t huge_page(const HookCall& call) { return call.file().huge_page.count; }

    // The hook of the memory behind it. That of small pages refuses and changes nothing.
    Result<> map_memory(const HookCall& call, HalfBuiltVma& vma) const {
        if (!huge(call)) return {};
        const std::uint64_t edges = vma.range.start().index | vma.range.end().index;
        if ((edges | vma.pgoff.index) % huge_page(call) != 0) return Errno::einval;
        vma.flags = vma.flags | kVmHugetlb | kVmDontExpand;
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_sysv_shm() { return std::make_shared<const SysvShm>(); }

}  // namespace mmsim
