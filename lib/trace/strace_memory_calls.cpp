// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that change or describe mappings. Linux: mm/, ipc/shm.c.
#include <algorithm>

#include "base/linux_abi.h"
#include "base/page.h"
#include "trace/strace_builders.h"

namespace mmsim {

bool build_mmap(StraceCall& call, TraceCall& out) {
    MmapCall& mmap = out.emplace<MmapCall>();
    mmap.addr = call.number(0);
    mmap.length = call.number(1);
    mmap.prot = call.flags(2, AbiFamily::prot);
    mmap.flags = call.flags(3, AbiFamily::map);
    mmap.file = call.fd(4);
    mmap.offset = call.number(5);  // strace has turned pages of mmap2 into bytes
    return true;
}

bool build_munmap(StraceCall& call, TraceCall& out) {
    out = MunmapCall{call.number(0), call.number(1)};
    return true;
}

bool build_mprotect(StraceCall& call, TraceCall& out) {
    out = MprotectCall{call.number(0), call.number(1), call.flags(2, AbiFamily::prot), {}};
    return true;
}

bool build_pkey_mprotect(StraceCall& call, TraceCall& out) {
    MprotectCall mprotect{call.number(0), call.number(1), call.flags(2, AbiFamily::prot), {}};
    // An int: -e raw prints -1 as 0xffffffff.
    mprotect.pkey = static_cast<std::int32_t>(static_cast<std::uint32_t>(call.number(3)));
    out = mprotect;
    return true;
}

bool build_mremap(StraceCall& call, TraceCall& out) {
    MremapCall& mremap = out.emplace<MremapCall>();
    mremap.addr = call.number(0);
    mremap.old_length = call.number(1);
    mremap.length = call.number(2);
    mremap.flags = call.flags(3, AbiFamily::mremap);
    // Printed only where the kernel looks at it.
    if (call.args.count > 4) mremap.new_addr = call.number(4);
    return true;
}

bool build_brk(StraceCall& call, TraceCall& out) {
    out = BrkCall{call.number(0)};
    return true;
}

bool build_madvise(StraceCall& call, TraceCall& out) {
    out = MadviseCall{call.number(0), call.number(1), call.flags(2, AbiFamily::madv), false};
    return true;
}

// process_madvise(pidfd, [{iov_base=0x1000, iov_len=4096}, ...], n, MADV_COLD, 0).
bool build_process_madvise(StraceCall& call, TraceCall& out) {
    const std::string_view vector = call.arg(1);
    const std::uint64_t advice = call.flags(3, AbiFamily::madv);
    call.ranges.clear();
    for (std::size_t begin = vector.find('{'); begin != std::string_view::npos;
         begin = vector.find('{', begin + 1)) {
        const std::size_t end = vector.find('}', begin);
        if (end == std::string_view::npos) break;
        const std::string_view range = vector.substr(begin, end - begin + 1);
        call.ranges.push_back({.addr = call.number_of(struct_field(range, "iov_base")),
                               .length = call.number_of(struct_field(range, "iov_len")),
                               .advice = advice,
                               .process = true});
        begin = end;
    }
    const auto announced = parse_number(call.arg(2));
    if (announced && *announced != call.ranges.size()) {
        call.complain("process_madvise: not all ranges are printed:", vector);
    }
    if (call.ranges.empty()) return false;
    out = call.ranges.front();
    return true;
}

bool build_mlock(StraceCall& call, TraceCall& out) {
    out = MlockCall{MlockKind::mlock, call.number(0), call.number(1), 0};
    return true;
}

bool build_mlock2(StraceCall& call, TraceCall& out) {
    out = MlockCall{MlockKind::mlock2, call.number(0), call.number(1),
                    call.flags(2, AbiFamily::mlock)};
    return true;
}

bool build_munlock(StraceCall& call, TraceCall& out) {
    out = MlockCall{MlockKind::munlock, call.number(0), call.number(1), 0};
    return true;
}

bool build_mlockall(StraceCall& call, TraceCall& out) {
    out = MlockallCall{call.flags(0, AbiFamily::mcl)};
    return true;
}

bool build_munlockall(StraceCall&, TraceCall& out) {
    out = MunlockallCall{};
    return true;
}

bool build_mseal(StraceCall& call, TraceCall& out) {
    out = MsealCall{call.number(0), call.number(1), call.number(2)};
    return true;
}

namespace {

// A switch that could not be set is as it was.
bool set_switch(const StraceCall& call, TraceCall& out, ProcessSwitch which, bool enable) {
    if (!call.succeeded()) return false;
    out = SetSwitchCall{which, enable};
    return true;
}

// The options of prctl(2) that hold for all memory of the process.
bool build_prctl_switch(StraceCall& call, TraceCall& out) {
    constexpr std::uint64_t kExceptAdvised = 2;  // memory with HUGEPAGE keeps its huge pages
    const std::string_view option = call.arg(0);
    const std::uint64_t value = parse_number(call.arg(1)).value_or(1);
    if (is_constant(option, "PR_SET_MEMORY_MERGE", 67)) {
        return set_switch(call, out, ProcessSwitch::memory_merge, value != 0);
    }
    if (is_constant(option, "PR_SET_MDWE", 65)) {
        constexpr std::uint64_t kNoInherit = 2;
        const bool alone = call.arg(1).find("NO_INHERIT") != std::string_view::npos ||
                           (parse_number(call.arg(1)).value_or(0) & kNoInherit) != 0;
        const auto which = alone ? ProcessSwitch::mdwe_no_inherit : ProcessSwitch::mdwe;
        return set_switch(call, out, which, value != 0);
    }
    if (is_constant(option, "PR_SET_THP_DISABLE", 41)) {
        const std::uint64_t flags = parse_number(call.arg(2)).value_or(0);
        const bool all = value != 0 && (flags & kExceptAdvised) == 0;
        return set_switch(call, out, ProcessSwitch::thp_disable, all);
    }
    return false;
}

}  // namespace

// prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, length, name), and switches.
bool build_prctl(StraceCall& call, TraceCall& out) {
    constexpr std::uint64_t kSetVma = 0x53564d41;
    const std::string_view option = call.arg(0);
    if (build_prctl_switch(call, out)) return true;
    if (!is_constant(option, "PR_SET_VMA", kSetVma)) return false;
    if (!is_constant(call.arg(1), "PR_SET_VMA_ANON_NAME", 0)) return false;
    PrctlSetVmaCall& name = out.emplace<PrctlSetVmaCall>();
    name.addr = call.number(2);
    name.length = call.number(3);
    name.name = call.text(4);
    // A pointer that strace did not follow still tells names apart.
    if (!name.name && parse_number(call.arg(4)) != std::uint64_t{0}) name.name = call.arg(4);
    return true;
}

// personality(PER_LINUX|READ_IMPLIES_EXEC), as numbers 0|0x400000; all ones only ask.
bool build_personality(StraceCall& call, TraceCall& out) {
    constexpr std::uint64_t kReadImpliesExec = 0x400000;
    constexpr std::uint64_t kAsks = 0xffffffff;
    std::string_view rest = call.arg(0);
    if (parse_number(rest) == kAsks) return false;
    bool enable = false;
    while (!rest.empty()) {
        const std::string_view term = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(rest.size(), term.size() + 1));
        enable = enable || term == "READ_IMPLIES_EXEC" ||
                 (parse_number(term).value_or(0) & kReadImpliesExec) != 0;
    }
    return set_switch(call, out, ProcessSwitch::read_implies_exec, enable);
}

bool build_mbind(StraceCall& call, TraceCall& out) {
    MbindCall& mbind = out.emplace<MbindCall>();
    mbind.addr = call.number(0);
    mbind.length = call.number(1);
    mbind.mode = call.flags(2, AbiFamily::mpol);
    // "[0x00000000000001]", "[]", NULL, or a pointer that strace did not follow: then the mask is
    // what the mode asks for, the first node or none.
    std::string_view nodes = call.arg(3);
    if (nodes.starts_with('[')) {
        nodes = nodes.substr(1, nodes.find_first_of(",]") - 1);
        mbind.nodes = parse_number(nodes).value_or(0);
    } else if (parse_number(nodes).value_or(0) != 0) {
        const std::uint64_t mode = mbind.mode & ~kMpolModeFlags;
        mbind.nodes = mode == kMpolDefault || mode == kMpolLocal ? 0 : 1;
    }
    mbind.flags = call.flags(5, AbiFamily::mpol_mf);
    return true;
}

bool build_shmget(StraceCall& call, TraceCall& out) {
    if (!call.succeeded()) return false;
    ShmgetCall& shmget = out.emplace<ShmgetCall>();
    const bool is_private = call.arg(0).starts_with("IPC_PRIVATE");
    shmget.key = is_private ? 0 : call.number(0);
    shmget.size = call.number(1);
    shmget.flags = call.flags(2, AbiFamily::shm);
    return true;
}

bool build_shmat(StraceCall& call, TraceCall& out) {
    ShmatCall& shmat = out.emplace<ShmatCall>();
    shmat.shmid = static_cast<std::int32_t>(static_cast<std::uint32_t>(call.number(0)));
    shmat.addr = call.number(1);
    shmat.flags = call.flags(2, AbiFamily::shm);
    return true;
}

bool build_shmdt(StraceCall& call, TraceCall& out) {
    out = ShmdtCall{call.number(0)};
    return true;
}

bool build_remap_file_pages(StraceCall& call, TraceCall& out) {
    out = RemapFilePagesCall{call.number(0), call.number(1), call.flags(2, AbiFamily::prot),
                             call.number(3), call.flags(4, AbiFamily::map)};
    return true;
}

bool build_map_shadow_stack(StraceCall& call, TraceCall& out) {
    out = ShadowStackCall{call.number(0), call.number(1), call.flags(2, AbiFamily::shadow_stack)};
    return true;
}

// io_setup(64, [0x7f0000000000]) = 0: the kernel maps a file of its own, and the address is the
// context.
bool build_io_setup(StraceCall& call, TraceCall& out) {
    constexpr std::uint64_t kHead = 32;   // bytes, as is each event
    constexpr std::uint64_t kSpare = 2;   // events that are never used
    constexpr std::uint64_t kFactor = 2;  // more of them, as each processor takes some aside
    std::string_view context = call.arg(1);
    if (!call.succeeded() || !context.starts_with('[')) return false;
    context = context.substr(1, context.find(']') - 1);
    MmapCall& mmap = out.emplace<MmapCall>();
    const std::uint64_t place = call.number_of(context);
    mmap.length = kHead + kHead * (call.number(0) * kFactor + kSpare);
    mmap.prot = kProtRead | kProtWrite;
    mmap.flags = kMapShared;
    mmap.file.fd = kKernelFiles + static_cast<std::int64_t>(place >> kPageShift);
    mmap.file.path = "/[aio]";
    mmap.file.deleted = true;
    call.result.value = static_cast<std::int64_t>(place);
    call.rings[place] = mmap.length;
    return true;
}

bool build_io_destroy(StraceCall& call, TraceCall& out) {
    const auto ring = call.rings.find(call.number(0));
    if (!call.succeeded() || ring == call.rings.end()) return false;
    out = MunmapCall{ring->first, ring->second};
    return true;
}

}  // namespace mmsim
