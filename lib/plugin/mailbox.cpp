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

bool several_processors() {
    cpu_set_t processors;
    return sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) > 1;
}

void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

std::uint32_t number(Turn turn) { return static_cast<std::uint32_t>(turn); }

}  // namespace

void post(Mailbox& mailbox, Turn to, const Message& message, const std::string& text) {
    mailbox.message = message;
    const std::size_t size = std::min(text.size(), sizeof mailbox.text);
    std::memcpy(mailbox.text, text.data(), size);
    mailbox.text_size = static_cast<std::uint32_t>(size);
    mailbox.turn.store(number(to));
    if (mailbox.asleep[number(to)].exchange(0) == 0) return;
    syscall(SYS_futex, &mailbox.turn, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void fetch(const Mailbox& mailbox, Message& message, std::string& text) {
    message = mailbox.message;
    text.assign(mailbox.text, std::min<std::size_t>(mailbox.text_size, sizeof mailbox.text));
}

unsigned Patience::looks() {
    static const bool pays = several_processors();
    if (!pays) return 0;
    if (looks_ != 0) return looks_;
    if (++without_ < kTryAgainAfter) return 0;
    without_ = 0;
    return kMost;
}

void Patience::learn(bool came) {
    looks_ = came ? kMost : looks_ / 8;
    if (looks_ < kLeast) looks_ = 0;
}

bool wait_for(Mailbox& mailbox, Turn turn, unsigned milliseconds, Patience& patience) {
    const unsigned looks = patience.looks();
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
