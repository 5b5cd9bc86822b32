// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/calls.h"

#include <type_traits>
#include <variant>

#include "mm/syscalls.h"

namespace mmsim {
namespace {

Outcome outcome(const Result<>& result) { return result ? Outcome{} : Outcome{-1, result.error()}; }

Outcome outcome(const Result<std::uint64_t>& result) {
    return result ? Outcome{static_cast<std::int64_t>(*result), Errno::ok}
                  : Outcome{-1, result.error()};
}

// One function for each kind of call; the rest of the kinds never get here.
struct Caller {
    Current& current;
    const CallOperands& operands;
    MmId& forked;

    Outcome operator()(const MmapCall& c) const {
        return outcome(sys_mmap(current, {.addr = c.addr,
                                          .length = c.length,
                                          .prot = c.prot,
                                          .flags = operands.map_flags,
                                          .file = operands.file,
                                          .offset = c.offset,
                                          .placed_at = operands.placed_at}));
    }
    Outcome operator()(const MunmapCall& c) const {
        return outcome(sys_munmap(current, c.addr, c.length));
    }
    Outcome operator()(const MprotectCall& c) const {
        return outcome(sys_mprotect(current, c.addr, c.length, c.prot, c.pkey.value_or(-1)));
    }
    Outcome operator()(const MremapCall& c) const {
        return outcome(sys_mremap(current, {.addr = c.addr,
                                            .old_length = c.old_length,
                                            .length = c.length,
                                            .flags = c.flags,
                                            .new_addr = operands.new_addr,
                                            .placed_at = operands.placed_at}));
    }
    Outcome operator()(const BrkCall& c) const {
        return {static_cast<std::int64_t>(sys_brk(current, c.addr)), Errno::ok};
    }
    Outcome operator()(const MadviseCall& c) const {
        return outcome(c.process ? sys_process_madvise(current, c.addr, c.length, c.advice)
                                 : sys_madvise(current, c.addr, c.length, c.advice));
    }
    Outcome operator()(const MlockCall& c) const {
        if (c.kind == MlockKind::munlock) return outcome(sys_munlock(current, c.addr, c.length));
        const std::uint64_t flags = c.kind == MlockKind::mlock2 ? c.flags : 0;
        return outcome(sys_mlock(current, c.addr, c.length, flags));
    }
    Outcome operator()(const MlockallCall& c) const {
        return outcome(sys_mlockall(current, c.flags));
    }
    Outcome operator()(const MunlockallCall&) const { return outcome(sys_munlockall(current)); }
    Outcome operator()(const MsealCall& c) const {
        return outcome(sys_mseal(current, c.addr, c.length, c.flags));
    }
    Outcome operator()(const PrctlSetVmaCall& c) const {
        return outcome(sys_set_vma_name(current, c.addr, c.length, c.name));
    }
    Outcome operator()(const SetSwitchCall& c) const {
        return outcome(sys_set_switch(current, c.which, c.enable));
    }
    Outcome operator()(const MbindCall& c) const {
        return outcome(sys_mbind(current, c.addr, c.length, c.mode, c.nodes, c.flags));
    }
    Outcome operator()(const ShmatCall& c) const {
        return outcome(sys_shmat(current, {.segment = operands.file,
                                           .addr = c.addr,
                                           .flags = c.flags,
                                           .placed_at = operands.placed_at}));
    }
    Outcome operator()(const ShmdtCall& c) const { return outcome(sys_shmdt(current, c.addr)); }
    Outcome operator()(const RemapFilePagesCall& c) const {
        return outcome(sys_remap_file_pages(current, c.addr, c.length, c.prot, c.pgoff, c.flags));
    }
    Outcome operator()(const ShadowStackCall& c) const {
        return outcome(sys_map_shadow_stack(current, {.addr = c.addr,
                                                      .length = c.length,
                                                      .flags = c.flags,
                                                      .placed_at = operands.placed_at}));
    }
    Outcome operator()(const CloneCall&) const {
        const Result<MmId> child = do_fork(current);
        if (child) forked = *child;
        return outcome(child ? Result<>{} : Result<>{child.error()});
    }
    Outcome operator()(const SealCall& c) const {
        if (!operands.file) return {-1, Errno::ebadf};
        return outcome(add_seals(current, operands.file, c.seals));
    }
    Outcome operator()(const UffdCall& c) const {
        if (!operands.file) return {-1, Errno::ebadf};
        const UffdId uffd = current.world.files[operands.file.index].uffd;
        if (!uffd) return {-1, Errno::enotty};
        return outcome(sys_uffdio(
            current, uffd,
            {.request = c.request, .addr = c.addr, .length = c.length, .flags = c.flags}));
    }
    Outcome operator()(const TouchCall& c) const {
        touch(current, c.addr, c.length, c.write, c.fault_at);
        return {};
    }
    template <typename Bookkeeping>
    Outcome operator()(const Bookkeeping&) const {
        return {};
    }
};

struct OpOf {
    MmOp operator()(const MmapCall&) const { return MmOp::mmap; }
    MmOp operator()(const MunmapCall&) const { return MmOp::munmap; }
    MmOp operator()(const MprotectCall&) const { return MmOp::mprotect; }
    MmOp operator()(const MremapCall&) const { return MmOp::mremap; }
    MmOp operator()(const BrkCall&) const { return MmOp::brk; }
    MmOp operator()(const MadviseCall&) const { return MmOp::madvise; }
    MmOp operator()(const MlockCall&) const { return MmOp::mlock; }
    MmOp operator()(const MlockallCall&) const { return MmOp::mlock; }
    MmOp operator()(const MunlockallCall&) const { return MmOp::mlock; }
    MmOp operator()(const MsealCall&) const { return MmOp::mseal; }
    MmOp operator()(const PrctlSetVmaCall&) const { return MmOp::prctl; }
    MmOp operator()(const SetSwitchCall&) const { return MmOp::prctl; }
    MmOp operator()(const MbindCall&) const { return MmOp::mbind; }
    MmOp operator()(const ShmgetCall&) const { return MmOp::shm; }
    MmOp operator()(const ShmatCall&) const { return MmOp::shm; }
    MmOp operator()(const ShmdtCall&) const { return MmOp::shm; }
    MmOp operator()(const RemapFilePagesCall&) const { return MmOp::remap_file_pages; }
    MmOp operator()(const UffdCall&) const { return MmOp::userfaultfd; }
    MmOp operator()(const ShadowStackCall&) const { return MmOp::mmap; }
    MmOp operator()(const CloneCall&) const { return MmOp::fork; }
    MmOp operator()(const ExecveCall&) const { return MmOp::exec; }
    MmOp operator()(const ExitCall&) const { return MmOp::exit; }
    MmOp operator()(const TouchCall&) const { return MmOp::fault; }
    template <typename Bookkeeping>
    MmOp operator()(const Bookkeeping&) const {
        return MmOp::mmap;
    }
};

}  // namespace

MmOp op_of(const TraceCall& call) { return std::visit(OpOf{}, call); }

Outcome run_call(Current& current, const TraceRecord& record, const CallOperands& operands,
                 MmId& forked) {
    current.op = op_of(record.call);
    return std::visit(Caller{current, operands, forked}, record.call);
}

bool is_memory_call(const TraceCall& call) {
    return !std::holds_alternative<CloneCall>(call) && !std::holds_alternative<ExecveCall>(call) &&
           !std::holds_alternative<ExitCall>(call) && !std::holds_alternative<OpenCall>(call) &&
           !std::holds_alternative<CloseCall>(call) && !std::holds_alternative<DupCall>(call) &&
           !std::holds_alternative<UnlinkCall>(call) && !std::holds_alternative<ChdirCall>(call) &&
           !std::holds_alternative<SetrlimitCall>(call) &&
           !std::holds_alternative<ShmgetCall>(call);
}

}  // namespace mmsim
