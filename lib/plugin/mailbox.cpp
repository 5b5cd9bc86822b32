// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/mailbox.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/input_error.h"

namespace mmsim {
namespace {

// Mailboxes begin on pages of their own.
constexpr std::size_t kStride = (sizeof(Mailbox) + 4095) / 4096 * 4096;

std::uint32_t own_processor() { return static_cast<std::uint32_t>(sched_getcpu()); }

// For the moment: where it goes from there the scheduler decides.
void change_processor() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    cpu_set_t others = allowed;
    CPU_CLR(own_processor(), &others);
    if (CPU_COUNT(&others) == 0) return;
    sched_setaffinity(0, sizeof others, &others);
    sched_setaffinity(0, sizeof allowed, &allowed);
}

void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

std::uint32_t number(Turn turn) { return static_cast<std::uint32_t>(turn); }

void tell_processor(Mailbox& mailbox, Turn side) {
    mailbox.processor[number(side)].store(own_processor(), std::memory_order_relaxed);
}

}  // namespace

void post(Mailbox& mailbox, Turn to, const Message& message, const std::string& text) {
    mailbox.message = message;
    const std::size_t size = std::min(text.size(), sizeof mailbox.text);
    std::memcpy(mailbox.text, text.data(), size);
    mailbox.text_size = static_cast<std::uint32_t>(size);
    tell_processor(mailbox, to == Turn::mmsim ? Turn::plugin : Turn::mmsim);
    mailbox.turn.store(number(to));
    if (mailbox.asleep[number(to)].exchange(0) == 0) return;
    syscall(SYS_futex, &mailbox.turn, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void fetch(const Mailbox& mailbox, Message& message, std::string& text) {
    message = mailbox.message;
    text.assign(mailbox.text, std::min<std::size_t>(mailbox.text_size, sizeof mailbox.text));
}

unsigned Patience::looks(bool on_one_processor) {
    crowded_ = on_one_processor && ++together_ % kTooOften == 0;
    if (on_one_processor) return 0;
    const bool given_up = in_vain_ >= kGiveUpAfter;
    return given_up && ++with_least_ % kTryAgainAfter != 0 ? kLeast : kMost;
}

bool wait_for(Mailbox& mailbox, Turn turn, unsigned milliseconds, Patience& patience) {
    const auto other = mailbox.processor[1 - number(turn)].load(std::memory_order_relaxed);
    const unsigned looks = patience.looks(other == own_processor());
    // mmsim stays where it is: it may have several plug-ins.
    if (turn == Turn::plugin && patience.crowded()) {
        change_processor();
        tell_processor(mailbox, turn);
    }
    for (unsigned i = 0; i < looks; ++i) {
        if (mailbox.turn.load(std::memory_order_acquire) == number(turn)) {
            patience.learn(true);
            return true;
        }
        pause();
    }
    if (looks != 0) patience.learn(false);
    timespec limit{};
    limit.tv_sec = milliseconds / 1000;
    limit.tv_nsec = long{milliseconds % 1000} * 1000000;
    for (;;) {
        mailbox.asleep[number(turn)].store(1);
        const std::uint32_t now = mailbox.turn.load();
        if (now == number(turn)) break;
        const long woken = syscall(SYS_futex, &mailbox.turn, FUTEX_WAIT, now,
                                   milliseconds == 0 ? nullptr : &limit, nullptr, 0);
        if (woken != 0 && errno == ETIMEDOUT) return mailbox.turn.load() == number(turn);
    }
    mailbox.asleep[number(turn)].store(0);
    return true;
}

MailboxRoom::MailboxRoom() : file_(memfd_create("mmsim", MFD_CLOEXEC)) {
    if (file_ < 0) throw InputError(std::string("no shared memory: ") + std::strerror(errno));
}

MailboxRoom::~MailboxRoom() { ::close(file_); }

std::uint64_t MailboxRoom::take() {
    if (!free_.empty()) {
        const std::uint64_t number = free_.back();
        free_.pop_back();
        return number;
    }
    const auto size = static_cast<off_t>((taken_ + 1) * kStride);
    if (ftruncate(file_, size) != 0) {
        throw InputError(std::string("no shared memory: ") + std::strerror(errno));
    }
    return taken_++;
}

Mailbox* MailboxRoom::open(std::uint64_t number) const {
    void* const memory = mmap(nullptr, kStride, PROT_READ | PROT_WRITE, MAP_SHARED, file_,
                              static_cast<off_t>(number * kStride));
    return memory == MAP_FAILED ? nullptr : static_cast<Mailbox*>(memory);
}

void MailboxRoom::close(Mailbox* mailbox) { munmap(mailbox, kStride); }

}  // namespace mmsim
