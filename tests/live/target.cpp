// SPDX-License-Identifier: GPL-2.0-or-later
// The process whose memory is mapped and unmapped: it does what it is told and nothing else.
//
// Without a C library, so that no allocator, loader or thread library maps anything by itself; all
// of its memory is there, and written to, before the first call. It works on its stack and .bss.
#include <csignal>
#include <initializer_list>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "live/protocol.h"

using mmsim::live::CallKind;
using mmsim::live::TargetCall;
using mmsim::live::TargetReply;

extern "C" {
// One access each, at a known instruction; live_fault is where the handler goes on after a bad one.
long live_read(std::uint64_t addr);
long live_write(std::uint64_t addr);
long live_fault();
void live_restorer();
void _start();
}

asm(R"(
        .text
        .globl _start, live_read, live_write, live_fault, live_restorer
_start: xorl %ebp, %ebp
        andq $-16, %rsp
        call live_main
live_read:
        movb (%rdi), %al
        xorl %eax, %eax
        ret
live_write:
        movb $90, (%rdi)
        xorl %eax, %eax
        ret
live_fault:
        movl $1, %eax
        ret
live_restorer:
        movl $15, %eax
        syscall
)");

namespace {

constexpr std::size_t kAltStackSize = 16384;
constexpr std::size_t kStackInUse = 16384;
constexpr std::uint64_t kPage = 4096;

// What the handler saw last.
volatile std::uint64_t fault_addr;
volatile std::uint64_t fault_signal;
alignas(4096) unsigned char alt_stack[kAltStackSize];

long call6(std::uint64_t number, const std::uint64_t (&args)[6]) {
    register std::uint64_t r10 asm("r10") = args[3];
    register std::uint64_t r8 asm("r8") = args[4];
    register std::uint64_t r9 asm("r9") = args[5];
    long result = 0;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

template <typename... Args>
long call(std::uint64_t number, Args... args) {
    const std::uint64_t all[6] = {static_cast<std::uint64_t>(args)...};
    return call6(number, all);
}

template <typename T>
std::uint64_t address(T* pointer) {
    return reinterpret_cast<std::uint64_t>(pointer);
}

void on_fault(int signal, siginfo_t* info, void* context) {
    auto* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto at = static_cast<std::uint64_t>(registers[REG_RIP]);
    if (at != address(&live_read) && at != address(&live_write)) {
        call(SYS_exit_group, 99);  // an access that nobody asked for
    }
    fault_signal = static_cast<std::uint64_t>(signal);
    fault_addr = address(info->si_addr);
    registers[REG_RIP] = static_cast<greg_t>(address(&live_fault));
}

// The kernel's struct, not the C library's.
struct KernelSigaction {
    void (*handler)(int, siginfo_t*, void*);
    std::uint64_t flags;
    void (*restorer)();
    std::uint64_t mask;
};

void catch_faults() {
    const stack_t stack{.ss_sp = alt_stack, .ss_flags = 0, .ss_size = kAltStackSize};
    call(SYS_sigaltstack, address(&stack), 0);
    constexpr std::uint64_t kRestorer = 0x04000000;
    const KernelSigaction action{
        .handler = on_fault,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | kRestorer,
        .restorer = live_restorer,
        .mask = 0,
    };
    for (const int signal : {SIGSEGV, SIGBUS}) {
        call(SYS_rt_sigaction, signal, address(&action), 0, sizeof(action.mask));
    }
}

// Write faults on everything that may be written later, so that none happens unseen.
void touch_own_memory() {
    for (std::size_t i = 0; i < kAltStackSize; i += kPage) {
        static_cast<volatile unsigned char*>(alt_stack)[i] = 1;
    }
    volatile unsigned char room[kStackInUse];
    for (std::size_t i = 0; i < kStackInUse; i += kPage) room[i] = 1;
    static_cast<void>(room[0]);
}

TargetReply touch(const TargetCall& message) {
    TargetReply reply;
    const std::uint64_t end = message.args[0] + message.args[1];
    for (std::uint64_t at = message.args[0]; at < end; at += kPage) {
        fault_signal = 0;
        if ((message.args[2] != 0 ? live_write(at) : live_read(at)) != 0) {
            reply.fault_addr = fault_addr;
            reply.signal = fault_signal;
            break;
        }
        ++reply.pages;
    }
    return reply;
}

// Returns the slot to listen to from now on: another one in the child of a fork.
int serve(TargetCall& message, int slot) {
    TargetReply reply;
    switch (message.kind) {
        case CallKind::syscall:
            if (message.payload_arg < mmsim::live::kArgs) {
                message.args[message.payload_arg] = address(&message.payload);
            }
            reply.value = call6(message.number, message.args);
            break;
        case CallKind::touch:
            reply = touch(message);
            break;
        case CallKind::fork:
            reply.value = call(SYS_fork);
            if (reply.value == 0) return static_cast<int>(message.args[0]);
            break;
        case CallKind::exit:
            call(SYS_exit_group, 0);
            break;
    }
    call(SYS_write, mmsim::live::slot_write_fd(slot), address(&reply), sizeof(reply));
    return slot;
}

}  // namespace

extern "C" [[noreturn]] void live_main() {
    call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    touch_own_memory();
    catch_faults();
    int slot = 0;
    for (;;) {
        TargetCall message;
        const long got =
            call(SYS_read, mmsim::live::slot_read_fd(slot), address(&message), sizeof(message));
        if (got != static_cast<long>(sizeof(message))) call(SYS_exit_group, 0);
        slot = serve(message, slot);
    }
}

// What compilers call on their own.
extern "C" void* memset(void* to, int value, std::size_t size) {
    auto* const bytes = static_cast<volatile unsigned char*>(to);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(value);
    return to;
}
extern "C" void* memcpy(void* to, const void* from, std::size_t size) {
    auto* const bytes = static_cast<volatile unsigned char*>(to);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<const unsigned char*>(from)[i];
    return to;
}
