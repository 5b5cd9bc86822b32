// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz input as numbers, a driver that lets them decide what its hooks do, and who is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "mm/driver.h"
#include "mm/event.h"
#include "mm/mmap_action.h"

namespace mmsim {

// The input, a number at a time; zeros when it is used up.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
    bool empty() const { return at_ == end_; }
    std::uint64_t byte() { return empty() ? 0 : *at_++; }
    std::uint64_t below(std::uint64_t bound) { return byte() % bound; }
    bool one_in(std::uint64_t n) { return below(n) == 1; }
    std::uint64_t word() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8 | byte();
        return value;
    }
    template <typename T, std::size_t N>
    T pick(const T (&choices)[N]) {
        return choices[below(N)];
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

// What leaks is told; the end of a run has to agree.
class Told final : public EventSink {
public:
    std::int64_t commit = 0;
    std::int64_t files = 0;
    bool quiet = false;  // for runs on a copy of the world

private:
    void on_event(MmId, MmOp, const Event& event) override {
        if (quiet) return;
        const auto* leak = std::get_if<Leaked>(&event);
        if (leak == nullptr) return;
        if (leak->kind == LeakKind::commit) commit += leak->count;
        if (leak->kind == LeakKind::file) files += leak->count;
    }
};

// A driver that does in its hooks what the input says. Const, as drivers are: the input is outside.
class AnyDriver final : public Driver {
public:
    AnyDriver(Bytes& bytes, HookSet set) : bytes_(bytes), set_(set) {}
    std::string_view name() const override { return "any"; }
    std::string_view summary() const override { return "does what the input says"; }
    HookSet hooks(const Profile& profile, HookChoice) const override {
        return profile.mmap_prepare || !set_.has(Hook::mmap_prepare)
                   ? set_
                   : set_.without(Hook::mmap_prepare).with(Hook::mmap);
    }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        if (bytes_.one_in(3)) desc.ops = call.own_ops();
        desc.flags = more_flags(desc.flags);
        if (bytes_.one_in(5)) desc.pgoff = Pgoff{bytes_.byte()};
        if (bytes_.one_in(5)) desc.private_data = bytes_.byte();
        if (bytes_.one_in(7)) desc.vm_file = TRY(call.new_shmem_file(desc.range.pages().bytes()));
        if (bytes_.one_in(3)) set_action(call.profile(), desc);
        count(call);
        return answer();
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (bytes_.one_in(2)) vma.ops = call.own_ops();
        vma.flags = more_flags(vma.flags);
        count(call);
        return answer();
    }
    Result<> mapped(HookCall& call, const Vma&, std::uint64_t& data) const override {
        data = bytes_.byte();
        count(call);
        return answer();
    }
    Result<> success_hook(HookCall& call, Vma& vma) const override {
        if (bytes_.one_in(4)) vma.ops = call.own_ops();
        return answer();
    }
    void open(HookCall& call, const Vma&) const override { count(call); }
    void close(HookCall& call, const Vma&) const override { count(call); }
    Result<> may_split(HookCall& call, const Vma&, Vpn) const override {
        count(call);
        return answer();
    }
    Result<> mprotect(HookCall&, const Vma&, VmFlags) const override { return answer(); }
    Result<> mremap(HookCall&, const Vma&) const override { return answer(); }

private:
    Result<> answer() const { return bytes_.one_in(6) ? Result<>{Errno::eio} : Result<>{}; }
    // Takes or drops a reference where it should, and where it should not.
    void count(HookCall& call) const {
        if (bytes_.one_in(3)) call.get("users");
        if (bytes_.one_in(4)) call.put("users");
    }
    VmFlags more_flags(VmFlags flags) const {
        switch (bytes_.below(12)) {
            case 0:
                return flags | kVmDontExpand;
            case 1:
                return flags | kVmMixedMap;
            case 2:
                return flags | kVmDontCopy;
            case 3:
                return flags.without(kVmMayWrite);
            case 4:
                return flags | kVmLocked;
            default:
                return flags;
        }
    }
    void set_action(const Profile& profile, VmAreaDesc& desc) const {
        const auto type = static_cast<ActionType>(bytes_.below(5));
        if (!mmap_action_exists(profile, type)) return;
        desc.action.type = type;
        desc.action.start = desc.range.start().bytes() + (bytes_.one_in(5) ? kPageSize : 0);
        desc.action.size = desc.range.pages().bytes();
        desc.action.pfn = Pfn{bytes_.byte()};
        if (bytes_.one_in(4)) desc.action.fail = Errno::ebusy;
        desc.action.success_hook = bytes_.one_in(4);
        if (bytes_.one_in(6)) desc.action.error_hook = Errno::eagain;
        if (bytes_.one_in(6)) desc.action.error_override = -11;
        desc.action.hide_from_rmap = bytes_.one_in(6);
    }

    Bytes& bytes_;
    HookSet set_;
};

}  // namespace mmsim
