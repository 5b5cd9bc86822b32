// SPDX-License-Identifier: GPL-2.0-or-later
// A SysV shared memory segment: wraps a file in memory and counts its attachments. Linux:
// ipc/shm.c. Rules 6.7, E10.
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr std::string_view kAttachments = "nattch";

class SysvShm final : public Driver {
public:
    std::string_view name() const override { return "sysv_shm"; }
    std::string_view summary() const override {
        return "a SysV segment: counts attachments, each attach is a file of its own";
    }
    HookSet hooks(const Profile&, HookChoice) const override {
        return HookSet{}.with(Hook::mmap).with(Hook::open).with(Hook::close);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::own_plain; }

    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.ops = call.own_ops();
        call.get(kAttachments);
        return {};
    }
    void open(HookCall& call, const Vma&) const override { call.get(kAttachments); }
    void close(HookCall& call, const Vma&) const override { call.put(kAttachments); }
};

}  // namespace

std::shared_ptr<const Driver> make_sysv_shm() { return std::make_shared<const SysvShm>(); }

}  // namespace mmsim
