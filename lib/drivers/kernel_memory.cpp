// SPDX-License-Identifier: GPL-2.0-or-later
// Memory of the kernel that programs map to share it: rings, counters, tables. What differs is a
// row of a table. Linux: io_uring/memmap.c, kernel/events/core.c, net/packet/af_packet.c,
// net/ipv4/tcp.c, kernel/bpf/syscall.c, fs/aio.c. Rule 7.
#include <bit>

#include "drivers/built_in.h"
#include "mm/remap.h"

namespace mmsim {
namespace {

enum class Filled : std::uint8_t {
    on_faults,
    with_pages,   // the hook inserts them
    with_frames,  // the hook remaps them; before 6.16, on faults
};

struct KernelMemory {
    DriverFacts facts;
    VmFlags flags = {};  // that it sets, besides those of how it is filled
    Filled filled = {};
    bool shared_only = false;     // else EINVAL
    bool read_only = false;       // else EPERM; it is so for ever
    bool from_start = false;      // an offset is EINVAL
    bool ring = false;            // at offset 0 a page and a power of two: else EINVAL
    bool in_one_piece = false;    // from 6.18 on
    bool shut_when_read = false;  // mapped without PROT_WRITE it is read-only for ever
};

constexpr DriverCheck kPerfChecks[] = {
    {"private", Errno::einval},
    {"at offset 0: not one page and a power of two, or none, of them", Errno::einval},
};
constexpr DriverChange kPerfChanges[] = {
    {"6.16", "the hook maps the pages, as frames; before that faults did"},
    {"6.18", "can't be cut: a part of it can't be unmapped, protected or moved"},
};
constexpr DriverCheck kPacketChecks[] = {{"an offset", Errno::einval}};
constexpr DriverCheck kTcpChecks[] = {{"writable or executable", Errno::eperm}};
constexpr DriverCheck kBpfChecks[] = {{"private", Errno::einval}};

constexpr std::string_view kNoHooks = "no hooks that matter here";

constexpr KernelMemory kAio{.facts = {.name = "aio",
                                      .summary = "the ring of io_setup, which the kernel maps",
                                      .flags = "sets DONTEXPAND",
                                      .vm_ops = kNoHooks},
                            .flags = kVmDontExpand};
constexpr KernelMemory kBpfMap{
    .facts = {.name = "bpf_map",
              .summary = "a BPF map: an array, or a ring buffer",
              .checks = kBpfChecks,
              .flags = "sets DONTEXPAND, DONTDUMP, MIXEDMAP; takes MAYEXEC away, and MAYWRITE "
                       "where it is not writable",
              .action = "inserts the pages of the map",
              .vm_ops = kNoHooks},
    .flags = kVmDontExpand | kVmDontDump,
    .filled = Filled::with_pages,
    .shared_only = true,
    .shut_when_read = true};
constexpr KernelMemory kIoUring{.facts = {.name = "io_uring",
                                          .summary = "the rings of io_uring: the offset says which",
                                          .flags = "sets DONTEXPAND, MIXEDMAP",
                                          .action = "inserts the pages of the ring",
                                          .vm_ops = kNoHooks},
                                .flags = kVmDontExpand,
                                .filled = Filled::with_pages};
constexpr KernelMemory kPacket{.facts = {.name = "packet",
                                         .summary = "the rings of a packet socket",
                                         .checks = kPacketChecks,
                                         .flags = "sets MIXEDMAP",
                                         .action = "inserts the pages of the rings",
                                         .vm_ops = kNoHooks},
                               .filled = Filled::with_pages,
                               .from_start = true};
constexpr KernelMemory kPerfEvent{
    .facts = {.name = "perf_event",
              .summary = "the ring of a perf event: a page about it, then the samples",
              .checks = kPerfChecks,
              .flags = "sets DONTCOPY, DONTEXPAND, DONTDUMP; from 6.16 on IO, PFNMAP",
              .action = "from 6.16 on remap of the ring",
              .vm_ops = "may_split refuses, from 6.18 on",
              .changes = kPerfChanges},
    .flags = kVmDontCopy | kVmDontExpand | kVmDontDump,
    .filled = Filled::with_frames,
    .shared_only = true,
    .ring = true,
    .in_one_piece = true};
constexpr KernelMemory kTcp{.facts = {.name = "tcp",
                                      .summary = "a TCP socket: pages that come in are put there",
                                      .checks = kTcpChecks,
                                      .flags = "sets MIXEDMAP; takes MAYWRITE, MAYEXEC away",
                                      .vm_ops = kNoHooks},
                            .flags = kVmMixedMap,
                            .read_only = true};

class MappedKernelMemory final : public BuiltIn {
public:
    explicit MappedKernelMemory(const KernelMemory& row) : BuiltIn(row.facts), row_(row) {}

    HookSet hooks(const Profile& profile, HookChoice) const override {
        const HookSet set = HookSet{}.with(Hook::mmap);
        const bool whole = row_.in_one_piece && profile.version >= KernelVersion::v6_18;
        return whole ? set.with(Hook::may_split) : set;
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        TRY(check(vma));
        vma.ops = call.own_ops();
        vma.flags = vma.flags | row_.flags;
        const bool shut = row_.shut_when_read && vma.flags.none(kVmWrite);
        if (row_.read_only || shut) vma.flags = vma.flags.without(kVmMayWrite);
        if (row_.read_only || row_.shut_when_read) vma.flags = vma.flags.without(kVmMayExec);
        return fill(call.profile(), vma);
    }
    VmFlags usual_flags(const Profile& profile) const override {
        const VmFlags pages = row_.filled == Filled::with_pages ? kVmMixedMap : VmFlags{};
        return row_.flags | (remaps(profile) ? kVmRemap : pages);
    }
    Result<> may_split(HookCall&, const Vma&, Vpn) const override { return Errno::einval; }

private:
    Result<> check(const HalfBuiltVma& vma) const {
        if (row_.shared_only && vma.flags.none(kVmShared | kVmMayShare)) return Errno::einval;
        if (row_.read_only && vma.flags.any(kVmWrite | kVmExec)) return Errno::eperm;
        if (row_.from_start && vma.pgoff.index != 0) return Errno::einval;
        const std::uint64_t samples = vma.range.pages().count - 1;
        const bool odd = samples != 0 && !std::has_single_bit(samples);
        if (row_.ring && vma.pgoff.index == 0 && odd) return Errno::einval;
        return {};
    }
    bool remaps(const Profile& profile) const {
        return row_.filled == Filled::with_frames && profile.version >= KernelVersion::v6_16;
    }
    Result<> fill(const Profile& profile, HalfBuiltVma& vma) const {
        const std::uint64_t start = vma.range.start().bytes();
        if (row_.filled == Filled::with_pages) {
            return vm_insert_pages(vma, start, vma.range.pages().count);
        }
        if (remaps(profile)) {
            return remap_pfn_range(vma, start, Pfn{}, vma.range.pages().bytes());
        }
        return {};
    }

    const KernelMemory& row_;
};

template <const KernelMemory& row>
std::shared_ptr<const Driver> made_of() {
    return std::make_shared<const MappedKernelMemory>(row);
}

}  // namespace

std::shared_ptr<const Driver> make_aio() { return made_of<kAio>(); }
std::shared_ptr<const Driver> make_bpf_map() { return made_of<kBpfMap>(); }
std::shared_ptr<const Driver> make_io_uring() { return made_of<kIoUring>(); }
std::shared_ptr<const Driver> make_packet() { return made_of<kPacket>(); }
std::shared_ptr<const Driver> make_perf_event() { return made_of<kPerfEvent>(); }
std::shared_ptr<const Driver> make_tcp() { return made_of<kTcp>(); }

}  // namespace mmsim
