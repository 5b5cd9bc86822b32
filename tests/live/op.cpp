// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/op.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <spdlog/fmt/fmt.h>

#include "base/errno.h"
#include "trace/abi_names.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

namespace mmsim::live {
namespace {

constexpr std::uint64_t kUffdApi = 0xaa;
constexpr std::uint64_t kUffdioApi = 0xc018aa3f;
constexpr std::uint64_t kUffdioRegister = 0xc020aa00;
constexpr std::uint64_t kUffdioUnregister = 0x8010aa01;
constexpr std::uint64_t kNodeBits = 64;
constexpr std::uint64_t kSetMemoryMerge = 67;               // PR_SET_MEMORY_MERGE
constexpr auto kSelf = static_cast<std::uint64_t>(-10001);  // PIDFD_SELF_THREAD_GROUP

std::uint64_t syscall_number(OpKind kind) {
    switch (kind) {
        case OpKind::mmap:
            return SYS_mmap;
        case OpKind::munmap:
            return SYS_munmap;
        case OpKind::mprotect:
            return SYS_mprotect;
        case OpKind::pkey_mprotect:
            return SYS_pkey_mprotect;
        case OpKind::mremap:
            return SYS_mremap;
        case OpKind::brk:
            return SYS_brk;
        case OpKind::madvise:
            return SYS_madvise;
        case OpKind::process_madvise:
            return SYS_process_madvise;
        case OpKind::mlock:
            return SYS_mlock;
        case OpKind::mlock2:
            return SYS_mlock2;
        case OpKind::munlock:
            return SYS_munlock;
        case OpKind::mlockall:
            return SYS_mlockall;
        case OpKind::munlockall:
            return SYS_munlockall;
        case OpKind::mseal:
            return SYS_mseal;
        case OpKind::set_vma_name:
        case OpKind::memory_merge:
            return SYS_prctl;
        case OpKind::mbind:
            return SYS_mbind;
        case OpKind::shmat:
            return SYS_shmat;
        case OpKind::shmdt:
            return SYS_shmdt;
        case OpKind::remap_file_pages:
            return SYS_remap_file_pages;
        case OpKind::setrlimit:
            return SYS_prlimit64;
        case OpKind::add_seals:
            return SYS_fcntl;
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
            return SYS_ioctl;
        case OpKind::uffd_open:  // several calls
        case OpKind::touch:
        case OpKind::fork:
        case OpKind::exit:
            break;
    }
    return 0;
}

void set_args(TargetCall& call, std::initializer_list<std::uint64_t> args) {
    std::copy(args.begin(), args.end(), call.args);
}

void put_payload(TargetCall& call, unsigned arg, const void* data, std::size_t size) {
    call.payload_arg = arg;
    std::memcpy(call.payload, data, size);
}

std::string text_or_null(const Op& op) {
    return op.clears_name ? std::string("NULL") : '"' + op.name + '"';
}

std::string hex(std::uint64_t value) {
    return value == 0 ? std::string("NULL") : fmt::format("{:#x}", value);
}

std::string number_or_unlimited(std::uint64_t value) {
    return value == ~std::uint64_t{0} ? std::string("RLIM64_INFINITY") : std::to_string(value);
}

}  // namespace

TargetCall target_call(const Op& op) {
    TargetCall call;
    call.number = syscall_number(op.kind);
    std::copy(op.args.begin(), op.args.end(), call.args);
    const auto& a = op.args;
    switch (op.kind) {
        case OpKind::touch:
            call.kind = CallKind::touch;
            break;
        case OpKind::set_vma_name:
            set_args(call, {PR_SET_VMA, PR_SET_VMA_ANON_NAME, a[0], a[1], 0});
            if (!op.clears_name) put_payload(call, 4, op.name.c_str(), op.name.size() + 1);
            break;
        case OpKind::memory_merge:
            set_args(call, {kSetMemoryMerge, a[0], 0, 0, 0});
            break;
        case OpKind::process_madvise:
            set_args(call, {kSelf, 0, 1, a[2], 0});
            put_payload(call, 1, a.data(), 2 * sizeof(a[0]));
            break;
        case OpKind::mbind:
            set_args(call, {a[0], a[1], a[2], 0, kNodeBits + 1, a[4]});
            put_payload(call, 3, &a[3], sizeof(a[3]));
            break;
        case OpKind::setrlimit:
            set_args(call, {0, a[0], 0, 0});
            put_payload(call, 2, &a[1], 2 * sizeof(a[1]));
            break;
        case OpKind::add_seals:
            set_args(call, {a[0], F_ADD_SEALS, a[1]});
            break;
        case OpKind::uffd_register: {
            const std::uint64_t range_and_mode[] = {a[0], a[1], a[2], 0};
            set_args(call, {kFirstUffd + a[3], kUffdioRegister});
            put_payload(call, 2, range_and_mode, sizeof(range_and_mode));
            break;
        }
        case OpKind::uffd_unregister:
            set_args(call, {kFirstUffd + a[3], kUffdioUnregister});
            put_payload(call, 2, a.data(), 2 * sizeof(a[0]));
            break;
        default:
            break;
    }
    return call;
}

std::vector<TargetCall> uffd_open_calls(const Op& op, std::uint64_t fd) {
    const std::uint64_t place = kFirstUffd + op.args[0];
    std::vector<TargetCall> calls(3);
    calls[0].number = SYS_dup2;
    set_args(calls[0], {fd, place});
    calls[1].number = SYS_close;
    set_args(calls[1], {fd});
    calls[2].number = SYS_ioctl;
    set_args(calls[2], {place, kUffdioApi});
    const std::uint64_t api[] = {kUffdApi, uffd_features(op.args[0]), 0};
    put_payload(calls[2], 2, api, sizeof(api));
    return calls;
}

Outcome outcome_of(const TargetReply& reply) {
    constexpr std::int64_t kLastErrno = 4095;
    if (reply.value < 0 && reply.value >= -kLastErrno) {
        return {.value = 0, .error = static_cast<int>(-reply.value)};
    }
    return {.value = static_cast<std::uint64_t>(reply.value), .error = 0};
}

namespace {

// Names, policies, segments, and what is no call on a range.
std::string other_text(const Op& op) {
    const auto& a = op.args;
    const auto flags = [](AbiFamily family, std::uint64_t value) {
        return abi_text(family, value);
    };
    switch (op.kind) {
        case OpKind::set_vma_name:
            return fmt::format("prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, {}, {}, {})", hex(a[0]),
                               a[1], text_or_null(op));
        case OpKind::memory_merge:
            return fmt::format("prctl(PR_SET_MEMORY_MERGE, {}, 0, 0, 0)", a[0]);
        case OpKind::mbind:
            return fmt::format("mbind({}, {}, {}, [{:#x}], {}, {})", hex(a[0]), a[1],
                               flags(AbiFamily::mpol, a[2]), a[3], kNodeBits + 1,
                               flags(AbiFamily::mpol_mf, a[4]));
        case OpKind::shmat:
            return fmt::format("shmat({}, {}, {})", a[0], hex(a[1]), flags(AbiFamily::shm, a[2]));
        case OpKind::shmdt:
            return fmt::format("shmdt({})", hex(a[0]));
        case OpKind::remap_file_pages:
            return fmt::format("remap_file_pages({}, {}, {}, {}, {})", hex(a[0]), a[1],
                               flags(AbiFamily::prot, a[2]), a[3], flags(AbiFamily::map, a[4]));
        case OpKind::setrlimit:
            return fmt::format("setrlimit({}, {{rlim_cur={}, rlim_max={}}})",
                               flags(AbiFamily::rlimit, a[0]), number_or_unlimited(a[1]),
                               number_or_unlimited(a[2]));
        case OpKind::add_seals:
            return fmt::format("fcntl({}, F_ADD_SEALS, {})", a[0], flags(AbiFamily::seal, a[1]));
        case OpKind::uffd_open:
            return fmt::format("userfaultfd({}) /* {} */", a[1], kFirstUffd + a[0]);
        case OpKind::uffd_register:
            return fmt::format(
                "ioctl({}, UFFDIO_REGISTER, {{range={{start={:#x}, len={:#x}}}, "
                "mode={}}})",
                kFirstUffd + a[3], a[0], a[1], flags(AbiFamily::uffd_mode, a[2]));
        case OpKind::uffd_unregister:
            return fmt::format("ioctl({}, UFFDIO_UNREGISTER, {{start={:#x}, len={:#x}}})",
                               kFirstUffd + a[3], a[0], a[1]);
        case OpKind::touch:
            return fmt::format("# touch {:#x} {} {}", a[0], a[1], a[2] != 0 ? 'w' : 'r');
        case OpKind::fork:
            return fmt::format("fork() /* slot {} */", a[0]);
        default:
            return "exit_group(0)";
    }
}

}  // namespace

std::string op_text(const Op& op) {
    const auto& a = op.args;
    const auto flags = [](AbiFamily family, std::uint64_t value) {
        return abi_text(family, value);
    };
    switch (op.kind) {
        case OpKind::mmap:
            return fmt::format("mmap({}, {}, {}, {}, {}, {:#x})", hex(a[0]), a[1],
                               flags(AbiFamily::prot, a[2]), flags(AbiFamily::map, a[3]),
                               static_cast<std::int64_t>(a[4]), a[5]);
        case OpKind::munmap:
            return fmt::format("munmap({}, {})", hex(a[0]), a[1]);
        case OpKind::mprotect:
            return fmt::format("mprotect({}, {}, {})", hex(a[0]), a[1],
                               flags(AbiFamily::prot, a[2]));
        case OpKind::pkey_mprotect:
            return fmt::format("pkey_mprotect({}, {}, {}, {})", hex(a[0]), a[1],
                               flags(AbiFamily::prot, a[2]), static_cast<std::int64_t>(a[3]));
        case OpKind::mremap:
            return fmt::format("mremap({}, {}, {}, {}, {})", hex(a[0]), a[1], a[2],
                               flags(AbiFamily::mremap, a[3]), hex(a[4]));
        case OpKind::brk:
            return fmt::format("brk({})", hex(a[0]));
        case OpKind::madvise:
            return fmt::format("madvise({}, {}, {})", hex(a[0]), a[1],
                               flags(AbiFamily::madv, a[2]));
        case OpKind::process_madvise:
            return fmt::format("process_madvise({}, [{{iov_base={}, iov_len={}}}], 1, {}, 0)",
                               static_cast<std::int64_t>(kSelf), hex(a[0]), a[1],
                               flags(AbiFamily::madv, a[2]));
        case OpKind::mlock:
            return fmt::format("mlock({}, {})", hex(a[0]), a[1]);
        case OpKind::mlock2:
            return fmt::format("mlock2({}, {}, {})", hex(a[0]), a[1],
                               flags(AbiFamily::mlock, a[2]));
        case OpKind::munlock:
            return fmt::format("munlock({}, {})", hex(a[0]), a[1]);
        case OpKind::mlockall:
            return fmt::format("mlockall({})", flags(AbiFamily::mcl, a[0]));
        case OpKind::munlockall:
            return "munlockall()";
        case OpKind::mseal:
            return fmt::format("mseal({}, {}, {:#x})", hex(a[0]), a[1], a[2]);
        default:
            return other_text(op);
    }
}

std::string outcome_text(const Op& op, const Outcome& outcome) {
    if (outcome.error != 0) {
        const auto name = errno_name(static_cast<Errno>(outcome.error));
        return fmt::format("-1 {} ({})", name.empty() ? "E?" : name, outcome.error);
    }
    const bool address = op.kind == OpKind::mmap || op.kind == OpKind::mremap ||
                         op.kind == OpKind::shmat || op.kind == OpKind::brk;
    return address ? fmt::format("{:#x}", outcome.value) : std::to_string(outcome.value);
}

}  // namespace mmsim::live
